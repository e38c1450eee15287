"""Core registers with names: given out, taken back, and refused once they were taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scons_tinyml.records.errors import InternalError

ARGUMENTS = 4
"""Arguments that a function gets in registers (AAPCS32 6.5); generated functions have no others."""
LINK = 14
ALLOCATABLE = (*range(13), LINK)
"""r0 to r12 and lr: all but stack pointer and program counter."""
CALLEE_SAVED = (*range(4, 12), LINK)
"""Registers that a function restores (AAPCS32 6.1.1), and lr, through which it returns."""

LAST_LOW = 7
"""Registers up to r7 are operands of all instructions of 16 bits."""

_NAME = re.compile(r"[a-z][a-z_]*[0-9]*(_[a-z0-9]+)*")
_RESERVED = re.compile(
    r"(r|s|d|q|p|c|cr|a|v|f|acc|wr|wcgr|mvf|mvd|mvfx|mvdx|mvax)\d+|sb|sl|fp|ip|sp|lr|pc|wr|cpsr|apsr"
)
"""Names that the GNU assembler gives to registers of any core."""


@dataclass(frozen=True, eq=False)
class Register:
    """A register under the name of what it holds, until it is released. Two with one name are not the same."""

    name: str
    number: int

    def __str__(self) -> str:
        return self.name

    @property
    def is_low(self) -> bool:
        """True for r0 to r7, which all instructions of 16 bits have."""
        return self.number <= LAST_LOW


class Registers:
    """The registers of a function: which are free, which were ever used."""

    def __init__(self) -> None:
        self._live: dict[int, Register] = {}
        self.used: set[int] = set()

    @property
    def free(self) -> tuple[int, ...]:
        """Numbers of the registers that hold nothing, ascending."""
        return tuple(number for number in ALLOCATABLE if number not in self._live)

    def take(self, name: str, number: int | None = None) -> Register:
        """Return the free register `number` under `name`; None selects the lowest free one.

        Raises InternalError where none is free, and for a name that is in use or means another register.
        """
        if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
            raise InternalError(f"'{name}' cannot be the name of a register")
        if name in {register.name for register in self._live.values()}:
            raise InternalError(f"register '{name}' is live already")
        free = self.free
        chosen = number if number is not None else next(iter(free), None)
        if chosen not in free:
            held = ", ".join(map(str, self._live.values()))
            raise InternalError(f"no register is left for '{name}': they hold {held}")
        register = Register(name, chosen)
        self._live[chosen] = register
        self.used.add(chosen)
        return register

    def release(self, register: Register) -> None:
        """Make `register` free. Raises InternalError if it is not live."""
        self.check(register)
        del self._live[register.number]

    def check(self, register: Register) -> None:
        """Raise InternalError for a register that was released."""
        if self._live.get(register.number) is not register:
            raise InternalError(f"register '{register}' is used after its release")

    @property
    def live(self) -> tuple[Register, ...]:
        """Registers that hold something, by number."""
        return tuple(self._live[number] for number in sorted(self._live))
