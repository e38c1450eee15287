"""Interface of timing models: the cost of each instruction, and the native function that adds costs up.

A model decodes an instruction once (`cost`) into a row of numbers. The native function `step` of the module
`native` reads the row and moves the clock (see native/replay.py). The default `step` is a three-stage
pipeline with its fetch unit and the memory system of the board. A model with the default consists of its
costs:

    MODEL = TimingModel(
        core="cortex-m4",
        version="flat-1",
        cost=lambda instruction: Cost(cycles=1),
    )
    Machine(board, model=MODEL)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag, auto
from typing import Self

from scons_tinyml.emulator.instruction import Instruction
from scons_tinyml.emulator.timing.pipe import Pipe


@dataclass(frozen=True)
class RuleNote:
    """One rule of a model in words, with its source. `fitted`: whole programs decided, not a manual."""

    name: str
    text: str
    source: str
    fitted: bool = False


class Rule(IntEnum):
    """Ways in which the native step turns a cost into cycles."""

    FIXED = 1  # `cycles`
    LOAD = 2  # `cycles` + stalls of one memory read; pipelines behind a load
    STORE = 3  # `cycles`; the write buffer takes the data
    LOAD_MULTIPLE = 4  # `cycles` + stalls of every word
    STORE_MULTIPLE = 5  # `cycles` + stalls of every word
    DIVIDE = 6  # by the bits of the quotient, from `cycles` to `long_cycles`
    LONG_MULTIPLY = 7  # by the halves of the factors that are not 0, from `cycles` to `long_cycles`
    FLOAT = 8  # `cycles`; the next floating-point instruction waits until `long_cycles` have passed
    FOLDED = 9  # 0 when decoded together with the instruction before it, else `cycles`
    DIVIDE_BY_LENGTH = 10  # by the lengths of the operands in bits, from `cycles` to `long_cycles`
    LONG_MULTIPLY_ACCUMULATE = 11  # as LONG_MULTIPLY, and one more for each long factor


@dataclass(frozen=True)
class Cost:
    """Cycles of one instruction at zero wait states, and the rule that adjusts them.

    `refill` is the number of cycles from the last cycle of execution of a jump to the request of its
    target: 0 when the target is known early. With one cycle for the fetch and one to decode it, P of
    Arm's tables is 1 + refill.
    """

    cycles: int = 1
    rule: Rule = Rule.FIXED
    long_cycles: int = 0
    refill: int = 0
    pipelines: bool = False  # overlaps with a load before it
    scoreboard: Pipe | None = None  # for a core whose results come after more than one cycle


class Bus(IntEnum):
    """Data accesses that share a bus with instruction fetches."""

    OWN = 0
    FLASH_DATA = 1
    ALL_DATA = 2


class NativeRule(IntFlag):
    """Rules of the native steps that a test turns off to see their effect: see `TimingModel.without`."""

    LOAD_PIPELINING = auto()  # a load or store behind a load takes a cycle less
    ADDRESS_INTERLOCK = auto()  # an address that was just computed takes a cycle more
    DATA_BUS = auto()  # an access waits for the one before
    WRITE_BUFFER = auto()  # a single store does not wait for its memory
    SPLIT_ACCESS = auto()  # an unaligned load is several accesses
    EARLY_END = auto()  # divisions and long multiplies end by the values of their operands
    IT_FOLDING = auto()
    FP_RESULT = auto()  # a use of a floating-point result waits for it
    FP_UNIT = auto()  # the next floating-point instruction waits for the unit
    RUN_AHEAD = auto()  # words of code are fetched before they are needed
    LINE_BUFFER = auto()  # code of the flash line that was read last is not read again
    PREFETCH = auto()
    PREFETCH_YIELDS = auto()  # a prefetch that has not begun gives way to a read
    PREFETCH_DATA = auto()  # behind a cache of code and data, the line behind missing data is read ahead too
    INSTRUCTION_CACHE = auto()
    DATA_CACHE = auto()
    DATA_REGISTER = auto()  # data of the flash line that was read last for data is at hand
    # of cores with a scoreboard
    RESULT = auto()  # a use of a result waits for it
    SLOW_RESULT = auto()  # some uses of a load, or of a product, wait longer
    LATE_FLAGS = auto()  # a branch on flags that were just set knows its target a cycle later
    PAIRS = auto()  # two instructions in a cycle
    EARLY_STAGE = auto()  # simple instructions execute a stage earlier when they can
    PREDICTION = auto()  # a mispredicted branch empties the pipeline
    FP_SUMS = auto()  # sums of multiply-accumulates keep others from the adder and the registers


NO_RULE = NativeRule(0)


@dataclass(frozen=True)
class Fetch:
    """Fetch unit of an in-order core: words in its queue, extra cycles from RAM, and sharing of its bus.

    `data_first`: a read of data from the flash goes before code that is requested in the same cycle.
    `decodes_branches`: the target of a direct branch is requested while the branch is decoded, whatever
    becomes of it. `prefetches_on_entry`: the flash reads a line ahead once the first word of the line before is
    requested, not as soon as it is free: one line is ahead, not two.
    """

    queue_words: int = 3
    from_ram_cycles: int = 1
    bus: Bus = Bus.OWN
    data_first: bool = False
    decodes_branches: bool = False
    prefetches_on_entry: bool = False


@dataclass(frozen=True)
class TimingModel:
    """Timing of a core. `version` changes with every rule that changes any cycle.

    The version is stored with every count, and names its evidence: see `bands.py`.
    """

    core: str
    version: str
    cost: Callable[[Instruction], Cost]
    native: str = "three_stage"  # module beside native/compiled.py with `step` and `settle`, see replay.py
    rules: tuple[RuleNote, ...] = ()
    fetch: Fetch = Fetch()
    every_access: bool = False  # stores and accesses to the stack depend on their address too
    level1: bool = False  # data is in tightly coupled memory or behind a cache of the core: native/l1.py
    off: NativeRule = NO_RULE

    def without(self, rules: NativeRule) -> Self:
        """Return this model with rules of its native step turned off, for tests, as another version."""
        return replace(self, off=self.off | rules, version=f"{self.version} without {rules.name}")
