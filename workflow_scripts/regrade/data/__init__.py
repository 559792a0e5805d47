"""Data sets: where they come from, and the images that reach a network.

Runs from plain Python with numpy and torch; of torchvision only where a source needs it.
"""
