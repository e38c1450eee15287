"""Chains of calls in the formats of two viewers.

Collapsed stacks (the input of flamegraph.pl and similar tools) have one line for each chain: names joined by
semicolons, a space and the cycles. Speedscope: https://www.speedscope.app/file-format-schema.json, "sampled"
profiles. Their samples here are chains of calls with their exact weights.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from scons_tinyml.emulator.profile.summary import OUTSIDE, Profile

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_Chain = tuple[str, ...]


def collapsed(profile: Profile) -> str:
    """Return collapsed stacks weighed by cycles. They add up to the cycles of the run."""
    cycles, _ = _chains(profile)
    lines = (f"{';'.join(chain)} {spent}" for chain, spent in sorted(cycles.items()))
    return "".join(f"{line}\n" for line in lines)


def speedscope(profile: Profile, exporter: str) -> str:
    """Return a speedscope file with one profile of cycles and one of instructions."""
    cycles, instructions = _chains(profile)
    name = profile.image.path.name
    names = sorted({part for chain in (*cycles, *instructions) for part in chain})
    numbers = {part: number for number, part in enumerate(names)}
    content = {
        "$schema": _SCHEMA,
        "name": name,
        "exporter": exporter,
        "activeProfileIndex": 0,
        "shared": {"frames": _frames(profile, names)},
        "profiles": [
            _sampled(f"{name}: cycles", cycles, numbers),
            _sampled(f"{name}: instructions", instructions, numbers),
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def _chains(profile: Profile) -> tuple[dict[_Chain, int], dict[_Chain, int]]:
    """Return cycles and instructions by names of a chain of calls, with the costs outside of all chains."""
    cycles: dict[_Chain, int] = defaultdict(int)
    instructions: dict[_Chain, int] = defaultdict(int)
    for path in profile.paths:
        chain = tuple(_without_semicolons(profile.function_at(address).name) for address in path.stack)
        cycles[chain] += path.cycles
        instructions[chain] += path.instructions
    cycles[OUTSIDE,] = profile.cycles - sum(cycles.values())
    instructions[OUTSIDE,] = profile.instructions - sum(instructions.values())
    return _spent(cycles), _spent(instructions)


def _spent(weights: dict[_Chain, int]) -> dict[_Chain, int]:
    return {chain: weight for chain, weight in weights.items() if weight}


def _without_semicolons(name: str) -> str:
    """Return `name` with colons for semicolons, which separate the names of a chain."""
    return name.replace(";", ":")


def _frames(profile: Profile, names: list[str]) -> list[dict[str, Any]]:
    entries = {
        _without_semicolons(profile.function_at(entry).name): entry
        for path in profile.paths
        for entry in path.stack
    }
    places = {name: profile.image.line_of(entry) for name, entry in entries.items()}
    return [
        {"name": name} | ({"file": place[0], "line": place[1]} if (place := places.get(name)) else {})
        for name in names
    ]


def _sampled(name: str, weights: dict[_Chain, int], numbers: dict[str, int]) -> dict[str, Any]:
    spent = sorted(weights.items())
    return {
        "type": "sampled",
        "name": name,
        "unit": "none",
        "startValue": 0,
        "endValue": sum(weights.values()),
        "samples": [[numbers[part] for part in chain] for chain, _ in spent],
        "weights": [weight for _, weight in spent],
    }
