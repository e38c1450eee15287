"""System control block: identification, vector table, system exceptions, reset, FPU access (section B3.2)."""

from __future__ import annotations

from scons_tinyml.emulator.devices.bus import Registers, System
from scons_tinyml.emulator.devices.core.exceptions import (
    BUS_FAULT,
    FIRST_INTERRUPT,
    MEM_MANAGE,
    NMI,
    PEND_SV,
    SV_CALL,
    SYS_TICK,
    USAGE_FAULT,
    Exceptions,
)
from scons_tinyml.emulator.devices.core.host import CoreHost
from scons_tinyml.records.board import Board, Cache

_CPUID, _ICSR, _VTOR, _AIRCR, _SCR, _CCR, _SHPR1, _SHCSR, _CFSR, _DFSR = (
    0x00,
    0x04,
    0x08,
    0x0C,
    0x10,
    0x14,
    0x18,
    0x24,
    0x28,
    0x30,
)
_IDENTIFICATION, _CLIDR, _CTR, _CCSIDR, _CSSELR, _CPACR = 0x40, 0x78, 0x7C, 0x80, 0x84, 0x88
_WRITE_KEY, _READ_KEY, _SYSRESETREQ = 0x05FA, 0xFA05, 1 << 2
_FAULT_ENABLES = {16: MEM_MANAGE, 17: BUS_FAULT, 18: USAGE_FAULT}
_CCR_STKALIGN, _CCR_DATA_CACHE, _CCR_INSTRUCTION_CACHE = 1 << 9, 1 << 16, 1 << 17
_SLEEPONEXIT, _SEVONPEND = 1 << 1, 1 << 4
_FULL_ACCESS = 0b11


