"""Correct a fitted classifier with soft weights on its training rows."""

from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn._unlearner_cv import SoftUnlearnerCV

__all__ = ["SoftUnlearner", "SoftUnlearnerCV", "__version__"]

__version__ = "0.1.0.dev0"
