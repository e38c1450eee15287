"""What a timing model is: the cost of each instruction, and the native function that adds costs up.

A model decodes an instruction once (`cost`) into a row of numbers; one native function (`native`) runs before
every executed instruction, reads its row and moves the clock. The function of `native/` models a three-stage
pipeline with its fetch unit and the memory system of the board. A model that is content with it is its costs:

    MODEL = TimingModel(
        core="cortex-m4",
        version="flat-1",
        band=Band(low=-0.5, high=0.5, basis="one cycle for everything: for tests"),
        cost=lambda instruction: Cost(cycles=1),
    )
    Machine(board, model=MODEL)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from scons_tinyml.emulator.instruction import Instruction
from scons_tinyml.emulator.timing.pipe import Pipe

if TYPE_CHECKING:
    from scons_tinyml.emulator.timing.native.compiled import Hooks


@dataclass(frozen=True)
class Band:
    """Relative error of predicted cycles: the board takes between (1 + low) and (1 + high) times as many."""

    low: float
    high: float
    basis: str  # how the two numbers were derived


@dataclass(frozen=True)
class RuleNote:
    """One rule of a model in words, with where it comes from; `fitted` when whole programs decided, not a manual."""

    name: str
    text: str
    source: str
    fitted: bool = False


class Rule(IntEnum):
    """How the native step turns a cost into cycles."""

    FIXED = 1  # `cycles`
    LOAD = 2  # `cycles` + stalls of one memory read; pipelines behind a load
    STORE = 3  # `cycles`; the write buffer takes the data
    LOAD_MULTIPLE = 4  # `cycles` + stalls of every word
    STORE_MULTIPLE = 5  # `cycles` + stalls of every word
    DIVIDE = 6  # by the bits of the quotient, from `cycles` to `long_cycles`
    LONG_MULTIPLY = 7  # `cycles`, or `long_cycles` if a factor does not fit in 16 bits
    FLOAT = 8  # `cycles`; the next floating-point instruction waits until `long_cycles` have passed
    FOLDED = 9  # 0 when decoded together with the instruction before it, else `cycles`


@dataclass(frozen=True)
class Cost:
    """Cycles of one instruction at zero wait states, and the rule that adjusts them.

    `refill` is how many cycles after its last cycle of execution a jump asks for its target: 0 when the target
    is known early. With one cycle for the fetch and one to decode it, P of Arm's tables is 1 + refill.
    """

    cycles: int = 1
    rule: Rule = Rule.FIXED
    long_cycles: int = 0
    refill: int = 0
    pipelines: bool = False  # overlaps with a load before it
    scoreboard: Pipe | None = None  # for a core whose results come after more than one cycle


class Bus(IntEnum):
    """What instruction fetches share a bus with."""

    OWN = 0
    FLASH_DATA = 1
    ALL_DATA = 2


@dataclass(frozen=True)
class Fetch:
    """The fetch unit of an in-order core: words in its queue, cycles added by fetching from RAM, who shares its bus."""

    queue_words: int = 3
    from_ram_cycles: int = 1
    bus: Bus = Bus.OWN


def _three_stage() -> Hooks:
    from scons_tinyml.emulator.timing.native.compiled import hooks
    from scons_tinyml.emulator.timing.native.three_stage import settle, step

    return hooks(step, settle)


@dataclass(frozen=True)
class TimingModel:
    """A core's timing. `version` changes with every rule that changes any cycle; it is stored with every count."""

    core: str
    version: str
    band: Band
    cost: Callable[[Instruction], Cost]
    native: Callable[[], Hooks] = _three_stage  # native.compiled.hooks(step, settle)
    rules: tuple[RuleNote, ...] = ()
    fetch: Fetch = Fetch()
    every_access: bool = False  # stores and accesses to the stack depend on their address too
