"""Microcontroller that runs firmware and counts its cycles: Unicorn, a board, devices and a timing model."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Mapping as Values
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import finalize

from scons_tinyml.emulator.channels import Channels, OnOutput
from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.image import Image, read_image
from scons_tinyml.emulator.interrupts import Interrupts
from scons_tinyml.emulator.memory import PAGE_BYTES, Mapping, allocate, mappings
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost
from scons_tinyml.emulator.registers import callee_saved_ids, register_number
from scons_tinyml.emulator.stack import stack_end
from scons_tinyml.emulator.stop import Stop
from scons_tinyml.emulator.timing import TimingModel, timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InternalError

if TYPE_CHECKING:
    from scons_tinyml.emulator.counting import Counting
    from scons_tinyml.emulator.cycle_clock import CycleClock
    from scons_tinyml.emulator.devices.core.unknown import UnknownRegister
    from scons_tinyml.emulator.engine import Engine
    from scons_tinyml.emulator.runner import Runner

__all__ = ["Machine", "Stop"]

#: Page that called functions return to: the last of external RAM (ARMv7-M ARM, B3.1).
_RETURN_PAGE = 0x9FFF_F000
_BRANCH_TO_SELF = bytes((0xFE, 0xE7))
_PC = 15
_MAX_INSTRUCTIONS = 2_000_000_000


class Machine:
    """An emulated board.

    With `timing` the cycles of every instruction are modelled, by `model` or by the model of the core.
    Without it the machine is several times faster, counts instructions and leaves `cycles` at 0. For its
    devices an instruction then counts as a cycle.

    With `unknown_devices`, accesses of devices that the emulator does not know read as zero instead of being
    faults, and `unknown_registers` has them.

    Its memory, tens of MiB, is freed with the last reference to it.
    """

    def __init__(
        self,
        board: Board,
        *,
        timing: bool = True,
        model: TimingModel | None = None,
        unknown_devices: bool = False,
    ) -> None:
        self.board = board
        self._unknown_devices = unknown_devices
        self.model = (model or timing_for(board.core)) if timing else None
        self.image = Image(Path())
        self._channels, self._interrupts = Channels(), Interrupts()
        self._listener: OnOutput | None = None
        self._engine: Engine | None = None
        self._mappings: tuple[Mapping, ...] = ()
        self._teller = FaultTeller(self.image, ())
        self._clock: CycleClock | Counting | None = None
        self._runner_made: Runner | None = None
        self._release: finalize[..., Machine] | None = None

    # -- images

    def load(self, path: Path, *, load_address: int | None = None) -> None:
        """Map the board's memory, load the image at `path`, and reset.

        A raw image lies at `load_address`, or at the start of the flash where that is None. Its
        vector table comes first. Raises InputError for a file that is no image, or does not lie in
        the memory of the board.
        """
        flash = self.board.regions("code")[0].origin
        self.load_image(read_image(path, origin=flash, load_address=load_address), load_address)

    def load_image(self, image: Image, vector_table: int | None = None) -> None:
        """Do as `load`, for an `image` that was read before.

        `vector_table` is its address where it differs from that of the chip. Raises InputError.
        """
        from scons_tinyml.emulator.chip import Chip
        from scons_tinyml.emulator.engine import Engine
        from scons_tinyml.emulator.runner import Runner

        if self._release is not None:
            self._release()
        vectors = self.board.vector_table if vector_table is None else vector_table
        self.image = image
        self._mappings = mappings(self.board, image, _stack_top(image, vectors))
        self._teller = FaultTeller(image, self._mappings)
        engine = self._engine = Engine(self.board.core_facts)
        memories = self._map_memory(engine)
        clock = self._clock = self._make_clock(engine, memories)
        self._release = finalize(self, _release, engine, clock)
        self._release.atexit = False
        for segment in image.segments:
            if segment.data:
                engine.write(segment.load_address, segment.data)
        chip = Chip(
            self.board,
            vectors,
            engine,
            clock,
            self._teller,
            self._channels,
            unknown_devices=self._unknown_devices,
        )
        timing = self.model is not None
        runner = Runner(chip, vectors, engine, clock, self._teller, self._interrupts, timing=timing)
        self._runner_made = runner
        self.reset()
        end = stack_end(image)
        if end is not None and self._teller.is_ram(end, self.register("sp") - end):
            runner.watch_stack(end)

    def symbol(self, name: str) -> int:
        """Return the address of the symbol `name`, bit 0 cleared for functions. Raises InputError."""
        return self.image.symbol(name)

    # -- running

    def reset(self) -> None:
        """Reset registers, devices and counters as after power-on. Pipeline and caches are cold.

        RAM is kept.
        """
        runner, clock = self._runner, self._clock
        assert clock is not None
        clock.reset()
        clock.state["now"] = 0
        clock.state["mask_read"] = self._running.address_of("uc_reg_read")
        runner.reset()

    def run(
        self,
        *,
        until: Collection[int] = (),
        max_instructions: int = _MAX_INSTRUCTIONS,
        max_cycles: int | None = None,
        stop_when: Callable[[], bool] | None = None,
        expired: Callable[[], bool] | None = None,
    ) -> Stop:
        """Run until an instruction of `until` is next (at once if it is), or for another reason: see Stop.

        An EXC_RETURN value in `until` stops before the return of a handler to which it is the return address.

        `stop_when` is called after each output of the firmware. Both limits count from the start of
        this run. Without timing an instruction counts as a cycle. `expired` is asked about ten
        times a second, and after each event; the run stops by 'limit' when it is true. Raises FirmwareFault,
        KeyboardInterrupt for Ctrl-C, and exceptions of a listener. After the last two the machine is
        between two instructions, and the next run goes on from there.
        """
        with self._interrupts.kept(self._runner.hurry):
            return self._runner.run(until, max_instructions, max_cycles, stop_when, expired)

    def hurry(self) -> None:
        """Make the run look soon whether it has `expired`; from any thread."""
        if self._runner_made is not None:
            self._runner_made.hurry()

    def run_until(self, address: int, *, max_instructions: int = _MAX_INSTRUCTIONS) -> None:
        """Run until the instruction at `address` is next; at once if it is. Raises FirmwareFault."""
        stop = self.run(until=(address,), max_instructions=max_instructions)
        if stop.reason == "limit":
            raise self._teller.budget(max_instructions, address & ~1, stop.pc)
        if stop.reason == "idle":
            raise self._teller.asleep(self.read(stop.pc - 2, 2), stop.pc)
        if stop.reason == "exit":
            raise self._teller.ended(stop.exit_code or 0, address & ~1, stop.pc)

    def call(self, address: int, *arguments: int) -> int:
        """Call the function at `address` with up to four words (AAPCS), and return its r0.

        Raises FirmwareFault, and InternalError for more arguments.
        """
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
        return 0 if self._clock is None or self.model is None else int(self._clock.state["now"][0])

    @property
    def instructions(self) -> int:
        """Instructions since reset, including those that an IT skips."""
        return 0 if self._clock is None else int(self._clock.state["instructions"][0])

    @property
    def depth(self) -> int:
        """Number of exceptions that are active: 0 in thread mode, 2 in a handler that interrupted another."""
        return self._runner.depth

    def cycles_at(self, depth: int) -> int:
        """Return the cycles since reset that were spent with `depth` active exceptions.

        Entry and return count for the handler. Without timing an instruction counts as a cycle.
        """
        return self._runner.cycles_at(depth)

    def profile(self) -> list[InstructionCost]:
        """Return executions and cycles of every instruction since reset, by address.

        Raises InternalError without timing.
        """
        return [InstructionCost(address, *cost) for address, cost in self._timed("profile").profile().items()]

    def follow_calls(self) -> None:
        """Start to record chains of calls for `call_paths`. Raises InternalError without timing."""
        self._timed("follow_calls").follow_calls(
            frozenset(function.address for function in self.image.functions), self.register("pc")
        )

    def call_paths(self) -> list[CallPath]:
        """Return the costs of functions by chain of calls, since `follow_calls`.

        Raises InternalError without timing.
        """
        return [CallPath(*path) for path in self._timed("call_paths").paths()]

    # -- input and output of the firmware

    @property
    def on_output(self) -> OnOutput | None:
        """Listener that is called with (channel, bytes) for each output of the firmware."""
        return self._listener

    @on_output.setter
    def on_output(self, listener: OnOutput | None) -> None:
        self._listener = listener
        self._channels.on_output = None if listener is None else partial(self._interrupts.listen, listener)

    def send(self, data: bytes) -> None:
        """Queue `data` as input of the UART and of the semihosting console."""
        self._channels.send(data)
        if self._runner_made is not None:
            self._runner_made.chip.input_arrived()

    def set_pin(self, name: str, *, high: bool) -> None:
        """Give the pin `name`, such as 'PC13', a level from outside of the chip, until it gets another.

        A reset leaves it. Raises InputError for a name that the chip has no pin of.
        """
        self._runner.chip.pins.set(name, high=high)

    def require_pin(self, name: str) -> None:
        """Raise InputError if the chip has no pin `name`."""
        self._runner.chip.pins.require(name)

    def take_output(self, channel: str) -> bytes:
        """Return the output on `channel` ('uart', 'semihosting' or 'itm') since the last call."""
        return self._channels.take(channel)

    @property
    def core_clock_hz(self) -> int:
        """Core clock in Hz as the image has set it; the descriptor's until then."""
        return self._runner.chip.core_clock_hz

    def answer_at_once(self) -> None:
        """Have the flash answer without wait states from now on, whatever the image has set, until it sets others."""
        self._runner.chip.set_flash(FlashSetup(wait_states=0))

    def differences(self) -> list[str]:
        """Return a sentence for each setting of the image that differs from the descriptor.

        Settings are clock, wait states, prefetch and caches.
        """
        return self._runner.chip.settings.differences()

    def unknown_registers(self) -> tuple[UnknownRegister, ...]:
        """Return the words of unknown devices that were accessed since reset."""
        unknown = self._runner.chip.unknown
        return () if unknown is None else unknown.registers

    # -- memory and registers

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`: flash, RAM, or registers of a device as a debugger reads them."""
        bus = self._runner.chip.bus
        return bus.read_words(address, size) if bus.serves(address) else self._running.read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address` from outside of the core.

        The target is RAM, flash, or registers of a device in whole words.
        """
        if self._runner.chip.bus.serves(address):
            self._runner.chip.bus.write_words(address, data)
            return
        self._running.write(address, data)
        self._runner.memory_changed(address, len(data))

    def register(self, name: str) -> int:
        """Return the value of `name`: 'r0' to 'r15', 'sp', 'lr' or 'pc'. Raises InputError."""
        return self._running.read_register(self._ids[register_number(name)])

    def set_register(self, name: str, value: int) -> None:
        """Set `name`, 'r0' to 'r15', 'sp', 'lr' or 'pc', to `value`. Raises InputError."""
        number = register_number(name)
        value &= 0xFFFF_FFFF
        self._running.write_register(self._ids[number], value | 1 if number == _PC else value)

    def callee_saved(self) -> dict[str, int]:
        """Return the values of the registers that a function restores, by name (AAPCS32 6.1.1 and 6.1.2.1)."""
        names = callee_saved_ids(has_fpu="fpu" in self.board.features)
        return dict(zip(names, self._running.read_registers(tuple(names.values())), strict=True))

    def set_callee_saved(self, values: Values[str, int]) -> None:
        """Set registers that `callee_saved` names."""
        names = callee_saved_ids(has_fpu="fpu" in self.board.features)
        self._running.write_registers(tuple(names[name] for name in values), values.values())

    # -- inside

    @property
    def _running(self) -> Engine:
        if self._engine is None:
            raise InternalError("Machine.load comes before everything else")
        return self._engine

    @property
    def _runner(self) -> Runner:
        if self._runner_made is None:
            raise InternalError("Machine.load comes before everything else")
        return self._runner_made

    def _timed(self, method: str) -> CycleClock:
        if self._clock is None or self.model is None:
            raise InternalError(f"Machine.{method} needs a machine with timing that has been loaded")
        return cast("CycleClock", self._clock)

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
        engine.map(_RETURN_PAGE, allocate(PAGE_BYTES), unicorn_engine.FLASH)
        engine.write(_RETURN_PAGE, _BRANCH_TO_SELF)
        return memories

    def _make_clock(self, engine: Engine, memories: list[Any]) -> CycleClock | Counting:
        if self.model is not None:
            from scons_tinyml.emulator.cycle_clock import CycleClock

            return CycleClock(self.board, self.model, self._mappings, memories, engine, self._teller)
        from scons_tinyml.emulator.counting import Counting

        return Counting(self._mappings, memories, engine)


def _release(engine: Engine, clock: CycleClock | Counting) -> None:
    """Free all memory of the parts of a machine.

    They refer to each other, and none of them to the machine.
    """
    engine.close()
    clock.close()


def _stack_top(image: Image, vector_table: int) -> int | None:
    """Return the initial stack pointer of the image, None without a vector table at its place."""
    for segment in image.segments:
        offset = vector_table - segment.load_address
        if 0 <= offset <= len(segment.data) - 4:
            return int.from_bytes(segment.data[offset : offset + 4], "little") or None
    return None
