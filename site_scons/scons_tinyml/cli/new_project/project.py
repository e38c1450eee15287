"""Files of a new project: SConstruct, network with its model.toml, CI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from scons_tinyml.cli.new_project.example import example_network
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.network_limits import NETWORK_FILE
from scons_tinyml.resources import release
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.reader import read_tflite

_TEMPLATES = {
    "SConstruct": "SConstruct",
    "requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".github/workflows/firmware.yml": "firmware.yml",
}
_EXAMPLE = "example"
_EXTRAS = {".tflite": "", ".keras": "[train]", ".onnx": "[onnx]"}
"""Extras that a network needs, by the suffix of its file."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
"""Names that need no quotes in the files of a project."""
_EXAMPLE_BUDGETS = 'flash = "16 KiB"\nram = "4 KiB"\nlatency = "10 ms"'
_OWN_BUDGETS = '# flash = "64 KiB"\n# ram = "16 KiB"\n# latency = "100 ms"'
_FLOAT = '[quantization]\nmode = "float" # int8 needs a [dataset]\n\n'


@dataclass(frozen=True)
class Network:
    """The network of a new project: `name` of the folder in models/, `file` in it, and its `content`."""

    name: str
    file: str
    content: bytes

    @property
    def extra(self) -> str:
        """The extra that it needs, '[train]', or ''."""
        return _EXTRAS[Path(self.file).suffix]


def example() -> Network:
    """Return the network of a project that begins without one."""
    return Network(_EXAMPLE, f"{_EXAMPLE}.tflite", example_network())


def own_network(path: Path) -> Network:
    """Return the network in the file `path`. Raises InputError for another format, and for a damaged `.tflite`."""
    if path.suffix not in _EXTRAS:
        raise InputError(
            f"is no {', '.join(_EXTRAS)} file",
            where=path,
            hint="a SavedModel and a network to train: `tinyml new` without --model, then change the model.toml",
        )
    if path.suffix == ".tflite":
        read_tflite(path)
    name = path.stem if NAME.fullmatch(path.stem) else "network"
    return Network(name, f"{name}{path.suffix}", read_file(path, NETWORK_FILE))


def write_project(folder: Path, board: str, network: Network) -> list[Path]:
    """Write the files of a project for the board `board` into `folder`; return their paths in it.

    Raises InputError, and writes nothing, when one of them exists.
    """
    contents = {Path(name): text for name, text in _contents(board, network).items()}
    existing = [path for path in contents if (folder / path).exists() or (folder / path).is_symlink()]
    if existing:
        raise InputError(
            "exists already, and nothing is overwritten; no file was written",
            where=folder / existing[0],
            hint="give another folder, or move the file away",
        )
    for path, content in contents.items():
        write_bytes(folder / path, content)
    return list(contents)


def _contents(board: str, network: Network) -> dict[str, bytes]:
    is_example = network.name == _EXAMPLE
    values = {
        "board": board,
        "model": network.name,
        "file": network.file,
        "description": "Example with random weights" if is_example else f"Network of {network.file}",
        "budgets": _EXAMPLE_BUDGETS if is_example else _OWN_BUDGETS,
        "quantization": _FLOAT if network.file.endswith(".keras") else "",
        "requirement": f"scons-tinyml{network.extra}=={release()}",
    }
    folder = f"models/{network.name}"
    made = {name: _filled(template, values) for name, template in _TEMPLATES.items()}
    return {
        **made,
        f"{folder}/model.toml": _filled("model.toml", values),
        f"{folder}/{network.file}": network.content,
    }


def _filled(template: str, values: Mapping[str, str]) -> bytes:
    """Return a template with `@name@` replaced by values, all of which are words or text of this module."""
    text = files(__package__).joinpath("templates", template).read_text(encoding="utf-8")
    return re.sub(r"@([a-z]+)@", lambda found: values[found[1]], text).encode()
