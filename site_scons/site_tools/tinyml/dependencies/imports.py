"""Python files of a project that another one imports: from beside it, or from the folder of the SConstruct."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES


def imported_files(script: Path, top: Path) -> tuple[Path, ...]:
    """Return the files beside `script` and below `top` that it imports, and those that these import, by name.

    Imports by a name that is computed are not found. A file that is no Python has none: running it says so.
    """
    folders = (script.parent, top)
    pending, found = [script], set[Path]()
    while pending:
        for path in _imported(pending.pop(), folders):
            if path != script and path not in found:
                found.add(path)
                pending.append(path)
    return tuple(sorted(found))


def _imported(file: Path, folders: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that the text of `file` imports, with the packages that they are in."""
    try:
        tree = ast.parse(read_input(file, SOURCE_BYTES))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError, InputError):
        return
    for node in ast.walk(tree):
        for folder, name in _names(node, file, folders):
            parts = name.split(".")
            for end in range(1, len(parts) + 1):
                path = folder.joinpath(*parts[:end])
                for found in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
                    if found.is_file():
                        yield found


def _names(node: ast.AST, file: Path, folders: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield dotted names that the statement `node` may import, each with the folder that it begins in."""
    if isinstance(node, ast.Import):
        yield from ((folder, alias.name) for alias in node.names for folder in folders)
    elif isinstance(node, ast.ImportFrom):
        origins = folders if not node.level else (file.parents[node.level - 1],)
        prefix = f"{node.module}." if node.module else ""
        for folder in origins:
            yield from ((folder, f"{prefix}{alias.name}") for alias in node.names)
