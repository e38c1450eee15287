"""The machine without its clock: images, memory, registers, calls, faults."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.devices.bus import FlashSetup, Registers, System
from scons_tinyml.emulator.machine import Machine, Stop
from scons_tinyml.emulator.settings import Settings
from scons_tinyml.emulator.stack import Stack
from scons_tinyml.records.errors import FirmwareFault, InputError, InternalError

PROGRAM = """
start: movs r0, #1
nop
.global add
.type add,%function
add: adds r0, r0, r1
bx lr
.type deep,%function
deep: sub sp, #256
movs r3, #0
str r3, [sp]
add sp, #256
bx lr
.type word,%object
word: .word 0x12345678
"""


@pytest.mark.parametrize("timing", [True, False])
def test_reset_takes_sp_and_pc_from_the_vector_table(machine, timing):
    made = machine(PROGRAM, timing=timing)
    state = [made.register(name) for name in ("sp", "pc", "r0", "r13")]
    assert state == [0x2000_8000, made.symbol("start"), 0, 0x2000_8000]
    made.run_until(made.symbol("add"))
    made.reset()
    assert (made.register("r0"), made.cycles, made.instructions) == (0, 0, 0)


@pytest.mark.parametrize("timing", [True, False])
def test_run_until_stops_before_the_instruction(machine, timing):
    made = machine(PROGRAM, timing=timing)
    made.run_until(made.symbol("add"))
    assert (made.register("pc"), made.register("r0"), made.instructions) == (made.symbol("add"), 1, 2)
    made.run_until(made.symbol("add"))
    assert made.instructions == 2


LOOP = """
start: movs r0, #0
again: bl work
after: b again
.type work,%function
work: adds r0, #1
bx lr
"""


@pytest.mark.parametrize("timing", [True, False])
def test_where_to_stop_may_change_from_run_to_run(machine, timing):
    """Unicorn translates the place to stop into the code: a later run went past one that it had not known."""
    made = machine(LOOP, timing=timing)
    seen = []
    for _ in range(3):
        for name in ("work", "after"):
            made.run_until(made.symbol(name), max_instructions=100)
            seen.append((made.register("pc") - made.symbol(name), made.register("r0")))
    assert seen == [(0, 0), (0, 1), (0, 1), (0, 2), (0, 2), (0, 3)]


@pytest.mark.parametrize("timing", [True, False])
def test_call_passes_arguments_and_returns_r0(machine, timing):
    made = machine(PROGRAM, timing=timing)
    assert [made.call(made.symbol("add"), 40, 2), made.call(made.symbol("add"), 0xFFFF_FFFF, 2)] == [42, 1]


def test_symbols_of_data_keep_their_address(machine):
    made = machine(PROGRAM)
    assert made.read(made.symbol("word"), 4) == bytes.fromhex("78563412")


def test_a_missing_symbol_suggests_the_nearest(machine):
    with pytest.raises(InputError, match=r"there is no symbol 'strat' in the image\n  did you mean 'start'"):
        machine(PROGRAM).symbol("strat")


def test_memory_and_registers_can_be_written(machine):
    made = machine(PROGRAM)
    made.write(0x2000_0100, b"tinyml")
    made.set_register("r7", -1)
    assert (made.read(0x2000_0100, 6), made.register("r7")) == (b"tinyml", 0xFFFF_FFFF)


@pytest.mark.parametrize("timing", [True, False])
def test_code_written_from_outside_is_what_runs(machine, timing):
    made = machine(PROGRAM, timing=timing)
    add = made.symbol("add")
    assert made.call(add, 2, 3) == 5
    made.write(add, bytes.fromhex("401a"))  # subs r0, r0, r1
    assert made.call(add, 9, 3) == 6


@pytest.mark.parametrize("timing", [True, False])
def test_painted_stack_shows_its_use(machine, timing):
    made = machine(PROGRAM, timing=timing)
    stack = Stack(0x2000_7000, 0x2000_8000)
    stack.paint(made)
    assert stack.used_bytes(made) == stack.used_bytes_above_heap(made) == 0
    made.call(made.symbol("deep"))
    assert stack.used_bytes(made) == stack.used_bytes_above_heap(made) == 256
    made.write(stack.low, b"heap")
    assert (stack.used_bytes(made), stack.used_bytes_above_heap(made)) == (4096, 256)


FAULTS = {
    "flash": (
        "ldr r0, =0x08000100\n bad: str r1, [r0]",
        "write of 4 bytes at 0x08000100, which is flash (FLASH)",
    ),
    "nothing": (
        "ldr r0, =0x60000000\n bad: ldrh r1, [r0]",
        "read of 2 bytes at 0x60000000, where there is no memory",
    ),
    "null": ("movs r0, #0\n bad: strb r0, [r0]", "write of 1 bytes at 0x00000000, where there is no memory"),
    "undefined": ("bad: udf #1", "undefined instruction de01"),
    "breakpoint": ("bad: bkpt #3", "BKPT #3: there is no debugger"),
}


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("name", FAULTS)
def test_faults_say_what_where_and_in_which_function(machine, name, timing):
    body, message = FAULTS[name]
    made = machine(
        f"start: b work\n.type work,%function\nwork: nop\n {body}\n nop\n end: b end\n.ltorg", timing=timing
    )
    with pytest.raises(FirmwareFault) as caught:
        made.run_until(made.symbol("end"))
    bad, work = made.symbol("bad"), made.symbol("work")
    assert caught.value.problem.startswith(f"{message}")
    assert caught.value.problem.endswith(f"(pc 0x{bad:08x} in work+0x{bad - work:x})")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("timing", [True, False])
def test_a_jump_to_nothing_is_a_fault(machine, timing):
    made = machine("start: ldr r0, =0x90000001\n bx r0\n end: b end\n.ltorg", timing=timing)
    with pytest.raises(FirmwareFault, match="jump to 0x90000000, where there is no memory"):
        made.run_until(made.symbol("end"))


@pytest.mark.parametrize("timing", [True, False])
def test_an_endless_loop_runs_out_of_instructions(machine, timing):
    made = machine("start: nop\n 1: b 1b\n end: nop", timing=timing)
    with pytest.raises(
        FirmwareFault, match=r"1,000 instructions were executed without reaching start\+0x4 .*start\+0x2"
    ):
        made.run_until(made.symbol("end"), max_instructions=1000)
    assert made.instructions == 1000


@pytest.mark.parametrize("timing", [True, False])
def test_sleeping_forever_is_a_fault(machine, timing):
    made = machine("start: nop\n wfi\n end: nop", timing=timing)
    with pytest.raises(FirmwareFault, match="WFI waits for an event that never comes"):
        made.run_until(made.symbol("end") + 64)


def test_supervisor_calls_are_faults(machine):
    made = machine("start: svc #0\n end: nop")
    with pytest.raises(FirmwareFault, match="SVC"):
        made.run_until(made.symbol("end") + 64)


FPU_STARTUP = """
start: ldr r0, =0xE000ED88
ldr r1, [r0]
orr r1, r1, #0x00f00000
str r1, [r0]
dsb
isb
ldr r2, [r0]
vmov.f32 s0, #1.5
vadd.f32 s1, s0, s0
vmov r3, s1
end: b end
.ltorg
"""


@pytest.mark.parametrize("timing", [True, False])
def test_a_startup_that_enables_the_fpu_works(machine, timing):
    made = machine(FPU_STARTUP, timing=timing)
    made.run_until(made.symbol("end"))
    assert [made.register("r2"), made.register("r3")] == [0x00F0_0000, 0x4040_0000]


@pytest.mark.parametrize("timing", [True, False])
def test_the_m3_has_no_fpu(make_board, build, timing):
    made = Machine(make_board("cortex-m3"), timing=timing)
    made.load(build(FPU_STARTUP))
    with pytest.raises(FirmwareFault, match=r"undefined instruction .*\n  is the image built for this core"):
        made.run_until(made.symbol("end"))


COUNT = "start: movs r0, #0\n1: adds r0, #1\n b 1b\nend: b end"


@pytest.mark.parametrize("timing", [True, False])
def test_a_run_ends_for_a_reason(machine, timing):
    made = machine(COUNT, timing=timing)
    start, end = made.symbol("start"), made.symbol("end")
    assert made.run(until=(end, start)) == Stop("address", start)
    stop = made.run(until=(end,), max_instructions=101)
    assert (stop.reason, made.instructions, made.register("r0")) == ("limit", 101, 50)
    before = made.cycles or made.instructions
    assert made.run(until=(end,), max_cycles=1000).reason == "limit"
    assert 1000 <= (made.cycles or made.instructions) - before < 1010


def test_stops_follow_each_other_at_many_places(machine):
    """Where a run has to stop is translated into code that a later run passes."""
    made = machine(LOOP)
    places = [made.symbol(name) for name in ("again", "work", "after")]
    seen = [made.run(until=[place for place in places if place != made.register("pc")]).pc for _ in range(6)]
    assert seen == [places[0], places[1], places[2]] * 2
    assert made.run(until=(places[2],), max_instructions=50).pc == places[2]
    assert made.run(max_instructions=51).reason == "limit"


def test_a_raw_image_lies_where_it_is_told(machine, make_board, tmp_path):
    raw = tmp_path / "firmware.bin"
    made = machine(PROGRAM)
    raw.write_bytes(made.read(0x0800_0000, 64))
    moved = Machine(make_board(), timing=False)
    moved.load(raw, load_address=0x0800_4000)
    assert [moved.register("sp"), moved.read(0x0800_4000, 64)] == [0x2000_8000, raw.read_bytes()]


def test_until_the_image_sets_them_clock_and_flash_are_the_descriptors(machine):
    made = machine(PROGRAM)
    assert (made.core_clock_hz, made.differences()) == (80_000_000, [])


SET_FLASH = """
start: ldr r0, =0x40022000
movs r1, #5
str r1, [r0]
isb
first: movs r2, #0
.rept 60
adds.w r2, r2, #1
.endr
second: movs r2, #0
end: b end
.ltorg
"""


class FlashRegister(Registers):
    """A flash controller of one register."""

    def __init__(self, system: System) -> None:
        self._system = system
        super().__init__("FLASH", 0x4002_2000)

    def on_write(self, offset: int, value: int) -> None:
        super().on_write(offset, value)
        self._system.set_flash(FlashSetup(wait_states=value))


@pytest.mark.parametrize("written", [0, 5])
def test_wait_states_that_the_image_sets_are_paid_for(machine, monkeypatch, written):
    monkeypatch.setattr(
        "scons_tinyml.emulator.chip.family_devices", lambda _board, system: [FlashRegister(system)]
    )
    made = machine(SET_FLASH.replace("#5", f"#{written}"))
    made.run_until(made.symbol("first"))
    before = made.cycles
    made.run_until(made.symbol("second"))
    assert (made.cycles - before > 120) == bool(written)
    told = ["the image sets 5 wait states of the flash, made-up says 0"] if written else []
    assert made.differences() == told


def test_settings_that_differ_are_told(make_board):
    settings = Settings(make_board(wait_states=4))
    settings.clock_hz = 80_200_000
    settings.set_flash(FlashSetup(wait_states=4, prefetch=False, instruction_cache=False))
    assert settings.differences() == []
    settings.clock_hz = 72_000_000
    settings.set_flash(FlashSetup(wait_states=2, data_cache=True))
    settings.set_flash(FlashSetup(prefetch=True))
    assert settings.differences() == [
        "the image runs the core at 72 MHz, made-up says 80 MHz",
        "the image sets 2 wait states of the flash, made-up says 4",
        "the image has prefetch of the flash on, made-up says off",
        "the image has the data cache on, made-up says off",
    ]
    assert (settings.core_clock_hz, settings.wait_states, settings.prefetch) == (72_000_000, 2, True)
    settings.reset()
    assert settings.differences() == []


def test_a_region_grows_for_an_image_that_is_larger(machine):
    made = machine(
        f'start: b end\n .space {80 * 1024}\n end: b end\n.section .ram,"aw",%nobits\n.space {70 * 1024}\nlast:'
    )
    made.run_until(made.symbol("end"))
    made.write(made.symbol("last") - 4, b"last")
    assert made.symbol("end") > 0x0801_0000 and made.symbol("last") > 0x2001_0000


def test_what_is_no_image_is_refused(make_board, tmp_path):
    path = tmp_path / "firmware.elf"
    made = Machine(make_board())
    with pytest.raises(InternalError, match="load comes before"):
        made.read(0, 4)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        made.load(path)
    path.write_bytes(b"not an image")
    with pytest.raises(InputError, match=r"firmware\.elf: this is not an ELF file"):
        made.load(path)


def test_an_image_for_other_memory_is_refused(make_board, build):
    other = make_board().model_copy(
        update={
            "memory": tuple(
                r.model_copy(update={"origin": r.origin + 0x1000_0000}) for r in make_board().memory
            )
        }
    )
    with pytest.raises(
        InputError, match=r"address 0x08000000 of the image is in no memory of the board\n  regions: FLASH"
    ):
        Machine(other).load(build(PROGRAM))


def test_without_timing_instructions_are_counted_and_cycles_are_not(machine):
    source = "start: movs r0, #100\n 1: adds.w r1, r1, r0\n subs r0, #1\n bne 1b\n end: b end"
    counts = []
    for timing in (True, False):
        made = machine(source, timing=timing)
        made.run_until(made.symbol("end"))
        counts.append((made.instructions, made.cycles > 0))
    assert counts == [(301, True), (301, False)]


SUBROUTINE_IN_RAM = """
start: ldr r1, ={origin}
ldr r2, =0x47703001
str r2, [r1]
dsb
isb
again: adds r2, r1, #1
blx r2
back: b again
"""
"""adds r0, #1 and bx lr at `origin`, called without an end."""


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.parametrize("origin", [0x0000_0000, 0x2000_0000, 0x2001_0000])
def test_stops_again_and_again_at_the_first_address_of_a_memory(make_board, machine, origin, timing):
    """At 0, where Unicorn tells of a fault; behind nothing; and right behind another memory."""
    board = make_board()
    ram = board.memory[1]
    more = [ram.model_copy(update={"name": f"RAM{n}", "origin": 0x2001_0000 * n}) for n in (0, 1)]
    board = board.model_copy(update={"memory": (*board.memory, *more)})
    made = machine(SUBROUTINE_IN_RAM.format(origin=origin), board, timing=timing)
    for times in range(3):
        made.run_until(origin, max_instructions=1000)
        assert (made.register("pc"), made.register("r0")) == (origin, times)
        made.run_until(made.symbol("back"), max_instructions=1000)


def test_a_jump_to_nothing_at_0_is_a_fault_where_0_is_to_be_stopped_at(machine):
    made = machine("start: movs r0, #1\nbx r0")
    with pytest.raises(FirmwareFault, match="0x00000000"):
        made.run_until(0, max_instructions=1000)
