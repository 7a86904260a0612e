"""How much memory this machine can still give."""

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")  # Linux
CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current"))
UNKNOWN = 4 * 2**30  # bytes, where the system says nothing


def spare_memory() -> int:
    """Bytes that a program may take without driving others out, within what its container allows.

    Where only the whole memory is known it is half of that; where nothing is, UNKNOWN.
    """
    return max(0, min(_system(), _container()))


def _system() -> int:
    try:
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # another system
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


def _container() -> int:
    try:
        limit, used = (int(path.read_text()) for path in CONTAINER)
    except (OSError, ValueError):  # no container, or "max"
        return 2**62
    return limit - used
