"""Queries: words of the command line that replace a build, as in `scons why target=... layer=3`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from SCons.Script import COMMAND_LINE_TARGETS

BUILD = "build"
"""Name of a command line without a query."""
MATRIX = "matrix"
COMPARE = "compare"
EXPLORE = "explore"
WEB = "web"
DIAGNOSE = "diagnose"
BUILD_NEEDS = ("target", "model")
WORDS: Mapping[str, tuple[str, ...]] = {
    "frontier": BUILD_NEEDS,
    "why": (*BUILD_NEEDS, "layer"),
    DIAGNOSE: BUILD_NEEDS,
    "measure": ("target",),
    MATRIX: ("model",),
    COMPARE: (*BUILD_NEEDS, "baseline"),
    EXPLORE: BUILD_NEEDS,
    WEB: ("model",),
}
"""Queries by name, each with the options that it needs."""


def queries() -> list[str]:
    """Return the queries on the command line; an empty list stands for a build."""
    return [name for name in WORDS if name in COMMAND_LINE_TARGETS]


def needed(words: Sequence[str]) -> tuple[str, ...]:
    """Return the options that the queries `words` need, or those of a build without any."""
    return tuple(dict.fromkeys(name for word in words for name in WORDS[word])) if words else BUILD_NEEDS
