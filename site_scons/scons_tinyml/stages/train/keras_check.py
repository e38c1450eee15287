"""Content of a `.keras` file: only layers of Keras and their weights may be loaded.

Such a file names classes and functions by module, which Keras imports, and some layers read files or hold code. Keras
refuses more of that with each version (safe_mode); here all of it is refused, with any version. `keras_archive` has
checked sizes and weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.stages.train.keras_archive import CONFIG, WEIGHTS

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
    yield from _of_config(parse_json(archive.read(CONFIG)))


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
