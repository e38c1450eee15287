"""Variants of generated functions whose code is in RAM, as initial data that start-up code copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation, Lowered

SUFFIX = "ramcode"
"""Ends the names of these variants: 'generated/depthwise_conv_2d.held_4.ramcode'."""
SECTION = ".tinyml_code"
"""Section of the functions, which our linker script puts into initial data.

A script of a user that does not name it leaves it with other code in flash, where it works as well.
"""


def with_ram_code(lowered: Iterable[Lowered]) -> tuple[Lowered, ...]:
    """Return `lowered`, and behind it a variant of each generated function, of those with constants in RAM too."""
    items = tuple(lowered)
    return (*items, *(variant for item in items for variant in _variants(item)))


def _variants(item: Lowered) -> Iterator[Implementation]:
    if not isinstance(item, Implementation) or not isinstance(item.code, GeneratedCode):
        return
    function = f"{item.function}_ram"
    # Calls between flash and RAM are further than a BL reaches: a pointer takes less code than the linker's veneers.
    attributes = f'__attribute__((long_call, section("{SECTION}.{function}")))'
    declaration, text = (
        part.replace(item.function, function) for part in (item.code.declaration, item.code.text)
    )
    yield replace(
        item,
        name=f"{item.name}.{SUFFIX}",
        function=function,
        code=replace(item.code, declaration=f"{attributes} {declaration}", text=text),
        variant_of=item.base,
        in_ram=True,
    )