class SystemControl(Registers):
    """Registers from 0xE000_ED00."""

    def __init__(
        self, board: Board, vector_table: int, exceptions: Exceptions, system: System, host: CoreHost
    ) -> None:
        self._exceptions, self._system, self._host = exceptions, system, host
        self._fpu, self._caches = "fpu" in board.features, board.core_caches
        reset = {_CPUID: board.core_facts.cpuid, _VTOR: vector_table, _CCR: _CCR_STKALIGN}
        super().__init__("SCB", 0xE000_ED00, reset | (_CACHE_LEVELS if self._caches else {}), size_bytes=0x90)

    @property
    def vector_table(self) -> int:
        """Address of the vector table, VTOR."""
        return self.words[_VTOR]

    @property
    def aligns_stack(self) -> bool:
        """CCR.STKALIGN: frames of exceptions begin on a multiple of 8."""
        return bool(self.words[_CCR] & _CCR_STKALIGN)

    @property
    def sleeps_on_exit(self) -> bool:
        """SCR.SLEEPONEXIT."""
        return bool(self.words.get(_SCR, 0) & _SLEEPONEXIT)

    @property
    def pending_is_event(self) -> bool:
        """SCR.SEVONPEND: an interrupt that becomes pending ends a WFE, enabled or not."""
        return bool(self.words.get(_SCR, 0) & _SEVONPEND)

    def on_read(self, offset: int) -> int:
        """Return a register. ICSR, SHPRx and SHCSR show the state of the exceptions."""
        if offset == _ICSR:
            return self._interrupt_state()
        if offset == _AIRCR:
            return _READ_KEY << 16 | self._exceptions.priority_group << 8
        if _SHPR1 <= offset < _SHCSR:
            return sum(
                self._exceptions.priority(4 + offset - _SHPR1 + index) << 8 * index for index in range(4)
            )
        if offset == _SHCSR:
            return sum(
                1 << bit for bit, number in _FAULT_ENABLES.items() if number in self._exceptions.enabled
            )
        if offset == _CCSIDR and self._caches:
            chosen = self._caches.instruction if self.words.get(_CSSELR, 0) & 1 else self._caches.data
            return _cache_size(chosen)
        return super().on_read(offset)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Write `value`. Priorities are written by the byte too."""
        if _SHPR1 <= offset < _SHCSR:
            for index in range(size_bytes):
                self._exceptions.set_priority(4 + offset - _SHPR1 + index, value >> 8 * index & 0xFF)
            self._host.exceptions_changed()
        else:
            super().write(offset, size_bytes, value)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register, with its effect. Identification is read-only, ones clear fault status."""
        if offset == _ICSR:
            self._set_pending(value)
        elif offset == _AIRCR:
            self._control(value)
        elif offset == _SHCSR:
            self._enable_faults(value)
        elif _CFSR <= offset <= _DFSR:
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset == _CPACR:
            self._set_coprocessors(value)
        elif offset == _VTOR:
            self.words[_VTOR] = value & ~0x7F
        elif offset and not _IDENTIFICATION <= offset < _CSSELR:
            super().on_write(offset, value)
        if offset == _CCR and self._caches:
            self._system.set_core_caches(bool(value & _CCR_INSTRUCTION_CACHE), bool(value & _CCR_DATA_CACHE))
        self._host.exceptions_changed()

    def escalation(self, number: int) -> str:
        """Return the reaction of the core to fault `number`, as text."""
        if number in self._exceptions.enabled:
            return f"the core would enter {_FAULT_NAMES[number]}"
        return f"the core would enter HardFault: {_FAULT_NAMES[number]} is not enabled"

    def _interrupt_state(self) -> int:
        state = self._exceptions
        ready = state.pending & state.enabled
        first = min(ready, key=lambda number: (state.priority(number), number), default=0)
        active = state.active[-1] if state.active else 0
        interrupts = any(number >= FIRST_INTERRUPT for number in state.pending)
        return (
            active
            | (len(state.active) <= 1) << 11
            | first << 12
            | interrupts << 22
            | (SYS_TICK in state.pending) << 26
            | (PEND_SV in state.pending) << 28
            | (NMI in state.pending) << 31
        )

    def _set_pending(self, value: int) -> None:
        pending = self._exceptions.pending
        for bit, number in ((31, NMI), (28, PEND_SV), (26, SYS_TICK)):
            if value >> bit & 1:
                pending.add(number)
        for bit, number in ((27, PEND_SV), (25, SYS_TICK)):
            if value >> bit & 1:
                self._exceptions.clear(number)

    def _control(self, value: int) -> None:
        if value >> 16 == _WRITE_KEY:
            self._exceptions.priority_group = value >> 8 & 7
            if value & _SYSRESETREQ:
                self._host.request_reset()

    def _enable_faults(self, value: int) -> None:
        for bit, number in _FAULT_ENABLES.items():
            if value >> bit & 1:
                self._exceptions.enabled.add(number)
            else:
                self._exceptions.enabled.discard(number)

    def _set_coprocessors(self, value: int) -> None:
        """Store CPACR. Fields of coprocessors that do not exist read as zero (section B3.2.20)."""
        self.words[_CPACR] = value & 0x00F0_0000 if self._fpu else 0
        self._host.enable_fpu(self._fpu and value >> 20 & 3 in (1, _FULL_ACCESS))


_FAULT_NAMES = {MEM_MANAGE: "MemManage", BUS_FAULT: "BusFault", USAGE_FAULT: "UsageFault", SV_CALL: "SVCall"}
#: One level with separate instruction and data caches (Cortex-M7 TRM, DDI 0489, 'Cache Level ID Register',
#: 'Cache Type Register').
_CACHE_LEVELS = {_CLIDR: 0x0900_0003, _CTR: 0x8303_C003}


def _cache_size(cache: Cache) -> int:
    """Return CCSIDR of `cache` (section B4.8.3).

    It holds sets and ways less one, and the line's words as a power of two less two.
    """
    sets = cache.size // cache.line // cache.ways
    return 0xF000_0000 | sets - 1 << 13 | cache.ways - 1 << 3 | (cache.line // 4).bit_length() - 3
