"""What the build graph is made of, without pydantic: checked records as plain JSON, remembered between builds.

A file is checked again when it, or the code of the records, has changed. A build with nothing to do then spends no
time on reading and checking what it checked before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import TinymlError

from .signatures import PACKAGE_FOLDER

FILE = ".tinyml/checked.json"


class Facts(dict[str, Any]):
    """A JSON object whose members can be reached as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Checked:
    """Records of boards, models and kernel sets, out of `path` where the same content was checked before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            known = json.loads(path.read_bytes(), object_hook=Facts)
        except (OSError, ValueError):
            known = None
        self._known: dict[str, Any] = known if _is_of_records(known) else {}
        self._used: dict[str, Any] = {}

    def board(self, path: Path) -> Any:
        """The board in `path`, with `core_name`. Raises RecordError."""
        return self._find("board", [path], lambda: _board(path))

    def model(self, path: Path) -> Any:
        """The model in `path`. Raises RecordError."""
        return self._find("model", [path], lambda: _model(path))

    def kernel_set(self, folder: Path) -> Any:
        """The set in `folder` as `set` and `kernels`. Raises RecordError."""
        return self._find("kernels", sorted(folder.glob("*.toml")), lambda: _kernel_set(folder))

    def save(self) -> None:
        """Remember what this build has read. That it cannot be written is no reason to fail."""
        if all(self._known.get(name) is used for name, used in self._used.items()):
            return
        from scons_tinyml.stages.files import write_text

        try:
            write_text(self._path, json.dumps({**self._known, **self._used}))
        except TinymlError:
            return

    def _find(self, kind: str, files: list[Path], read: Callable[[], dict[str, Any]]) -> Any:
        name, digest = f"{kind} {files[0] if files else ''}", _digest(files)
        if name not in self._used:
            known = self._known.get(name)
            if known is None or known["digest"] != digest:
                known = json.loads(json.dumps({"digest": digest, "facts": read()}), object_hook=Facts)
            self._used[name] = known
        return self._used[name]["facts"]


def _is_of_records(known: Any) -> bool:
    """What `save` writes, and not what somebody else has put there."""
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


def _model(path: Path) -> dict[str, Any]:
    from scons_tinyml.records.model import read_model

    return read_model(path).model_dump(mode="json")


def _kernel_set(folder: Path) -> dict[str, Any]:
    from scons_tinyml.records.kernel import read_kernel_set

    kernel_set, kernels = read_kernel_set(folder)
    return {
        "set": kernel_set.model_dump(mode="json"),
        "kernels": [kernel.model_dump(mode="json") for kernel in kernels],
    }


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256(_records_digest())
    for path in files:
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


@cache
def _records_digest() -> bytes:
    files = sorted((PACKAGE_FOLDER / "records").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).digest()
