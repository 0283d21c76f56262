"""The free memory, checked before a large array is made."""

import os
from pathlib import Path

__all__ = ["available"]

# Files in which Linux reports the memory of the machine, and the limit of the container.
MACHINE = Path("/proc/meminfo")
CONTAINERS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def available() -> float:
    """Return the number of free bytes; infinity if the system does not report it.

    On Linux this is the memory that is free or can be freed, at most the limit of the container. On
    other systems it is all memory of the machine, if Python knows it.

    Examples
    --------
    >>> from sk_softunlearn.curvature._room import available
    >>> available() > 2**20
    True
    """
    return min(_of_machine(), *map(_of_container, CONTAINERS))


def _of_machine():
    try:
        lines = MACHINE.read_text().splitlines()
    except OSError:
        return _installed()
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024.0 * int(found[0]) if found else _installed()


def _installed():
    # Windows has no sysconf, and other systems may not know these names.
    if not {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(getattr(os, "sysconf_names", ())):
        return float("inf")
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _of_container(path):
    try:
        limit = path.read_text().strip()
    except OSError:
        return float("inf")
    # The file says "max" if there is no limit.
    return float(limit) if limit.isdecimal() else float("inf")
