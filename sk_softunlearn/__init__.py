"""Correct a fitted classifier with soft weights on its training rows."""

__version__ = "0.1.0.dev0"
