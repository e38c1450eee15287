"""Executed functions as text: executions and cycles of each instruction, under its source line."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.image import Function
from scons_tinyml.emulator.profile.counts import InstructionCost
from scons_tinyml.emulator.profile.summary import FunctionCost, Profile
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SHOWN_SOURCE_BYTES

_HEADER = (
    f"{'executions':>12} {'cycles':>14} {'each':>7} {'share':>7}  {'address':<9} {'code':<9} instruction"
)
_UNEXECUTED = " " * 43
_IT_BLOCK_BYTES = 2 + 4 * 4
_CONDITIONS = "eq ne hs cs lo cc mi pl vs vc hi ls ge lt gt le"
_SOURCE_SUFFIXES = {
    *(
        ".c",
        ".h",
        ".s",
        ".S",
        ".inc",
        ".cc",
        ".cpp",
        ".cxx",
        ".hh",
        ".hpp",
        ".ino",
        ".rs",
        ".zig",
        ".adb",
        ".ads",
    ),
}
"""Suffixes of sources for microcontrollers."""
_BRANCHES = {"b", "bl", "cbz", "cbnz", *(f"b{condition}" for condition in _CONDITIONS.split())}


def annotated_disassembly(profile: Profile, read: Callable[[int, int], bytes]) -> str:
    """Return every executed function as text, the costliest first. `read(address, size)` returns the code."""
    costs = {cost.address: cost for cost in profile.costs}
    parts = [_Listing(profile, costs, read).function(cost) for cost in profile.functions]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


class _Listing:
    """Writer of the functions of one profile."""

    def __init__(
        self, profile: Profile, costs: dict[int, InstructionCost], read: Callable[[int, int], bytes]
    ) -> None:
        self._profile, self._costs, self._read = profile, costs, read
        self._texts: dict[int, str] = {}
        self._executed: dict[Function, list[int]] = defaultdict(list)
        for address in sorted(costs):
            self._executed[profile.function_at(address)].append(address)

    def function(self, cost: FunctionCost) -> Iterator[str]:
        """Yield the lines of one function."""
        function, profile = cost.function, self._profile
        yield (
            f"{function.name}  0x{function.address:08x}  {cost.cycles:,} cycles ({_share(cost.cycles, profile)})  "
            f"{cost.instructions:,} instructions  {cost.calls:,} calls"
        )
        yield _HEADER
        shown = None
        for address, size in self._places(function):
            line = profile.image.line_of(address)
            if line != shown and line is not None:
                yield f"; {line[0]}:{line[1]}  {_source(*line)}".rstrip()
            shown = line
            yield self._instruction(address, size)

    def _places(self, function: Function) -> Iterator[tuple[int, int]]:
        """Yield (address, size in bytes) of the instructions.

        Code that did not run is included only where its extent is known.
        """
        inside = self._executed[function]
        address, end = function.address, max(function.address + function.size_bytes, inside[-1] + 2)
        while address < end:
            position = bisect_left(inside, address)
            following = inside[position] if position < len(inside) else end
            if address != following and not self._is_code(function, address):
                address = following
                continue
            size = min(_size(self._read(address, 2)), 4 if address == following else following - address)
            yield address, size
            address += size

    def _is_code(self, function: Function, address: int) -> bool:
        return function.size_bytes > 0 and not self._profile.image.is_data(address)

    def _instruction(self, address: int, size: int) -> str:
        cost = self._costs.get(address)
        code = self._read(address, size)
        text = self._named(self._text(address, code))
        words = " ".join(f"{int.from_bytes(code[i : i + 2], 'little'):04x}" for i in range(0, size, 2))
        counts = _UNEXECUTED
        if cost is not None:
            each = f"{cost.cycles / cost.executions:.2f}"
            counts = (
                f"{cost.executions:>12,} {cost.cycles:>14,} {each:>7} {_share(cost.cycles, self._profile):>7}"
            )
        return f"{counts}  {address:08x}: {words:<9} {text}"

    def _text(self, address: int, code: bytes) -> str:
        """Decode an instruction.

        An IT is decoded with its conditional instructions, which are kept for their turn.
        """
        if address not in self._texts:
            self._texts |= _decoded(address, code)
            if self._texts[address].startswith("it"):
                self._texts |= _decoded(address, self._read(address, _IT_BLOCK_BYTES))
        return self._texts[address]

    def _named(self, text: str) -> str:
        """Return `text`, for a direct branch with the function that it goes to."""
        mnemonic, _, operands = text.partition(" ")
        _, hash_sign, target = operands.rpartition("#0x")
        if mnemonic.partition(".")[0] not in _BRANCHES or not hash_sign:
            return text
        return f"{text}  <{self._profile.image.place(int(target, 16))}>"


def _share(cycles: int, profile: Profile) -> str:
    return f"{100 * cycles / profile.cycles:.1f} %" if profile.cycles else ""


def _size(code: bytes) -> int:
    """Return the bytes of a Thumb instruction (Armv7-M ARM, A5.1).

    Wide ones begin with 0b11101, 0b11110 or 0b11111.
    """
    return 4 if code[1] >> 3 in {0b11101, 0b11110, 0b11111} else 2


def _decoded(address: int, code: bytes) -> dict[int, str]:
    """Return texts by address, of one instruction or of an IT block."""
    found = list(_capstone().disasm(code, address))
    count = len(found[0].mnemonic) if found and found[0].mnemonic.startswith("it") else 1
    return {item.address: f"{item.mnemonic} {item.op_str}".strip() for item in found[:count]} or {
        address: "(undefined)"
    }


@cache
def _capstone() -> Any:
    import capstone

    return capstone.Cs(
        capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
    )


@cache
def _source_file(name: str) -> tuple[str, ...]:
    """Return the lines of the file `name`, none where it is not on this machine.

    The image gives the name, and may be anybody's. Files that are no source of a compiler, and other things than files,
    are not read: their contents would stand in the profile.
    """
    path = Path(name)
    if path.suffix not in _SOURCE_SUFFIXES:
        return ()
    try:
        return tuple(read_input(path, SHOWN_SOURCE_BYTES).decode("utf-8", "replace").splitlines())
    except (OSError, InputError):
        return ()


def _source(name: str, line: int) -> str:
    """Return a line of the source, '' where the file is not on this machine."""
    lines = _source_file(name)
    return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""
