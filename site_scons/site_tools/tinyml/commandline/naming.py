"""Values of `model=` that name no model of the project: paths to networks, and mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_source import SAVED_MODEL

NETWORK_FILES = (".tflite", ".keras", ".onnx")
KINDS = f"{', '.join(NETWORK_FILES[:-1])} or {NETWORK_FILES[-1]} file"
_DESCRIPTION = "model.toml"
_HINTS = {
    ".h5": "keras.models.load_model reads it; save it with model.save('name.keras')",
    ".pb": "give the folder of the SavedModel",
    ".lite": "a .lite file is a .tflite file by another name: rename it",
    **dict.fromkeys(
        (".h", ".hpp", ".c", ".cc", ".cpp"), "C source has a network as an array: give its .tflite file"
    ),
}


def hint_for(path: Path) -> str | None:
    """Return what to do with a file that has the suffix of `path`, None where nothing is known."""
    return _HINTS.get(path.suffix)


def network_file(path: Path) -> Path | None:
    """Return the network file that `path` names, which need not exist; None if it names no network."""
    if path.suffix in NETWORK_FILES or path.name == SAVED_MODEL:
        return path
    return path / SAVED_MODEL if (path / SAVED_MODEL).is_file() else None


def check_name(text: str, path: Path, known: Mapping[str, Path], folders: Sequence[Path]) -> None:
    """Raise InputError with the reason if `text` is none of the `known` models and looks like a path.

    `path` is `text` as a path from the project's root; `folders` are the folders of models.
    """
    if text in known:
        return
    folder = path.parent if path.name == _DESCRIPTION else path
    if (folder / _DESCRIPTION).is_file():
        found = known.get(folder.name)
        named = found is not None and found.parent.resolve() == folder.resolve()
        hint = f"model={folder.name}" if named else f"models are folders of {folders[0].name}/"
        raise _wrong(f"'{text}' is a path; a model with a {_DESCRIPTION} is called by its name", hint)
    for place in (path, *(models / text for models in folders)):
        if place.is_dir():
            raise _wrong(f"the folder '{text}' has neither {_DESCRIPTION} nor {SAVED_MODEL}")
    if path.is_file():
        raise _wrong(f"'{text}' is no {KINDS}, nor the folder of a SavedModel", hint_for(path))
    if len(Path(text).parts) > 1:
        raise _wrong(f"no such file or folder: {text}")


def _wrong(problem: str, hint: str | None = None) -> InputError:
    return InputError(problem, where="command line", key="model", hint=hint)
