"""Imports point down: each layer may use those below it, and no other."""

from __future__ import annotations

import ast
from pathlib import Path

import scons_tinyml

PACKAGE = Path(scons_tinyml.__file__).parent
LAYERS = (
    {"cli", "__main__"},
    {"library", "validation"},
)
"""From the top to the bottom; a name is a module or a package, with all that is in it."""


def layer_of(module: str) -> int:
    """Number of the layer of `module`, dotted below scons_tinyml; 0 is the highest."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next(number for name in names for number, layer in enumerate(LAYERS) if name in layer)


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scons_tinyml"):
            for alias in node.names:
                found.add(_existing(f"{node.module}.{alias.name}") or str(node.module))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("scons_tinyml.")}
    return {name.removeprefix("scons_tinyml.") for name in found if name != "scons_tinyml"}


def _existing(name: str) -> str | None:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return name if path.is_dir() or path.with_suffix(".py").is_file() else None


def modules() -> dict[str, Path]:
    files = {path: path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py")}
    return {
        ".".join(name.parts).removesuffix(".__init__"): path
        for path, name in files.items()
        if name.parts[0] != "data" and name != Path("__init__")
    }
