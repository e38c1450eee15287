"""Constants that lie behind the flatbuffer, as in files of more than 2 GiB, are taken into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import ModelFileError

_INSIDE = 1
"""Offsets up to this one say that the bytes are in the buffer's own table."""


def take_in(model: Any, data: bytes, where: Path) -> str:
    """Give every buffer its bytes of the file `data`. Raises ModelFileError where the file ends before them."""
    import numpy as np

    outside = [buffer for buffer in model.buffers if buffer is not None and buffer.offset > _INSIDE]
    for buffer in outside:
        end = buffer.offset + buffer.size
        if end > len(data):
            raise ModelFileError(
                f"lies at bytes {buffer.offset} to {end} of the file, which has {len(data)}",
                where=where,
                key=f"buffer {model.buffers.index(buffer)}",
                hint="truncated? Copy or convert the network again",
            )
        buffer.data = np.frombuffer(data[buffer.offset : end], np.uint8)
        buffer.offset = buffer.size = 0
    return f"{len(outside)} constants lie behind the flatbuffer" if outside else ""
