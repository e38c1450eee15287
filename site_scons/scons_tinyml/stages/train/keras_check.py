"""What Keras would load of a `.keras` file, found without loading it: layers of its own, and weights of the file.

Such a file names classes and functions by module, which Keras imports, and some layers read files or hold code. Keras
refuses more of that with each version (safe_mode); here all of it is refused, with any version. A file has a
config.json,
which is checked whole, and weights in HDF5, which could refer to other files.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.units import format_bytes

MOST_CONFIG_BYTES = 64 * 2**20
"""Limit of config.json, which describes layers without their weights."""
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_FILES = {CONFIG, "metadata.json", WEIGHTS}
_PARTS = frozenset(
    """
    activations constraints dtype_policies initializers layers losses metrics models ops optimizers quantizers random
    regularizers
    """.split()  # noqa: SIM905
)
"""Packages of Keras with what a network is made of. Others load, save, download or configure."""
_OF_KERAS_ITSELF = {"Functional", "Sequential", "Model", "DTypePolicy", "SeedGenerator"}
_REFUSED = {
    **dict.fromkeys(("Lambda", "__lambda__"), "holds code of Python"),
    **dict.fromkeys(("TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"), "holds a program"),
    **dict.fromkeys(("StringLookup", "IntegerLookup", "TextVectorization"), "reads a file of words"),
    "__typespec__": "names a class of TensorFlow",
}


def require_plain(path: Path) -> None:
    """Raise ModelFileError if the `.keras` file `path` has more than layers of Keras and their weights."""
    try:
        with ZipFile(path) as archive:
            reasons = list(dict.fromkeys(_reasons(archive)))
    except RecursionError:
        reasons = ["its layers are nested too deeply"]
    except Exception as error:  # a damaged archive raises nearly any exception
        raise ModelFileError(f"is not a Keras network that can be loaded: {error}", where=path) from None
    if reasons:
        raise ModelFileError(
            f"is not a network of Keras's layers alone: {'; '.join(reasons[:3])}",
            where=path,
            hint="expected what model.save('name.keras') of Keras 3 writes; replace such layers by layers of Keras, "
            "or convert the network to a .tflite yourself",
        )


def _reasons(archive: ZipFile) -> Iterator[str]:
    names = archive.namelist()
    for name in names:
        if name not in _FILES:
            yield f"the archive has {name!r}; expected {', '.join(sorted(_FILES))}"
        elif names.count(name) > 1:
            yield f"the archive has {name!r} twice"
    with archive.open(CONFIG) as file:
        text = file.read(MOST_CONFIG_BYTES + 1)
    if len(text) > MOST_CONFIG_BYTES:
        yield f"{CONFIG} is larger than {format_bytes(MOST_CONFIG_BYTES)}, the limit"
        return
    yield from _of_config(json.loads(text))
    if WEIGHTS in names:
        yield from _of_weights(archive.read(WEIGHTS))


def _of_config(value: Any) -> Iterator[str]:
    """Yield what is not of Keras in the JSON `value`."""
    if isinstance(value, dict):
        yield from _of_object(value)
        for part in value.values():
            yield from _of_config(part)
    elif isinstance(value, list):
        for part in value:
            yield from _of_config(part)


def _of_object(value: dict[str, Any]) -> Iterator[str]:
    name, module, registered = (value.get(key) for key in ("class_name", "module", "registered_name"))
    if isinstance(name, str) and name in _REFUSED:
        yield f"{name} {_REFUSED[name]}"
    if module is not None and not _is_of_keras(module, name):
        yield f"{name!r} is of {module!r}, not of Keras's layers"
    if isinstance(registered, str) and ">" in registered:
        yield f"{registered!r} is a class of the one who made it"


def _is_of_keras(module: object, name: object) -> bool:
    if not isinstance(module, str):
        return False
    parts = module.removeprefix("keras.src.").removeprefix("keras.").split(".")
    if module == "builtins":
        return name in ("function", "dict", "slice")
    return (
        name in _OF_KERAS_ITSELF if module == "keras" else module.startswith("keras.") and parts[0] in _PARTS
    )


def _of_weights(data: bytes) -> Iterator[str]:
    """Yield what refers to other files, or around in circles, in an HDF5 file."""
    h5py: Any = import_module("h5py")
    with h5py.File(io.BytesIO(data), "r") as file:
        pending, seen = [file["/"]], set()
        while pending:
            group = pending.pop()
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    yield f"{name!r} in its weights is a link, not weights"
                    continue
                found = group[name]
                if isinstance(found, h5py.Group) and found.id not in seen:
                    seen.add(found.id)
                    pending.append(found)
                elif isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
                    yield f"{name!r} in its weights is stored in another file"
