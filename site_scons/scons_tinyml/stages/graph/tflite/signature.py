"""Names of a network's inputs and outputs, from the first signature of its `.tflite` file.

Converters write one signature, 'serving_default', with the names of the Keras layers or of the arguments of
the converted function. Names of output tensors are meaningless ('StatefulPartitionedCall:1').
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scons_tinyml.stages.graph.tflite.flatbuffer import Flatbuffer, Table
from scons_tinyml.stages.graph.tflite.schema import schema


def signature_names(
    file: Flatbuffer, model: Table, inputs: Sequence[int], outputs: Sequence[int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names of the inputs and outputs, tensors of the first subgraph; empty when some have none."""
    for signature in file.tables(model, "SignatureDefs"):
        if file.scalar(signature, "SubgraphIndex") == 0:
            return _names(file, signature, "Inputs", inputs), _names(file, signature, "Outputs", outputs)
    return (), ()


def _names(file: Flatbuffer, signature: Table, direction: str, tensors: Sequence[int]) -> tuple[str, ...]:
    """Return names of `tensors`; an output with two names has the first one."""
    known: dict[int, str] = {}
    for entry in file.tables(signature, direction):
        known.setdefault(file.scalar(entry, "TensorIndex"), file.text(entry, "Name"))
    return tuple(known[index] for index in tensors) if set(tensors) <= set(known) else ()


def with_signature(data: bytes, outputs: Sequence[str]) -> bytes:
    """Return the `.tflite` file `data` with a signature added.

    Inputs are named like their tensors, which the converter names after them. `outputs` names the outputs in
    order.
    """
    from flatbuffers import Builder

    model = schema().ModelT.InitFromObj(schema().Model.GetRootAs(data, 0))
    graph = model.subgraphs[0]
    names = [graph.tensors[index].name.decode() for index in graph.inputs]
    table = schema().SignatureDefT()
    table.signatureKey = "serving_default"
    table.inputs = _entries(names, graph.inputs)
    table.outputs = _entries(outputs, graph.outputs)
    model.signatureDefs = [table]
    builder = Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _entries(names: Sequence[str], tensors: Sequence[int]) -> list[Any]:
    found = []
    for name, tensor in zip(names, tensors, strict=True):
        entry = schema().TensorMapT()
        entry.name, entry.tensorIndex = name, tensor
        found.append(entry)
    return found
