"""Cores of Arm, one file each, found by name.

A new core takes two files: `cortex_m55.py` here defines `CORE`, and `emulator/timing/cortex_m55.py` defines `MODEL`,
its timing model. No other module names a core; a test proves it.
"""

from __future__ import annotations

import re
from typing import Literal

from scons_tinyml.records.record import Record
from scons_tinyml.registry import Plugins

Architecture = Literal["v6m", "v7m", "v7em", "v8m"]
Feature = Literal["fpu", "fpu_double", "dsp", "mve"]
UNIT_LETTERS: dict[Feature, str] = {"fpu": "f", "fpu_double": "d"}
"""Letter that a floating-point unit adds to the name of a core."""

CORES = Plugins("scons_tinyml.records.cores", provides="CORE")


class Core(Record):
    """A core as its technical reference manual describes it, with its names in other tools."""

    name: str
    """Name in board files and in the compiler's -mcpu: 'cortex-m4'."""
    architecture: Architecture
    unicorn_model: str
    """Constant of unicorn.arm_const."""
    cpuid: int
    """Value of register CPUID, of the revision in the chips."""
    entry_cycles: int
    """Cycles from the interrupted instruction to the first of the handler, at zero wait states, without FPU context."""
    return_cycles: int
    """Cycles from the return to the interrupted instruction, under the same conditions."""
    features: frozenset[Feature] = frozenset()
    """Features that a chip maker may choose."""
    compiler_fpu: str | None = None
    """-mfpu of the compiler for a unit of single precision."""
    compiler_double_fpu: str | None = None
    """-mfpu of the compiler for a unit of double precision."""
    cycle_counter: Literal["dwt", "systick"] = "dwt"
    """Cycle counter of the chip: the Data Watchpoint and Trace unit, or SysTick where that has none."""
    locks_cycle_counter: bool = False
    """True if a lock access register protects the counter from software."""
    has_bit_bands: bool = False
    """True if an alias region maps each bit of SRAM and peripherals to a word."""
    issues_two: bool = False
    """True if two instructions may issue in a cycle, so that the order of independent ones matters."""
    cache_ways: tuple[int, int] | None = None
    """Ways of the level-1 caches for instructions and for data, None for a core that can have none."""
    images_within: float = 0.05
    """Largest relative error, either way, of a predicted time against a published one."""


def names() -> tuple[str, ...]:
    """Return the names of all cores in the spelling of board files, sorted by their number."""
    return tuple(sorted((stem.replace("_", "-") for stem in CORES.names()), key=_number))


def core(name: str) -> Core:
    """Return the core `name`. Raises KeyError for an unknown one."""
    found = CORES.load(name).CORE
    assert isinstance(found, Core)
    return found


def _number(name: str) -> tuple[int, str]:
    match = re.search("[0-9]+", name)
    return int(match[0]) if match else 0, name
