"""Cores of Arm, one file each, found by name: everything that the project has to know of a core.

A new core is a new file here, `cortex_m55.py`, that defines `CORE`, and one with its timing model, which defines
`MODEL`: `emulator/timing/cortex_m55.py`. No other module names a core; a test proves it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from scons_tinyml.registry import Plugins

Architecture = Literal["v6m", "v7m", "v7em", "v8m"]
Feature = Literal["fpu", "fpu_double", "dsp", "mve"]
UNIT_LETTERS: dict[Feature, str] = {"fpu": "f", "fpu_double": "d"}
"""What a floating-point unit adds to the name of a core."""

CORES = Plugins("scons_tinyml.records.cores", provides="CORE")


@dataclass(frozen=True)
class Core:
    """A core as its technical reference manual describes it, and by which names tools know it."""

    name: str
    """As in board files and in the compiler's -mcpu: 'cortex-m4'."""
    architecture: Architecture
    unicorn_model: str
    """Constant of unicorn.arm_const."""
    cpuid: int
    """Register CPUID, of the revision that is in the chips."""
    entry_cycles: int
    """From the instruction that is interrupted to the first of the handler, at zero wait states, without its FPU."""
    return_cycles: int
    """From the return to the interrupted instruction, likewise."""
    features: frozenset[Feature] = frozenset()
    """What a chip maker may choose."""
    compiler_fpu: str | None = None
    """-mfpu for a unit of single precision."""
    compiler_double_fpu: str | None = None
    """-mfpu for one of double precision."""
    cycle_counter: Literal["dwt", "systick"] = "dwt"
    """What counts cycles on the chip: the Data Watchpoint and Trace unit, or SysTick where that has no counter."""
    locks_cycle_counter: bool = False
    """Whether a lock access register keeps software from the counter."""
    has_bit_bands: bool = False
    """Whether aliases of SRAM and peripherals have a word for each bit."""
    cache_ways: tuple[int, int] | None = None
    """Ways of the level-1 caches for instructions and for data, None for a core that can have none."""
    images_within: float = 0.05
    """How far a predicted time may be off, either way, for an image with a published one."""


def names() -> tuple[str, ...]:
    """Names of all cores, as board files have them, by their number."""
    return tuple(sorted((stem.replace("_", "-") for stem in CORES.names()), key=_number))


def core(name: str) -> Core:
    """The core `name`. Raises KeyError for one that there is not."""
    found = CORES.load(name).CORE
    assert isinstance(found, Core)
    return found


def _number(name: str) -> tuple[int, str]:
    match = re.search("[0-9]+", name)
    return int(match[0]) if match else 0, name
