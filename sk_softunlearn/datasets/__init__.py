"""Real data for examples and benchmarks."""

from sk_softunlearn.datasets._adult import fetch_adult

__all__ = ["fetch_adult"]
