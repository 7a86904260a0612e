"""A process held to the memory that was set aside for its job."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OF_TORCH = ("can't allocate memory", "not enough memory", "out of memory")  # said by its allocators


@contextmanager
def bounded(memory: int) -> Iterator[None]:
    """So many bytes more than now; what goes beyond is a MemoryError. Only Linux counts what a process allocates."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = _kilobytes("VmData") * 1024 + memory
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def resident() -> int:
    """Bytes that this process keeps in memory; 0 where the system does not say."""
    return _kilobytes("VmRSS") * 1024


def ran_out(error: Exception) -> bool:
    """Whether an exception says that there was no memory."""
    said_so = isinstance(error, RuntimeError) and any(words in str(error) for words in OF_TORCH)
    return said_so or isinstance(error, MemoryError)


def _kilobytes(name: str) -> int:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    except OSError:
        pass  # another system
    return 0
