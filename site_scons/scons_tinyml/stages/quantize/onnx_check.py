"""What an `.onnx` file refers to beside itself: files with weights, and operators that are not of ONNX.

The fields of its messages are those of onnx.proto (https://github.com/onnx/onnx), as far as they lead to such a
reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.records.paths import inner_path, locate
from scons_tinyml.records.system_errors import require_regular

DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Sets of operators that the converter knows: those of ONNX, and some of ONNX Runtime."""
_PACKAGE = "tinyml_onnx"
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Model": {"graph": (7, "Graph"), "functions": (25, "Function*"), "training_info": (20, "Training*")},
    "Training": {"initialization": (1, "Graph"), "algorithm": (2, "Graph")},
    "Graph": {"node": (1, "Node*"), "initializer": (5, "Tensor*"), "sparse_initializer": (15, "Sparse*")},
    "Function": {"node": (7, "Node*"), "domain": (10, "text"), "attribute_proto": (11, "Attribute*")},
    "Node": {"op_type": (4, "text"), "attribute": (5, "Attribute*"), "domain": (7, "text")},
    "Attribute": {
        "t": (5, "Tensor"),
        "g": (6, "Graph"),
        "tensors": (10, "Tensor*"),
        "graphs": (11, "Graph*"),
        "sparse_tensor": (22, "Sparse"),
        "sparse_tensors": (23, "Sparse*"),
    },
    "Sparse": {"values": (1, "Tensor"), "indices": (2, "Tensor")},
    "Tensor": {"external_data": (13, "Entry*")},
    "Entry": {"key": (1, "text"), "value": (2, "text")},
}
"""Number and type of each field that is read, by message; a star is for repeated ones."""


def require_contained(onnx: Path) -> None:
    """Raise InputError if the file `onnx` refers to a file outside of its folder, or to operators of another maker."""
    read = _message_class("Model")()
    try:
        read.ParseFromString(onnx.read_bytes())
    except Exception as error:  # the errors of protobuf, which has no types
        raise ModelFileError(f"is no ONNX file: {error}", where=onnx) from None
    known = {*DOMAINS, *(function.domain for function in read.functions)}
    for message in _all(read):
        kind = message.DESCRIPTOR.name
        if kind == "Node" and message.domain not in known:
            raise UnsupportedError(
                f"has the operator {message.op_type!r} of {message.domain!r}, which is not of ONNX",
                where=onnx,
                hint="give a .tflite that was converted by who made the operator",
            )
        if kind == "Entry" and message.key == "location":
            _require_beside(message.value, onnx)


def _require_beside(location: str, onnx: Path) -> None:
    """Raise InputError if the file `location` of weights is not a plain one below the folder of `onnx`."""
    try:
        inner_path(location)
    except ValueError as error:
        raise ModelFileError(f"has weights in another file: {error}", where=onnx) from None
    try:
        require_regular(locate(location, onnx.resolve().parent, where=onnx, key="external_data"))
    except InputError as error:
        raise ModelFileError(f"has weights in another file: {error.problem}", where=onnx) from None


def _all(message: Any) -> Iterator[Any]:
    """Yield `message` and all messages in it."""
    pending = [message]
    while pending:
        message = pending.pop()
        yield message
        for field, value in message.ListFields():
            if field.message_type is not None:
                pending.extend(value if hasattr(value, "add") else [value])  # a list of messages, or one


@cache
def _message_class(name: str) -> Any:
    """Return the class of the message `name` of `_MESSAGES`."""
    descriptors: Any = import_module("google.protobuf.descriptor_pb2")
    file = descriptors.FileDescriptorProto(name="tinyml_onnx.proto", package=_PACKAGE, syntax="proto2")
    types = descriptors.FieldDescriptorProto
    for message, fields in _MESSAGES.items():
        made = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
            if kind == "text":
                made.field.add(name=field, number=number, label=label, type=types.TYPE_STRING)
            else:
                of = f".{_PACKAGE}.{kind.rstrip('*')}"
                made.field.add(name=field, number=number, label=label, type=types.TYPE_MESSAGE, type_name=of)
    pool = import_module("google.protobuf.descriptor_pool").DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")
    return import_module("google.protobuf.message_factory").GetMessageClass(found)
