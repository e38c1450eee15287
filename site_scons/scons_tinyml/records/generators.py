"""Computations that the Python files of a kernel set say they take, read without running them.

`TAKES = ("CONV_2D int8",)` at the top level of a generator names computations and number types as declared kernels do.
"""

from __future__ import annotations

import ast
from pathlib import Path

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.input_file import read_input_text
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.records.kernel import Kernel, generator_files, read_kernel_set
from scons_tinyml.records.record import Record

TAKES = "TAKES"


class Generated(Record):
    """Kernels that a generator may have for an operator and type."""

    name: str
    """'<set>/<generator>'."""
    operator: str
    type: str


Listed = Kernel | Generated
"""A kernel as lists show it."""


def listed_kernels(folder: Path) -> tuple[Listed, ...]:
    """Return the declared kernels of the set in `folder`, and what its generators take. Raises RecordError."""
    generated = (found for file in generator_files(folder) for found in _taken(file))
    return (*read_kernel_set(folder)[1], *generated)


def _taken(file: Path) -> tuple[Generated, ...]:
    pairs = (line.split(" ") for line in _lines(file))
    name = f"{file.parent.name}/{file.stem}"
    return tuple(Generated(name, operator, number_type) for operator, number_type in pairs)


def _lines(file: Path) -> tuple[str, ...]:
    """Return the texts of TAKES, none for a file without it. Raises RecordError for other values."""
    try:
        body = ast.parse(read_input_text(file, SOURCE_BYTES)).body
    except (SyntaxError, ValueError) as error:
        raise RecordError(f"is not Python: {error}", where=file) from None
    for item in body:
        if isinstance(item, ast.Assign) and [ast.unparse(target) for target in item.targets] == [TAKES]:
            return _texts(item.value, file)
    return ()


def _texts(value: ast.expr, file: Path) -> tuple[str, ...]:
    try:
        found = ast.literal_eval(value)
    except ValueError:
        found = None
    is_listed = isinstance(found, tuple) and all(
        isinstance(item, str) and len(item.split(" ")) == len(("operator", "type")) for item in found
    )
    if not is_listed:
        raise RecordError('expected texts such as ("CONV_2D int8",)', where=file, key=TAKES)
    return found  # type: ignore[no-any-return]
