"""Clock of one machine. It cuts code into traces on first use; native code accounts for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scons_tinyml.emulator.decode import decode_block
from scons_tinyml.emulator.direct import registers_address
from scons_tinyml.emulator.faults import FaultTeller
from scons_tinyml.emulator.instruction import FIRST_OF_WIDE, Instruction
from scons_tinyml.emulator.memory import Mapping, zeros
from scons_tinyml.emulator.memory_timing import set_flash, set_regions
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.emulator.tables import Tables, new_state
from scons_tinyml.emulator.timing.interface import TimingModel
from scons_tinyml.emulator.timing.native.compiled import timing
from scons_tinyml.emulator.timing.native.layout import CUT, FINISH, FLOW_ELSEWHERE, FLOW_NONE, FORGET, ROW
from scons_tinyml.emulator.timing.rows import operand_values, register_ids, write_row
from scons_tinyml.emulator.traces import Timed, Trace, cut, timed_block
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import UnsupportedError

if TYPE_CHECKING:
    from scons_tinyml.emulator.engine import Engine

_OK, _STOP = 0, 1
_NOWHERE = -1
_BREAKPOINT_BYTES = 2


class CycleClock:
    """Traces of code, the trees of their costs, and the state of pipeline, flash and caches."""

    def __init__(
        self,
        board: Board,
        model: TimingModel,
        mappings: Sequence[Mapping],
        memories: Sequence[Any],
        engine: Engine,
        teller: FaultTeller,
    ) -> None:
        self.state = new_state()
        self._board, self._model, self._mappings, self._engine = board, model, mappings, engine
        self._teller, self._memories = teller, memories
        self._every_access = model.every_access or any(region.wait_states for region in board.memory)
        self._tables = Tables(self.state)
        self._rows = [zeros(mapping.size_bytes // 2, ROW) for mapping in mappings]
        self._numbers = [zeros(mapping.size_bytes // 2, np.int32) for mapping in mappings]
        self._known: dict[tuple[int, int, int], int] = {}
        self._blocks: dict[tuple[int, int], tuple[bytes, list[Timed]]] = {}
        self._functions: frozenset[int] = frozenset()
        self._cuts: frozenset[int] = frozenset()
        self._hooked: set[int] = set()
        self._isolated: set[int] = set()
        self._registers = np.zeros(32, np.uint32)
        self._stopped_at = _NOWHERE
        self.error: BaseException | None = None
        self._attach()

    # -- set-up

    def close(self) -> None:
        """Free the tables. Nothing runs afterwards."""
        del self._tables, self._rows, self._numbers, self._memories

    def _attach(self) -> None:
        from unicorn.unicorn_const import UC_HOOK_BLOCK

        self._native = timing(self._model.native)
        engine, state = self._engine, self.state
        address = registers_address(engine.structure, engine.set_general_register)
        if address is None:
            self._registers[16:] = register_ids()
            address = self._registers.ctypes.data
            state["register_read"] = engine.address_of("uc_reg_read")
        state["registers"] = address
        state["engine"] = engine.structure
        state["stop"] = engine.address_of("uc_emu_stop")
        state["discover"] = engine.callback(self._discover)
        engine.add_native_hook(UC_HOOK_BLOCK, self._native.address, state)
        engine.on_new_block(self._look_again)

    def reset(self) -> None:
        """Set counters to zero, empty the pipeline and the caches.

        Traces stay: a reset does not change code.
        """
        kept = ("engine", "registers", "register_read", "stop", "discover", "node_count")
        host = {name: int(self.state[name][0]) for name in kept}
        self.state[:] = new_state()
        for name, address in host.items():
            self.state[name] = address
        self._tables.put(self.state)
        set_regions(self.state, self._mappings, self._memories, self._rows, self._numbers)
        fetch = self._model.fetch
        self.state["queue_words"], self.state["shared_bus"] = fetch.queue_words, fetch.bus
        self.state["system_bus_fetch"] = fetch.from_ram_cycles
        for name in ("data_first", "decodes_branches", "prefetches_on_entry"):
            self.state[name] = getattr(fetch, name)
        self.state["level1"] = self._model.level1
        set_flash(self.state, self._board, self._model, Settings(self._board))
        self._stopped_at = _NOWHERE
        self.state["deadline"] = np.iinfo(np.int64).max
        self.state["pending"] = -1
        self.forget_trees()
        self._tables.first_micro()
        self._tables.forget_counts()

    def follow(self, settings: Settings) -> None:
        """Apply the image's settings of the flash or its caches."""
        set_flash(self.state, self._board, self._model, settings)
        self.forget_trees()

    def forget_trees(self) -> None:
        """Discard the trees of costs, which were found under other conditions. Profiles keep their counts."""
        self._tables.harvest()
        if not self.state["node_count"][0]:
            self.state["node_count"], self.state["leaf"] = 1, -1
            return
        number = int(self.state["micro_number"][0])
        micro = self._tables.micros[number].copy()
        self._native.command(self.state, FORGET)
        self._tables.restart(micro)

    def forget(self, address: int, size: int) -> None:
        """Discard traces of code between `address` and `address + size`, as it was written."""
        end = address + size
        for block in [block for block in self._blocks if block[0] < end and address < block[1]]:
            del self._blocks[block]
        for trace in [trace for trace in self._known if trace[0] < end and address < trace[2]]:
            mapping, place = self._place(trace[0])
            self._numbers[place][(trace[0] - mapping.start) // 2] = 0
            del self._known[trace]
        written = range(address, end)
        self._cuts -= {cut for cut in self._cuts if cut in written}
        self._isolated -= {access for access in self._isolated if access in written}

    def _look_again(self, start: int, size: int) -> bool:
        """Discard traces of a translated block that was overwritten. Return False: the engine goes on."""
        known = self._blocks.get((start, start + size))
        if known is not None and known[0] != self._engine.read(start, size):
            self.forget(start, size)
        return False

    # -- running

    def run(self, start: int) -> int:
        """Run from `start` until the engine stops. Return Unicorn's error number, 0 for none.

        The executed code is accounted for. A `start` other than the place of the last stop means an
        exception, its end, or a call by the user.
        """
        self._continue(start)
        for block in [
            block for block in self._blocks if block[0] == start and not self._place(start)[0].is_flash
        ]:
            self._look_again(start, block[1] - start)  # Unicorn does not announce the first
        while True:
            error = self._engine.run(start)
            self._account(error)
            self._stopped_at = self._engine.pc()
            if self._engine.deferred and self.error is None:
                start = self._isolate(self._stopped_at)
                continue
            if self.error is not None or not (self.state["retry"][0] or self.state["full"][0]):
                return error
            if self.state["full"][0]:
                self.forget_trees()
            self.state["retry"] = self.state["full"] = 0
            start = self._engine.pc()

    def _continue(self, start: int) -> None:
        """Record for chains of calls that `start` is neither the last stop nor behind its breakpoint."""
        if start == self._stopped_at + _BREAKPOINT_BYTES:
            self.state["flow"], self.state["flow_end"] = FLOW_NONE, start
        elif self._stopped_at not in (start, _NOWHERE):
            self.state["flow"], self.state["flow_end"] = FLOW_ELSEWHERE, self._stopped_at

    def breakpoint(self, address: int) -> None:
        """Count the breakpoint at `address`: an instruction without cycles, as the core stood still."""
        self._count(address, 0)

    def send_event(self, address: int) -> None:
        """Count the SEV at `address`: an instruction of one cycle."""
        self._count(address, 1)

    def _count(self, address: int, cycles: int) -> None:
        """Count the instruction at `address`, which native code has not executed."""
        self.state["instructions"] += 1
        self.state["now"] += cycles
        self._tables.count(address, cycles)

    def is_exact(self) -> bool:
        """Return whether `now` is the time of the current device access: the access is a trace of its own."""
        return int(self.state["pending_start"][0]) in self._isolated

    def _isolate(self, access: int) -> int:
        """Make the instruction at `access` a trace of its own. Return its address, where the run goes on."""
        halfword = int.from_bytes(self._engine.read(access, 2), "little")
        self._isolated.add(access)
        self._cuts |= {access, access + (4 if halfword >= FIRST_OF_WIDE else 2)}
        self._cut_block(int(self.state["block_start"][0]), int(self.state["block_end"][0]))
        self.state["retry"] = 0
        return access

    def _account(self, error: int) -> None:
        """Account for the last trace, or for the part of it before a fault."""
        state = self.state
        if int(state["pending"][0]) < 0:
            return
        pc, start, end = self._engine.pc(), int(state["pending_start"][0]), int(state["pending_end"][0])
        stopped_inside = start <= pc < end and (error or self._engine.stopped_by_fault)
        if stopped_inside:
            if pc == start:
                state["pending"] = -1
                return
            state["pending"] = self._part(start, pc)
        self._native.command(state, FINISH)

    def _part(self, start: int, end: int) -> int:
        """Return the number of a trace for the beginning of another, `start` to `end`."""
        block = [timed for timed in self._block(start, end) if timed.instruction.address < end]
        return self._register(cut(block, frozenset())[0], end)

    def follow_calls(self, functions: frozenset[int], start: int) -> None:
        """Start to charge chains of calls.

        `functions` holds the first addresses of functions. `start` is the address that names the
        current one.
        """
        self._functions = functions
        self._tables.name_root(start)
        self.state["profiling"] = 1
        self.state["flow_end"] = start

    def paths(self) -> list[tuple[tuple[int, ...], int, int]]:
        """Return chains of calls with cycles and instructions of their innermost function.

        See `follow_calls`.
        """
        return self._tables.paths()

    def profile(self) -> dict[int, tuple[int, int]]:
        """Return (executions, cycles) by instruction address, since reset."""
        self._tables.harvest()
        return self._tables.profile()

    # -- called by native code

    def _discover(self, _address: int, end: int) -> int:
        """Cut the announced block that ends at `end`. Keep exceptions in `error`."""
        try:
            return self._cut_block(int(self.state["block_start"][0]), end)
        except BaseException as error:  # ctypes would print it and go on
            self.error = error
            return _STOP

    def _cut_block(self, start: int, end: int) -> int:
        late = int(self.state["cut"][0])
        if late:
            self._cuts |= {late}
            self.state["cut"] = 0
        traces = cut(self._block(start, end), self._cuts)
        fresh = [trace.start for trace in traces[1:] if trace.start not in self._hooked]
        for trace in traces:
            self._register(trace, end)
        # Unicorn leaves an IT block only at its end: an access there cannot wait, and has a trace of its own anyway.
        self._isolated |= {trace.start for trace in traces if trace.instructions[0].conditional}
        if fresh or late:
            self._hook(fresh)
            self._engine.forget_code(start, end - start)
            self.state["retry"] = 1
            return _STOP
        return _OK

    def _hook(self, addresses: Sequence[int]) -> None:
        from unicorn.unicorn_const import UC_HOOK_CODE

        for address in addresses:
            self._hooked.add(address)
            self._engine.add_native_hook(UC_HOOK_CODE, self._native.address, self.state, address, tag=CUT)

    def _block(self, start: int, end: int) -> list[Timed]:
        """Return the decoded instructions from `start` to `end`. An undefined one ends the list."""
        if (start, end) not in self._blocks:
            mapping, _ = self._place(start)
            code = self._engine.read(start, min(end, mapping.end) - start)
            self._blocks[start, end] = code, self._decoded(start, code)
        return self._blocks[start, end][1]

    def _decoded(self, start: int, code: bytes) -> list[Timed]:
        instructions: list[Instruction] = []
        for instruction in decode_block(start, code):
            if instruction.needs is not None and instruction.needs not in self._board.features:
                if instruction.address == start:
                    raise self._teller.missing_feature(
                        instruction.mnemonic, instruction.needs, self._board.part, start
                    )
                break
            instructions.append(instruction)
        return timed_block(instructions, self._model.cost, self._every_access)

    def _place(self, address: int) -> tuple[Mapping, int]:
        for number, mapping in enumerate(self._mappings):
            if mapping.start <= address < mapping.end:
                return mapping, number
        raise UnsupportedError(f"code at 0x{address:08x} is in no memory of the board")

    def _register(self, trace: Trace, block_end: int) -> int:
        """Return the number of `trace`, added if it is new. It becomes the trace at its start."""
        mapping, place = self._place(trace.start)
        key = trace.start, trace.end, block_end
        if key not in self._known:
            rows = self._rows[place]
            for timed in trace.instructions:
                place_of_row = (timed.instruction.address - mapping.start) // 2
                rows[place_of_row] = 0  # other code may have been here
                write_row(rows[place_of_row], timed)
            first_row = rows.ctypes.data + (trace.start - mapping.start) // 2 * ROW.itemsize
            operands = [operand_values(operand) for operand in trace.operands]
            function = trace.start in self._functions
            self._known[key] = self._tables.add_trace(trace, first_row, operands, block_end, function)
        number = self._known[key]
        self._numbers[place][(trace.start - mapping.start) // 2] = number
        return number
