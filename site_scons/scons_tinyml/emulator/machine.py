"""A microcontroller that runs firmware and counts its cycles: Unicorn, a board and a timing model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.image import Image, read_image
from scons_tinyml.emulator.memory import PAGE_BYTES, Mapping, allocate, mappings
from scons_tinyml.emulator.registers import register_number
from scons_tinyml.emulator.timing import TimingModel, timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InternalError

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine

#: Private peripheral bus (ARMv7-M ARM, B3.1): system control and debug registers, here plain memory.
_PPB_START, _PPB_BYTES = 0xE000_0000, 0x10_0000
#: A page of its own where called functions return to: the last of external RAM (ARMv7-M ARM, B3.1).
_RETURN_PAGE = 0x9FFF_F000
_BRANCH_TO_SELF = bytes((0xFE, 0xE7))
_PAINT = bytes((0xA5, 0x5A, 0xC3, 0x3C))


class Machine:
    """An emulated board.

    With `timing` the cycles of every instruction are modelled (`model`: another than the core's own). Without, the
    machine is several times faster, counts instructions and leaves `cycles` at 0.
    """

    def __init__(self, board: Board, *, timing: bool = True, model: TimingModel | None = None) -> None:
        self.board = board
        self.model = (model or timing_for(board.core)) if timing else None
        self._image = Image(Path())
        self._engine: Engine | None = None
        self._mappings: tuple[Mapping, ...] = ()
        self._teller = FaultTeller(self._image, ())
        self._clockwork: Any = None
        self._state: Any = None

    # -- images

    def load(self, elf: Path) -> None:
        """Map the board's memory, put the image's bytes at their load addresses, and reset.

        Raises InputError for what is no ELF image, or does not lie in the memory of the board.
        """
        from scons_tinyml.emulator.engine import Engine

        image = read_image(elf)
        self._image = image
        self._mappings = mappings(self.board, image, _stack_top(image, self._code_start))
        self._teller = FaultTeller(image, self._mappings)
        engine = self._engine = Engine(self.board.core)
        memories = self._map_memory(engine)
        self._add_timing(engine, memories)
        for segment in image.segments:
            if segment.data:
                engine.write(segment.load_address, segment.data)
        self.reset()

    def symbol(self, name: str) -> int:
        """Address of a symbol of the image, bit 0 cleared for functions. Raises InputError."""
        return self._image.symbol(name)

    # -- running

    def reset(self) -> None:
        """Stack pointer and PC from the vector table; counters to 0, pipeline and caches cold. RAM is kept."""
        engine = self._running
        engine.clear_registers()
        if self._clockwork is not None:
            self._clockwork.reset()
        else:
            self._state["instructions"] = 0
        vectors = engine.read(self._code_start, 8)
        self.set_register("sp", int.from_bytes(vectors[:4], "little"))
        self.set_register("pc", int.from_bytes(vectors[4:], "little") & ~1)

    def run_until(self, address: int, *, max_instructions: int = 2_000_000_000) -> None:
        """Run until the instruction at `address` is next; at once if it is. Raises FirmwareFault."""
        address &= ~1
        pc = self.register("pc")
        if pc == address:
            return
        self._state["limit"] = self.instructions + max_instructions
        self._state["limit_reached"] = 0
        error = self._running.run(pc, address)
        self._check(error, address, max_instructions)

    def call(self, address: int, *arguments: int) -> int:
        """Call a function of up to four word arguments (AAPCS); its r0. Raises FirmwareFault."""
        if len(arguments) > 4:
            raise InternalError("Machine.call passes arguments in r0 to r3 only")
        for number, value in enumerate(arguments):
            self.set_register(f"r{number}", value)
        self.set_register("lr", _RETURN_PAGE | 1)
        self.set_register("pc", address & ~1)
        self.run_until(_RETURN_PAGE)
        return self.register("r0")

    @property
    def cycles(self) -> int:
        """Cycles since reset, up to the end of the last executed instruction; 0 without timing."""
        return int(self._state["now"][0]) if self._clockwork is not None else 0

    @property
    def instructions(self) -> int:
        """Instructions since reset, those that an IT skips included."""
        return 0 if self._state is None else int(self._state["instructions"][0])

    # -- memory and registers

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`, flash or RAM."""
        return self._running.read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Write memory from outside of the core; flash too."""
        self._running.write(address, data)
        if self._clockwork is not None:
            self._clockwork.forget(address, len(data))

    def register(self, name: str) -> int:
        """Value of 'r0' to 'r15', 'sp', 'lr' or 'pc'."""
        return self._running.read_register(self._ids[register_number(name)])

    def set_register(self, name: str, value: int) -> None:
        """Set 'r0' to 'r15', 'sp', 'lr' or 'pc'."""
        self._running.write_register(self._ids[register_number(name)], value & 0xFFFF_FFFF)

    def paint_stack(self, low: int, high: int) -> None:
        """Fill [low, high) with a pattern, to see later how much of it was used."""
        self.write(low, (_PAINT * ((high - low) // 4 + 1))[: high - low])

    def stack_used_bytes(self, low: int, high: int) -> int:
        """Bytes of a painted [low, high) from the lowest that was written up to `high`."""
        left = self.read(low, high - low)
        paint = (_PAINT * ((high - low) // 4 + 1))[: high - low]
        untouched = next(
            (index for index, pair in enumerate(zip(left, paint, strict=True)) if pair[0] != pair[1]), None
        )
        return 0 if untouched is None else high - low - untouched

    # -- inside

    @property
    def _code_start(self) -> int:
        return self.board.regions("code")[0].origin

    @property
    def _running(self) -> Engine:
        if self._engine is None:
            raise InternalError("Machine.load comes before everything else")
        return self._engine

    @property
    def _ids(self) -> tuple[int, ...]:
        from scons_tinyml.emulator.timing.rows import register_ids

        return register_ids()

    def _map_memory(self, engine: Engine) -> list[Any]:
        from scons_tinyml.emulator import engine as unicorn_engine

        memories = [allocate(mapping.size_bytes) for mapping in self._mappings]
        for mapping, memory in zip(self._mappings, memories, strict=True):
            engine.map(
                mapping.start, memory, unicorn_engine.FLASH if mapping.is_flash else unicorn_engine.RAM
            )
        engine.map(_PPB_START, allocate(_PPB_BYTES), unicorn_engine.DEVICE)
        stop = allocate(PAGE_BYTES)
        engine.map(_RETURN_PAGE, stop, unicorn_engine.FLASH)
        engine.write(_RETURN_PAGE, _BRANCH_TO_SELF)
        return memories

    def _add_timing(self, engine: Engine, memories: list[Any]) -> None:
        from unicorn.unicorn_const import UC_HOOK_BLOCK, UC_HOOK_CODE

        from scons_tinyml.emulator.clockwork import Clockwork, new_state, set_regions

        if self.model is not None:
            self._clockwork = Clockwork(self.board, self.model, self._mappings, engine.read, self._teller)
            self._state = self._clockwork.state
            self._state["register_read"] = engine.address_of("uc_reg_read")
            self._state["decode"] = engine.decoder(self._clockwork.decode)
            engine.add_native_hook(UC_HOOK_CODE, self.model.native(), self._state)
        else:
            from scons_tinyml.emulator.timing.native.step import counter_address

            self._state = new_state()
            set_regions(self._state, self._mappings, memories)
            engine.add_native_hook(UC_HOOK_BLOCK, counter_address(), self._state)
        self._state["stop"] = engine.address_of("uc_emu_stop")

    def _check(self, error: int, target: int, max_instructions: int) -> None:
        """Raise what a run ended with, if it was not the target."""
        from unicorn.unicorn_const import UC_ERR_INSN_INVALID, UC_ERR_OK

        engine, pc = self._running, self.register("pc")
        if self._clockwork is not None and self._clockwork.error is not None:
            raise self._clockwork.error
        if self._state["limit_reached"][0]:
            raise self._teller.budget(max_instructions, target, pc)
        if engine.exception is not None:
            raise self._teller.exception(engine.exception, engine.read(pc, 4), pc)
        if engine.access is not None:
            raise self._teller.access(engine.access, pc)
        if error == UC_ERR_INSN_INVALID:
            raise self._teller.undefined(engine.read(pc, 4), pc)
        if error != UC_ERR_OK:
            raise InternalError(f"Unicorn stops at 0x{pc:08x} with error {error}")
        if pc != target:
            raise self._teller.asleep(engine.read(pc - 2, 2), pc)


def _stack_top(image: Image, vector_table: int) -> int | None:
    """Initial stack pointer of the image, None when it has no vector table at its place."""
    for segment in image.segments:
        offset = vector_table - segment.load_address
        if 0 <= offset <= len(segment.data) - 4:
            return int.from_bytes(segment.data[offset : offset + 4], "little") or None
    return None
