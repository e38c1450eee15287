"""Pass: move constants behind the flatbuffer, where files of more than 2 GiB keep them, into it."""

from __future__ import annotations

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.network_limits import CONSTANT_BYTES
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel

_INSIDE = 1
"""Largest offset of a buffer whose bytes are in its own table."""


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Copy the bytes of every buffer that lies behind the flatbuffer into its table.

    Outputs stay equal: the same bytes are read from another place. Raises ModelFileError where the file ends before
    them.
    """
    import numpy as np

    buffers, data = model.tables.buffers, model.source.data
    outside = [buffer for buffer in buffers if buffer is not None and buffer.offset > _INSIDE]
    CONSTANT_BYTES.require(sum(buffer.size for buffer in outside), where=model.source.path)
    for buffer in outside:
        end = buffer.offset + buffer.size
        if end > len(data):
            raise ModelFileError(
                f"lies at bytes {buffer.offset} to {end} of the file, which has {len(data)}",
                where=model.source.path,
                key=f"buffer {buffers.index(buffer)}",
                hint="truncated? Copy or convert the network again",
            )
        buffer.data = np.frombuffer(data[buffer.offset : end], np.uint8)
        buffer.offset = buffer.size = 0
    if outside:
        model.require_constants()
    return model, (f"{len(outside)} constants lie behind the flatbuffer",) if outside else ()


PASS = Pass("embed_constants", rewrite)
