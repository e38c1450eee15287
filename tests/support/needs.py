"""Markers for the needs of a test beside Python's packages, found by the imports of its module and helpers.

    tensorflow   converts or trains networks
    arm          compiles for Arm's cores
    slow         builds whole projects, or compiles all kernels

A module whose imports do not show its needs marks itself: `pytestmark = pytest.mark.arm`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

MARKERS = ("tensorflow", "arm", "slow")
UNIT_TIMEOUT_S = 300
"""Timeout of a test without any of these markers; the others have that of pyproject.toml."""

_TESTS = Path(__file__).resolve().parents[1]
_WHOLE = frozenset(MARKERS)
_BROUGHT = {
    "tensorflow": {"tensorflow"},
    "keras": {"tensorflow"},
    "scons_tinyml.stages.quantize.convert": {"tensorflow"},
    "scons_tinyml.stages.train.keras_file": {"tensorflow"},
    "scons_tinyml.stages.train.tensorflow_process": {"tensorflow"},
    "scons_tinyml.stages.firmware.toolchain.core_flags": {"arm"},
    "scons_tinyml.stages.firmware.toolchain.find_toolchain": {"arm"},
    "support.assembly": {"arm"},
    "support.firmware": {"arm"},
    "support.target": {"arm"},
    "support.arm_kernels": {"arm", "slow"},
    "support.host_kernels": {"slow"},
    "support.project": _WHOLE,
    "support.qemu": {"arm", "slow"},
}


def mark(items: list[pytest.Item]) -> None:
    """Give every test the markers of its needs, and a timeout."""
    for item in items:
        for name in sorted(needs(item.path)):
            item.add_marker(name)
        if not any(item.get_closest_marker(name) for name in ("timeout", *MARKERS)):
            item.add_marker(pytest.mark.timeout(UNIT_TIMEOUT_S))


@cache
def needs(path: Path) -> frozenset[str]:
    """Return the markers that the imports of a test module, and of the conftest modules above it, require."""
    above = (folder / "conftest.py" for folder in path.parents if _TESTS in (folder, *folder.parents))
    modules = [path, *(conftest for conftest in above if conftest.is_file())]
    return frozenset().union(*(_needs_of(module, ()) for module in modules))


def _needs_of(path: Path, importers: tuple[Path, ...]) -> frozenset[str]:
    found = set()
    for name in _imports(path):
        found |= _BROUGHT.get(name, set()) | _BROUGHT.get(name.partition(".")[0], set())
        helper = _TESTS / f"{name.removeprefix('tests.').replace('.', '/')}.py"
        if helper.is_file() and helper not in (path, *importers):
            found |= _needs_of(helper, (path, *importers))
    return frozenset(found)


@cache
def _imports(path: Path) -> frozenset[str]:
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8"))))


def _names(tree: ast.AST) -> Iterator[str]:
    """Return the dotted names of all imported modules, `support.x` for `from support import x` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
