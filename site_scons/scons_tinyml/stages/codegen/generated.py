"""Functions that were generated for layers of a network: each text once, for any number of layers."""

from __future__ import annotations

from collections.abc import Iterable

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation


def generated_functions(implementations: Iterable[Implementation]) -> tuple[GeneratedCode, ...]:
    """Return the code of the generated functions among `implementations`, in the order of their names.

    Raises InternalError for two functions of one name with different text.
    """
    found: dict[str, GeneratedCode] = {}
    for item in implementations:
        if isinstance(item.code, GeneratedCode) and found.setdefault(item.function, item.code) != item.code:
            raise InternalError(f"{item.name} gives two different functions the name {item.function}")
    return tuple(code for _, code in sorted(found.items()))
