"""The command line: train or load, correct and audit a model on a table."""

from sk_softunlearn._cli._main import main

__all__ = ["main"]
