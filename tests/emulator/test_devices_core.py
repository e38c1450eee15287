"""Registers of the core's own devices, as firmware reads and writes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.emulator.devices.core.systick import SysTick
from scons_tinyml.emulator.devices.core.trace import CycleCounter, DebugControl, TracePorts
from scons_tinyml.emulator.processor import Processor
from scons_tinyml.emulator.schedule import NEVER, Schedule
from scons_tinyml.records.board import CoreCaches


class FakeMachine:
    """A clock that a test moves, and what devices have asked for."""

    descriptor_clock_hz = 80_000_000

    def __init__(self) -> None:
        self.cycle = 0
        self.schedule = Schedule()
        self.asked: list[object] = []
        self.pending: set[int] = set()
        self.sent: list[tuple[str, bytes]] = []

    def pass_to(self, cycle: int) -> None:
        while self.schedule.next_cycle <= cycle:
            self.cycle = self.schedule.next_cycle
            self.schedule.run_due(self.cycle)
        self.cycle = cycle

    def now(self) -> int:
        return self.cycle

    def at(self, cycle: int, action: Callable[[], None]) -> None:
        self.schedule.add(cycle, action)

    def pend(self, interrupt: int) -> None:
        self.asked.append(("interrupt", interrupt))

    def set_line(self, interrupt: int, high: bool) -> None:
        self.asked.append(("line", interrupt, high))

    def when_input(self, action: Callable[[], None]) -> None:
        self.asked.append(action)

    def pend_exception(self, number: int) -> None:
        self.asked.append(("exception", number, self.cycle))

    def is_pending(self, number: int) -> bool:
        return number in self.pending

    def exceptions_changed(self) -> None:
        self.asked.append("changed")

    def request_reset(self) -> None:
        self.asked.append("reset")

    def enable_fpu(self, enabled: bool) -> None:
        self.asked.append(("fpu", enabled))

    def set_core_clock(self, hz: int) -> None:
        self.asked.append(("clock", hz))

    def set_flash(self, setup: FlashSetup) -> None:
        self.asked.append(setup)

    def set_core_caches(self, instruction: bool | None = None, data: bool | None = None) -> None:
        self.asked.append(("caches", instruction, data))

    def output(self, channel: str, data: bytes) -> None:
        self.sent.append((channel, data))

    def input(self, channel: str) -> int | None:
        return ord(channel[0])

    def input_waiting(self, channel: str) -> bool:
        return channel == "uart"


@pytest.fixture
def fake() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def bus(fake, make_board) -> Callable[..., AddressBus]:
    """The devices of a core on a bus of their own."""

    def make(core: str = "cortex-m4", **changes: object) -> AddressBus:
        board = make_board(core).model_copy(update=changes)
        return AddressBus(Processor(board, 0x0800_0000, fake, fake).devices)

    return make


CSR, RVR, CVR = 0xE000E010, 0xE000E014, 0xE000E018


def test_systick_counts_down_and_reloads(fake, bus):
    core = bus()
    core.store(RVR, 9)
    core.store(CVR, 1234)
    core.store(CSR, 0b101)
    assert core.load(CVR) == 0
    values = []
    for cycle in (1, 2, 10, 11, 20, 21):
        fake.pass_to(cycle)
        values.append(core.load(CVR))
    assert values == [9, 8, 0, 9, 0, 9]
    assert [core.load(CSR) >> 16, core.load(CSR) >> 16] == [1, 0]
    fake.pass_to(29)
    assert core.load(CSR) >> 16 == 0
    fake.pass_to(30)
    assert core.load(CSR) == 0b101 | 1 << 16


def test_systick_asks_for_its_exception_at_each_zero(fake, bus):
    core = bus()
    core.store(RVR, 99)
    core.store(CVR, 0)
    core.store(CSR, 0b111)
    fake.pass_to(350)
    assert [item for item in fake.asked if item[0] == "exception"] == [
        ("exception", 15, 100),
        ("exception", 15, 200),
        ("exception", 15, 300),
    ]
    core.store(CSR, 0b101)  # without TICKINT
    fake.pass_to(1000)
    assert ("exception", 15, 400) not in fake.asked


def test_a_systick_that_waits_to_be_taken_plans_nothing(fake, bus):
    """Interrupts may be masked for long: what is pending already needs no event at each zero."""
    core = bus()
    tick = next(device for device in core.devices if isinstance(device, SysTick))
    core.store(RVR, 99)
    core.store(CVR, 0)
    core.store(CSR, 0b111)
    fake.pending.add(15)
    fake.pass_to(1050)
    assert (fake.schedule.next_cycle, core.load(CVR)) == (NEVER, 50)
    fake.pending.clear()
    tick.wake()
    assert fake.schedule.next_cycle == 1100


def test_a_stopped_systick_keeps_its_value(fake, bus):
    core = bus()
    core.store(RVR, 1000)
    core.store(CVR, 0)
    core.store(CSR, 0b101)
    fake.pass_to(101)
    core.store(CSR, 0)
    fake.pass_to(500)
    assert core.load(CVR) == 900
    core.store(CSR, 0b101)
    fake.pass_to(600)
    assert core.load(CVR) == 800


def test_systick_may_count_the_reference_clock(fake):
    tick = SysTick(fake, fake, reference_cycles=8)
    tick.write(4, 4, 0xFF_FFFF)
    tick.write(8, 4, 0)
    tick.write(0, 4, 1)
    fake.pass_to(800)
    assert tick.read(8, 4) == 0x100_0000 - 100


@pytest.mark.parametrize("missing", ["TRCENA", "CYCCNTENA"])
def test_the_cycle_counter_needs_both_enables(fake, bus, missing):
    core = bus()
    if missing != "TRCENA":
        core.store(0xE000EDFC, 1 << 24)
    if missing != "CYCCNTENA":
        core.store(0xE0001000, 1)
    fake.pass_to(50)
    assert core.load(0xE0001004) == 0


def test_the_cycle_counter_counts_cycles(fake):
    counter = CycleCounter(fake, counts_cycles=True)
    debug = DebugControl(counter)
    debug.write(0xC, 4, 1 << 24)
    counter.write(0, 4, 1)
    fake.pass_to(50)
    assert [counter.read(4, 4), counter.read(0, 4)] == [50, 0x4000_0001]
    counter.write(4, 4, 0xFFFF_FFFF)
    fake.pass_to(53)
    assert counter.read(4, 4) == 2
    counter.write(0, 4, 0)
    fake.pass_to(100)
    assert counter.read(4, 4) == 2


def test_a_core_without_a_cycle_counter_says_so(fake, bus):
    core = bus("cortex-m0plus")
    core.store(0xE000EDFC, 1 << 24)
    core.store(0xE0001000, 1)
    fake.pass_to(50)
    assert [core.load(0xE0001004), core.load(0xE0001000) >> 25 & 1] == [0, 1]


def test_narrow_accesses_of_the_nvic(fake, make_board):
    devices = {device.name: device for device in Processor(make_board(), 0, fake, fake).devices}
    nvic = devices["NVIC"]
    nvic.write(0x001, 1, 0x03)  # ISER: interrupts 8 and 9
    nvic.write(0x302, 1, 0xA5)  # IPR of interrupt 2, of which four bits exist
    nvic.write(0x300, 1, 0xF0)
    assert [nvic.read(0x000, 4), nvic.read(0x080, 4), nvic.read(0x001, 1)] == [0x300, 0x300, 3]
    assert [nvic.read(0x300, 4), nvic.read(0x302, 1), nvic.read(0x302, 2)] == [0x00A0_00F0, 0xA0, 0x00A0]
    nvic.write(0x080, 4, 0x100)
    nvic.write(0x100, 4, 0x0002_0003)  # the board has 16 interrupts
    assert [nvic.read(0x000, 4), nvic.read(0x100, 4)] == [0x200, 0x3]
    nvic.write(0x180, 4, 1)
    assert nvic.read(0x180, 4) == 2


@pytest.mark.parametrize(
    ("core", "cpuid"),
    [
        ("cortex-m0plus", 0x410CC601),
        ("cortex-m3", 0x412FC231),
        ("cortex-m4", 0x410FC241),
        ("cortex-m7", 0x411FC271),
        ("cortex-m33", 0x410FD214),
    ],
)
def test_the_core_says_what_it_is(bus, core, cpuid):
    devices = bus(core)
    devices.store(0xE000ED00, 0)
    assert devices.load(0xE000ED00) == cpuid


def test_system_control_shows_and_sets_exceptions(bus):
    core = bus()
    core.store(0xE000ED04, 1 << 28 | 1 << 26)
    assert core.load(0xE000ED04) == 1 << 28 | 1 << 26 | 14 << 12 | 1 << 11
    core.store(0xE000ED04, 1 << 27)
    assert core.load(0xE000ED04) == 1 << 26 | 15 << 12 | 1 << 11
    core.store(0xE000ED20, 0xF0E0_0000)
    assert core.load(0xE000ED20) == 0xF0E0_0000
    core._on_write(0xE000ED23, 1, 0x10)
    assert [core.load(0xE000ED20), core._on_read(0xE000ED23, 1)] == [0x10E0_0000, 0x10]
    core.store(0xE000ED24, 0x0007_0000)
    assert core.load(0xE000ED24) == 0x0007_0000
    core.store(0xE000ED08, 0x2000_00FF)
    assert core.load(0xE000ED08) == 0x2000_0080


def test_a_reset_needs_its_key(fake, bus):
    core = bus()
    core.store(0xE000ED0C, 0x0000_0004)
    assert "reset" not in fake.asked
    core.store(0xE000ED0C, 0x05FA_0300)
    assert [core.load(0xE000ED0C), "reset" in fake.asked] == [0xFA05_0300, False]
    core.store(0xE000ED0C, 0x05FA_0004)
    assert "reset" in fake.asked


def test_cpacr_switches_a_fpu_that_exists(fake, bus):
    core = bus()
    core.store(0xE000ED88, 0xFFFF_FFFF)
    assert (core.load(0xE000ED88), fake.asked[-2]) == (0x00F0_0000, ("fpu", True))
    core.store(0xE000ED88, 0)
    assert fake.asked[-2] == ("fpu", False)
    without = bus("cortex-m3")
    without.store(0xE000ED88, 0x00F0_0000)
    assert (without.load(0xE000ED88), fake.asked[-2]) == (0, ("fpu", False))


CACHES = CoreCaches.model_validate(
    {
        "instruction": {"size": "4 KiB", "line": "32 B", "ways": 2},
        "data": {"size": "4 KiB", "line": "32 B", "ways": 4},
    }
)


def test_caches_of_the_core_are_described_and_switched(fake, bus):
    """CCSIDR as the table of the Cortex-M7 manual has it for 4 KiB."""
    core = bus("cortex-m7", core_caches=CACHES)
    sizes = []
    for chosen in (0, 1):
        core.store(0xE000ED84, chosen)
        sizes.append(core.load(0xE000ED80))
    assert sizes == [0xF003_E019, 0xF007_E009]
    core.store(0xE000EF50, 0)  # ICIALLU
    core.store(0xE000ED14, 1 << 17 | 1 << 9)
    assert ("caches", True, False) in fake.asked
    core.store(0xE000EF60, 0x20)  # DCISW
    assert core.load(0xE000EF60) == 0


def test_bytes_of_trace_ports_need_their_enables(fake):
    itm = TracePorts(fake)
    itm.write(0, 1, ord("a"))
    itm.write(0xE80, 4, 1)
    itm.write(0xE00, 4, 0b10)
    itm.write(0, 1, ord("b"))
    itm.write(4, 1, ord("c"))
    itm.write(4, 2, 0x4544)
    assert ([itm.read(0, 4), itm.read(4, 4)], fake.sent) == ([0, 1], [("itm", b"c"), ("itm", b"DE")])


MEASURE = """
start: ldr r0, =0xE000EDFC
ldr r1, =0x01000000
str r1, [r0]
ldr r0, =0xE0001000
movs r1, #1
str r1, [r0]
movs r5, #0
ldr r2, [r0, #4]
nop
nop
nop
nop
nop
nop
nop
nop
nop
nop
ldr r3, [r0, #4]
subs r3, r2
end: b end
.ltorg
"""


def test_firmware_measures_its_own_cycles(machine):
    """Ten NOPs and a load of at most 2 cycles, not behind a store.

    What differs between two runs would not be a measurement.
    """
    made, again = machine(MEASURE), machine(MEASURE)
    made.run_until(made.symbol("end"))
    again.run_until(again.symbol("end"))
    assert made.register("r3") in (11, 12)
    assert made.register("r3") == again.register("r3")


def test_without_timing_the_cycle_counter_counts_instructions(machine):
    """Block by block: the loop is 20 instructions, of which its first pass belongs to the block before."""
    source = MEASURE.replace("nop\n" * 10, "movs r4, #11\n1: subs r4, #1\nbne 1b\n")
    made = machine(source, timing=False)
    made.run_until(made.symbol("end"))
    assert (made.register("r3"), made.cycles) == (22, 0)
