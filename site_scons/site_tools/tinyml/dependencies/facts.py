"""Cache of checked records of boards, models and kernel sets: plain JSON, without pydantic.

A file is checked again when it, or the code that checks it, has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError, TinymlError
from scons_tinyml.records.file_state import file_state
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.records.json_text import parse_json, read_json
from scons_tinyml.records.kernel_headers import INCLUDE, headers

from .modules import Modules

FILE = "checked.json"
_CHECKED_BY: Mapping[str, tuple[str, ...]] = {
    "board": ("records.board", "emulator.devices.families", "stages.firmware.families"),
    "model": ("records.model", "stages.metrics"),
    "kernels": ("records.kernel",),
    "variants": ("records.exploring",),
    "headers": (),
    "seeds": (),
}
"""Modules that check and read a record, by its kind."""


class Facts(dict[str, Any]):
    """JSON object whose members are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Checked:
    """Records of boards, models and kernel sets; those checked before come from the file `path`."""

    def __init__(self, path: Path, modules: Modules) -> None:
        self._path = path
        self._modules = modules
        try:
            known = read_json(path, object_hook=Facts)
        except (OSError, ValueError, InputError):
            known = None
        self._known: dict[str, Any] = known if _is_of_records(known) else {}
        self._used: dict[str, Any] = {}

    def board(self, path: Path) -> Any:
        """Return the board in `path`, with `core_name`. Raises RecordError."""
        return self._find("board", [str(path)], lambda: _board(path))

    def model(self, path: Path, variant: str) -> Any:
        """Return the `variant` of the model in `path`, with `variant` in its shortest form. Raises InputError.

        Its axes have the values of this variant alone: it does not change with those of others.
        """
        return self._find("model", [str(path)], lambda: _model(path, variant), variant)

    def kernel_set(self, folder: Path, checkout: Path | None = None) -> Any:
        """Return the set in `folder`: `set`, `sources`, `external_sources`, `generates`, `digest`. Raises RecordError.

        It is that for the external sources in `checkout`, or for those of its wheel. The digest covers declarations and
        generators, which together define the implementations, and the revision of the checkout.
        """
        suffixes = (".toml", ".py")
        place = str(folder)
        files = [f"{place}/{name}" for name in sorted(os.listdir(place)) if name.endswith(suffixes)]  # noqa: PTH208
        header = self.kernel_set(folder).set.external.revisions if checkout else None
        files += [f"{checkout}/{header.header}"] if checkout and header else []
        return self._find("kernels", files, lambda: _kernel_set(folder, files, checkout), checkout)

    def headers(self, folders: Sequence[Path]) -> str:
        """Return the digest of the headers that the kernel sets in `folders` share: places, names and contents."""
        files = [f"{place}/{INCLUDE}/{name}" for place in folders for name in headers(f"{place}/{INCLUDE}")]
        return self._contents("headers", files)

    def seeds(self, folders: Sequence[Path]) -> str:
        """Return the digest of the rows that come with the kernels in `folders`."""
        packs = [path for place in folders for path in sorted((place / "costs").glob("*.jsonl"))]
        return self._contents("seeds", [str(path) for path in packs])

    def made_of(self, model: Path) -> str:
        """Return the digest of what variants of the model in the file `model` are made of. Raises InputError."""
        beside = (
            f"{folder}/{name}"
            for folder, _, names in os.walk(model.parent)
            for name in names
            if name.endswith(".py")
        )
        files = [str(model), *sorted(beside)]
        return str(self._find("variants", files, lambda: {"made_of": _made_of(model)}).made_of)

    def _contents(self, kind: str, files: Sequence[str]) -> str:
        return str(self._find(kind, files, lambda: {"sha256": _digest(files)}).sha256)

    def save(self) -> None:
        """Write the records of this build to the cache file. A failure to write is ignored."""
        if all(self._known.get(name) is used for name, used in self._used.items()):
            return
        from scons_tinyml.stages.files import write_text

        try:
            write_text(self._path, json.dumps({**self._known, **self._used}))
        except TinymlError:
            return

    def _find(
        self,
        kind: str,
        files: Sequence[str],
        read: Callable[[], dict[str, Any]],
        variant: Path | str | None = None,
    ) -> Any:
        name, code = f"{kind} {files[0] if files else ''}", self._modules.digest(*_CHECKED_BY[kind])
        name += f" {variant}" if variant else ""
        if name not in self._used:
            known: Any = self._known.get(name)
            stamp = _stamp(code, files)
            if known is None or known.get("stamp") != stamp:
                digest = f"{code} {_digest(files)}"
                same = known is not None and known.get("digest") == digest
                facts = known["facts"] if same else parse_json(json.dumps(read()), object_hook=Facts)
                known = {"stamp": stamp, "digest": digest, "facts": facts}
            self._used[name] = known
        return self._used[name]["facts"]


def _is_of_records(known: Any) -> bool:
    """Return whether `known` has the form that `save` writes."""
    return isinstance(known, dict) and all(
        isinstance(record, dict) and isinstance(record.get("facts"), dict) and "digest" in record
        for record in known.values()
    )


def _board(path: Path) -> dict[str, Any]:
    from scons_tinyml.emulator.devices.families import check_family
    from scons_tinyml.records.board import read_board
    from scons_tinyml.stages.firmware.families import clock_plan

    board = read_board(path)
    check_family(board)
    clock_plan(board)
    return {**board.model_dump(mode="json"), "core_name": board.core_name}


def _model(path: Path, variant: str) -> dict[str, Any]:
    from scons_tinyml.records.model import read_model
    from scons_tinyml.records.variants import variant_of
    from scons_tinyml.stages.metrics import check_metrics

    model = read_model(path)
    check_metrics(model, path)
    found = variant_of(model, variant)
    return {**found.model.model_dump(mode="json"), "variant": found.text}


def _made_of(model: Path) -> str:
    from scons_tinyml.records.exploring import made_of

    return made_of(model)


def _kernel_set(folder: Path, files: Sequence[str], checkout: Path | None) -> dict[str, Any]:
    from scons_tinyml.records.kernel import generator_files, read_kernel_set

    kernel_set, kernels = read_kernel_set(folder, checkout)
    return {
        "set": kernel_set.model_dump(mode="json"),
        "sources": sorted({name for kernel in kernels for name in kernel.sources}),
        "external_sources": sorted({name for kernel in kernels for name in kernel.external_sources}),
        "generates": bool(generator_files(folder)),
        "digest": _digest(files),
    }


def _stamp(code: str, files: Sequence[str]) -> str:
    """Return the digest of `code`, and of paths and states of `files`, some of which may not exist."""
    states: list[Any] = []
    for path in files:
        try:
            states.append((path, file_state(os.stat(path))))  # noqa: PTH116 - in every build
        except OSError:
            states.append(path)
    return hashlib.sha256(repr((code, states)).encode()).hexdigest()


def _digest(files: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for path in map(Path, files):
        digest.update(
            path.name.encode() + b"\0" + (read_input(path, SOURCE_BYTES) if path.is_file() else b"")
        )
    return digest.hexdigest()
