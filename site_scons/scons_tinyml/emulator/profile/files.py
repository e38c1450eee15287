"""Files of a profile. Each is complete: nothing in them refers to another, or to the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scons_tinyml.emulator.profile.disassembly import annotated_disassembly
from scons_tinyml.emulator.profile.stacks import collapsed, speedscope
from scons_tinyml.emulator.profile.summary import FunctionCost, Profile


def profile_files(
    profile: Profile, read: Callable[[int, int], bytes], *, exporter: str, timing_model: str
) -> dict[str, str]:
    """Return the content of each file by name.

    `read(address, size)` returns the code. `exporter` is the program and its version.
    """
    return {
        "disassembly.txt": annotated_disassembly(profile, read),
        "stacks.folded": collapsed(profile),
        "profile.speedscope.json": speedscope(profile, exporter),
        "functions.json": json.dumps({"timing_model": timing_model} | as_json(profile), indent=2) + "\n",
    }


def as_json(profile: Profile) -> dict[str, Any]:
    """Return functions and lines with whole numbers, the costliest first.

    Both add up to the totals, together with the cycles outside of instructions.
    """
    return {
        "firmware": profile.image.path.name,
        "cycles": profile.cycles,
        "instructions": profile.instructions,
        "cycles_outside_of_instructions": profile.cycles_outside,
        "functions": [_function(profile, cost) for cost in profile.functions],
        "lines": [
            {
                "file": cost.file if cost.line else None,
                "line": cost.line or None,
                "cycles": cost.cycles,
                "instructions": cost.instructions,
            }
            for cost in profile.lines
        ],
    }


def _function(profile: Profile, cost: FunctionCost) -> dict[str, Any]:
    file, line = profile.image.line_of(cost.function.address) or (None, None)
    return {
        "name": cost.function.name,
        "address": cost.function.address,
        "file": file,
        "line": line,
        "cycles": cost.cycles,
        "inclusive_cycles": cost.inclusive_cycles,
        "instructions": cost.instructions,
        "calls": cost.calls,
    }
