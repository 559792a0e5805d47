"""Regrade: re-run published deep-learning course reports on CIFAR-10/100 and grade them."""

__version__ = "0.1.0"
