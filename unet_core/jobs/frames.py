"""What server and process say to each other: pickled tuples behind their length, over pipes that only the two hold.

Only our own processes write there: nothing that comes from a browser is ever unpickled.
"""

import pickle
import struct
from typing import Any, BinaryIO

LENGTH = struct.Struct("<Q")


def pack(*parts: object) -> bytes:
    """Ready to be written."""
    content = pickle.dumps(parts, protocol=5)
    return LENGTH.pack(len(content)) + content


def read(stream: BinaryIO) -> bytes | None:
    """The next frame without its length; None where the other end has closed, or died in the middle of one."""
    head = _exactly(stream, LENGTH.size)
    return None if head is None else _exactly(stream, LENGTH.unpack(head)[0])


def unpack(content: bytes) -> tuple[Any, ...]:
    parts = pickle.loads(content)
    assert isinstance(parts, tuple)
    return parts


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    parts, left = list[bytes](), size
    while left:
        part = stream.read(min(left, 2**20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
