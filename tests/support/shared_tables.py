"""`.tflite` files that refer to one table many times: small files that would expand into large networks."""

from __future__ import annotations

from collections.abc import Sequence

import flatbuffers
import numpy as np

from support.tflite_builder import FILE_IDENTIFIER, schema


def file_of_one_tensor(entries: int) -> bytes:
    """Return a file with `entries` references to one tensor, whose name has as many characters."""
    builder = flatbuffers.Builder(1024)
    outputs = builder.CreateNumpyVector(np.arange(entries, dtype=np.int32))
    tensor = schema.TensorT(name="n" * entries).Pack(builder)
    tensors = _vector(builder, [tensor] * entries)
    schema.OperatorStart(builder)
    schema.OperatorAddOutputs(builder, outputs)
    operators = _vector(builder, [schema.OperatorEnd(builder)])
    schema.SubGraphStart(builder)
    schema.SubGraphAddTensors(builder, tensors)
    schema.SubGraphAddOperators(builder, operators)
    schema.SubGraphAddOutputs(builder, outputs)
    subgraphs = _vector(builder, [schema.SubGraphEnd(builder)])
    codes = _vector(builder, [schema.OperatorCodeT().Pack(builder)])
    buffers = _vector(builder, [schema.BufferT().Pack(builder)])
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddOperatorCodes(builder, codes)
    schema.ModelAddSubgraphs(builder, subgraphs)
    schema.ModelAddBuffers(builder, buffers)
    builder.Finish(schema.ModelEnd(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def _vector(builder: flatbuffers.Builder, tables: Sequence[int]) -> int:
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return int(builder.EndVector())
