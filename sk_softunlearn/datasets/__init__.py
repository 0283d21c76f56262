"""Real data for examples and benchmarks, and rows that stay on disk."""

from sk_softunlearn.datasets._adult import fetch_adult
from sk_softunlearn.datasets._parquet_rows import ParquetRows

__all__ = ["ParquetRows", "fetch_adult"]
