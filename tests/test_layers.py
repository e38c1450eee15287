"""Imports point down: a module may use what stands in the layers below its own, and its own package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import scons_tinyml

PACKAGE = Path(scons_tinyml.__file__).parent
ENTRY = "stages.*.__main__"
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli", "stages.__main__"),
    ("explore",),
    ("library", "validation"),
    (ENTRY,),
    ("stages.trial",),
    ("stages.gate", "stages.fit", "stages.explain", "stages.web"),
    ("stages.measure",),
    ("stages.run", "stages.footprint", "stages.needed", "stages.export", "stages.patch"),
    ("stages.firmware",),
    ("stages.codegen",),
    ("stages.quality",),
    ("stages.quantize",),
    ("stages.lowering", "stages.train"),
    ("stages.data",),
    ("stages.metrics",),
    ("stages.plan",),
    ("stages.samples",),
    ("stages.graph.reader",),
    ("stages.graph.passes",),
    ("stages.litert",),
    ("stages.litert_child", "stages.segments", "stages.variables"),
    ("stages.graph",),
    ("stages.oracle", "stages.guarded"),
    ("stages.native_code", "stages.command"),
    ("stages.executors",),
    ("stages.interrupt", "stages.oracle_child"),
    ("costs", "emulator", "reports"),
    (
        "stages.files",
        "stages.folder",
        "stages.lifeline",
        "stages.child",
        "stages.progress",
        "stages.templates",
    ),
    ("stages.native_noise", "stages.npy", "stages.project_code", "stages.request"),
    ("resources", "stages"),
    ("records",),
    ("registry", "revision"),
    ("records.record",),
)
"""From the top to the bottom. A name is a module, or a package with all that is in it; the longest name counts."""


def modules() -> dict[str, Path]:
    """Files by dotted names below scons_tinyml."""
    files = {path: path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py")}
    return {
        ".".join(name.parts).removesuffix(".__init__"): path
        for path, name in files.items()
        if name.parts[0] != "data" and name != Path("__init__")
    }


MODULES = modules()


def place(module: str) -> tuple[int, str]:
    """Number of the layer of `module`, 0 the highest, and its name there."""
    if module.startswith("stages.") and module.endswith(".__main__") and module != "stages.__main__":
        return place_of(ENTRY)
    parts = module.split(".")
    return next(
        place_of(name)
        for name in (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        if any(name in layer for layer in LAYERS)
    )


def place_of(name: str) -> tuple[int, str]:
    return next(number for number, layer in enumerate(LAYERS) if name in layer), name


def imported(file: Path) -> set[str]:
    """Names of our modules that `file` imports anywhere, for type checking and inside of functions too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scons_tinyml"):
            module = str(node.module).removeprefix("scons_tinyml").removeprefix(".")
            for alias in node.names:
                name = f"{module}.{alias.name}".removeprefix(".")
                found.add(name if name in MODULES else module)
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("scons_tinyml.")
                for alias in node.names
                if alias.name.startswith("scons_tinyml.")
            }
    return found & set(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    layer, name = place(module)
    wrong = {
        other for other in imported(MODULES[module]) if place(other)[0] <= layer and place(other)[1] != name
    }
    assert wrong == set(), f"{name} is in layer {layer}"


def test_layers_name_nothing_that_is_not_there() -> None:
    known = {*MODULES, *(".".join(path.relative_to(PACKAGE).parts) for path in PACKAGE.rglob("*")), ENTRY}
    assert [name for layer in LAYERS for name in layer if name not in known] == []


def test_only_the_tool_imports_scons() -> None:
    users = [
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and any(
            text.startswith("SCons")
            for text in (getattr(node, "module", None) or "", *(a.name for a in node.names))
        )
    ]
    assert users == []
