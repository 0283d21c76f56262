"""Rows that are read block by block, wherever they are."""

from sk_softunlearn._sweeps._base import RowBlocks
from sk_softunlearn._sweeps._in_memory import InMemory, blocks_of

__all__ = ["InMemory", "RowBlocks", "blocks_of"]
