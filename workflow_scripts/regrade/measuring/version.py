"""The version of what a measurement holds, apart from the code that needs torch."""

MEASUREMENT_VERSION = 2
"""Raised when keys or the way of counting change: recorded measurements of before do not count."""
