"""What TensorFlow would run of a SavedModel, found without running it.

Loading one restores its variables and runs the functions that create and initialize its resources: experiments with
TensorFlow 2.21 wrote files that way, and with the main operator of a folder of TensorFlow 1. Neither the operator
`__saved_model_init_op` nor the functions that save and restore ran. Converting calls the function of a signature, and
evaluates what is constant. So every function that an object of the folder can call has to be of harmless operators.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.paths import locate
from scons_tinyml.stages.train.harmless_operators import COMPUTING, SAVING

TRUST = "trust_model"
"""Option of the command line with which a person allows what is refused here."""
_SHOWN = 5
_OTHER_FORMS = ("saved_model.cpb", "saved_model.pbtxt")
_HINT = (
    "expected a network of tensors alone; "
    f"if you know who made it, {TRUST}=yes on the command line loads it all the same"
)


def require_harmless(path: Path) -> None:
    """Raise ModelFileError if loading or converting the SavedModel of the file `path` could touch this machine.

    Raises RecordError for a link that leads out of its folder.
    """
    _require_plain_files(path)
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    read = SavedModel()
    try:
        read.ParseFromString(path.read_bytes())
    except Exception as error:  # the errors of protobuf, which has no types
        raise ModelFileError(f"is no SavedModel to convert: cannot be loaded: {error}", where=path) from None
    found = list(dict.fromkeys(reason for graph in read.meta_graphs for reason in _reasons(graph)))
    if found:
        rest = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ModelFileError(
            f"could do more than compute when it is loaded: {'; '.join(found[:_SHOWN])}{rest}",
            where=path,
            hint=_HINT,
        )


def _require_plain_files(path: Path) -> None:
    folder = path.parent
    for other in _OTHER_FORMS:
        if (folder / other).exists():
            raise ModelFileError(f"has {other} beside it; expected one of the two", where=path)
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        locate(name, folder, where=path, key="files")
        if not stat.S_ISREG(kind := file.stat().st_mode) and not stat.S_ISDIR(kind):
            raise ModelFileError(f"has {name} beside it, which is no plain file", where=path)


def _reasons(graph: Any) -> Iterator[str]:
    """Yield what is not harmless in a MetaGraphDef."""
    if not graph.HasField("object_graph_def"):
        yield "it is of TensorFlow 1, and has operators of its own to initialize it"
    functions = {one.signature.name: one for one in graph.graph_def.library.function}
    for name in sorted(_called(graph.object_graph_def.concrete_functions, functions)):
        yield from _unknown(functions[name].node_def, functions, COMPUTING, f"the function {name!r}")
    for name, function in functions.items():
        yield from _unknown(function.node_def, functions, COMPUTING | SAVING, f"the function {name!r}")
    yield from _unknown(graph.graph_def.node, functions, COMPUTING, "the graph")
    for node in graph.object_graph_def.nodes:
        kind = node.WhichOneof("kind")
        if kind in ("resource", "asset"):
            yield f"it has {'a resource, such as a table' if kind == 'resource' else 'an asset, a file'}"
        if node.saveable_objects or node.registered_saver:
            yield "an object restores itself with a function of its own"


def _unknown(nodes: Any, functions: Mapping[str, Any], known: frozenset[str], place: str) -> Iterator[str]:
    for node in nodes:
        if node.op not in known and node.op not in functions:
            yield f"operator {node.op!r} in {place}"


def _called(first: Any, functions: Mapping[str, Any]) -> set[str]:
    """Return the functions `first`, and all that they call."""
    found: set[str] = set()
    pending = [name for name in first if name in functions]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [called for called in _named(functions[name]) if called in functions]
    return found


def _named(function: Any) -> Iterator[str]:
    """Yield the names that may be of functions that `function` calls."""
    for node in function.node_def:
        yield node.op
        for attribute in node.attr.values():
            yield attribute.func.name
            yield from (one.name for one in attribute.list.func)
