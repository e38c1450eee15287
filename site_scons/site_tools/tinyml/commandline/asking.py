"""What can be asked in the place of a build, as words of the command line: `scons why target=... model=... layer=3`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from SCons.Script import COMMAND_LINE_TARGETS

BUILD = "build"
"""What is asked where no word is."""
BUILD_NEEDS = ("target", "model")
WORDS: Mapping[str, tuple[str, ...]] = {
    "frontier": BUILD_NEEDS,
    "why": (*BUILD_NEEDS, "layer"),
    "measure": ("target",),
    "matrix": ("model",),
}
"""Each with the options that it cannot do without."""


def asked() -> list[str]:
    """The words on the command line; none of them is a build."""
    return [name for name in WORDS if name in COMMAND_LINE_TARGETS]


def needed(words: Sequence[str]) -> tuple[str, ...]:
    """Options that `words` need, or a build where there are none."""
    return tuple(dict.fromkeys(name for word in words for name in WORDS[word])) if words else BUILD_NEEDS
