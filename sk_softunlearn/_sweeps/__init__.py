"""Rows that are read block by block, wherever they are."""

from sk_softunlearn._sweeps._arrays import array_library
from sk_softunlearn._sweeps._base import RowBlocks
from sk_softunlearn._sweeps._chunks import Chunks
from sk_softunlearn._sweeps._dask import DaskRows
from sk_softunlearn._sweeps._elsewhere import (
    by_chunk,
    fetched,
    is_elsewhere,
    rows_of,
    takes_long,
)
from sk_softunlearn._sweeps._in_memory import InMemory, blocks_of
from sk_softunlearn._sweeps._progress import SweepLines, followed_by

__all__ = [
    "Chunks",
    "DaskRows",
    "InMemory",
    "RowBlocks",
    "SweepLines",
    "array_library",
    "blocks_of",
    "by_chunk",
    "fetched",
    "followed_by",
    "is_elsewhere",
    "rows_of",
    "takes_long",
]
