"""Timers of all makers: counting, compare events, interrupts, and a clock that changes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.nordic import NordicRealTimeCounter, NordicTimer
from scons_tinyml.emulator.devices.blocks.pico import Microseconds
from scons_tinyml.emulator.devices.blocks.sam import ClockNet, Generator, SamTimer, TimerPlaces
from scons_tinyml.emulator.devices.blocks.timer import Timer
from support.fake_system import Bus, FakeSystem

CR1, DIER, SR, EGR, CNT, PSC, ARR, CCR1 = 0x00, 0x0C, 0x10, 0x14, 0x24, 0x28, 0x2C, 0x34
IRQ, COMPARE_IRQ = 28, 27


def stm32(bits: int = 32, cycles_per_tick: int = 1, **options: int) -> tuple[FakeSystem, Bus, Clock]:
    system, clock = FakeSystem(), Clock(cycles_per_tick)
    return system, Bus([Timer(system, "TIM", 0, clock, bits=bits, interrupt=IRQ, **options)]), clock


def test_it_counts_behind_clock_and_prescaler():
    """The prescaler comes with an update event: as vendor code makes one before it starts the timer."""
    system, timer, _ = stm32(cycles_per_tick=2)
    timer[PSC], timer[EGR], timer[SR] = 4, 1, 0
    system.pass_cycles(100)
    stopped = timer[CNT]
    timer[CR1] = 1
    system.pass_cycles(99)
    before = timer[CNT]
    system.pass_cycles(1)
    assert (stopped, before, timer[CNT]) == (0, 9, 10)


def test_a_prescaler_that_was_written_waits_for_the_update():
    system, timer, _ = stm32()
    timer[ARR], timer[CR1], timer[PSC] = 9, 1, 3
    system.pass_cycles(10)  # over: from here on every fourth cycle
    system.pass_cycles(3)
    before = timer[CNT]
    system.pass_cycles(1)
    assert (before, timer[CNT], timer[SR] & 1) == (0, 1, 1)


def test_many_overflows_at_once_keep_the_count():
    system, timer, _ = stm32(bits=16)
    timer[CR1] = 1
    system.pass_cycles(3 * 65536 + 5)
    assert (timer[CNT], timer[SR] & 1) == (5, 1)


def test_32_bits_do_not_wrap_early():
    system, timer, _ = stm32()
    timer[CR1] = 1
    system.pass_cycles(70_000)
    assert timer[CNT] == 70_000


def test_the_update_interrupt_comes_in_its_cycle_and_stays_until_cleared():
    system, timer, _ = stm32()
    timer[PSC], timer[ARR], timer[EGR] = 9, 99, 1
    timer[SR], timer[DIER], timer[CR1] = 0, 1, 1
    system.pass_cycles(2500)
    assert (system.rises, system.high) == ([(1000, IRQ)], {IRQ})
    timer[SR] = ~1 & 0xFFFF_FFFF
    system.pass_cycles(1000)
    assert (system.rises, timer[CNT]) == ([(1000, IRQ), (3000, IRQ)], 50)


def test_compare_interrupts_have_their_own_line_where_the_chip_has_one():
    system, timer, _ = stm32(compare_interrupt=COMPARE_IRQ)
    timer[CCR1], timer[CCR1 + 4], timer[ARR] = 40, 60, 99
    timer[DIER], timer[CR1] = 0b101, 1  # update and channel 2
    system.pass_cycles(150)
    assert (system.rises, timer[SR] & 0b111) == ([(60, COMPARE_IRQ), (100, IRQ)], 0b111)


def test_a_compare_value_written_behind_the_count_comes_in_the_next_round():
    system, timer, _ = stm32()
    timer[ARR], timer[DIER], timer[CR1] = 99, 2, 1
    system.pass_cycles(50)
    timer[SR], timer[CCR1] = 0, 20
    system.pass_cycles(100)
    assert system.rises == [(120, IRQ)]


def test_flags_are_cleared_by_writing_0_only():
    system, timer, _ = stm32()
    timer[EGR] = 0b11
    timer[SR] = 0xFFFF_FFFF
    kept = timer[SR]
    timer[SR] = ~2 & 0xFFFF_FFFF
    assert (kept, timer[SR], system.rises) == (0b11, 0b01, [])


@pytest.mark.parametrize(("control", "flag"), [(0, 1), (1 << 2, 0), (1 << 1, 0)])
def test_an_update_by_software_sets_no_flag_with_urs_or_udis(control, flag):
    system, timer, _ = stm32()
    timer[CR1] = control | 1
    system.pass_cycles(30)
    timer[EGR] = 1
    assert (timer[CNT], timer[SR]) == (0, flag)


def test_one_pulse_stops_after_one_round():
    system, timer, _ = stm32()
    timer[ARR], timer[CR1] = 9, 1 << 3 | 1
    system.pass_cycles(25)
    assert (timer[CNT], timer[CR1], timer[SR] & 1) == (0, 1 << 3, 1)


def test_a_stopped_timer_goes_on_where_it_was():
    system, timer, _ = stm32()
    timer[CR1] = 1
    system.pass_cycles(30)
    timer[CR1] = 0
    system.pass_cycles(1000)
    timer[CR1] = 1
    system.pass_cycles(5)
    assert timer[CNT] == 35


def test_a_reload_value_below_the_count_lets_it_run_to_its_end():
    system, timer, _ = stm32(bits=16)
    timer[CNT], timer[ARR], timer[CR1] = 100, 50, 1
    system.pass_cycles(65536 - 100 + 3)
    assert timer[CNT] == 3


def test_a_new_clock_counts_from_its_moment_on():
    system, timer, clock = stm32()
    timer[DIER], timer[ARR], timer[CR1] = 1, 149, 1
    system.pass_cycles(100)
    clock.set(4)
    system.pass_cycles(40)
    assert timer[CNT] == 110
    system.pass_cycles(1000)
    assert system.rises == [(300, IRQ)]


def test_a_faster_clock_brings_the_next_event_forward():
    system, timer, clock = stm32(cycles_per_tick=4)
    timer[DIER], timer[ARR], timer[CR1] = 1, 99, 1
    system.pass_cycles(40)
    clock.set(1)
    system.pass_cycles(1000)
    assert system.rises == [(130, IRQ)]


def test_plans_that_were_changed_are_dropped():
    """Each would make a new one when its time comes."""
    system, timer, _ = stm32()
    timer[DIER], timer[CR1] = 2, 1
    for compare in range(10, 1010, 10):
        timer[CCR1] = compare
    system.pass_cycles(999)
    assert (system.rises, system.planned) == ([], 2)  # the next one, and one that is far away
    system.pass_cycles(1)
    assert system.rises == [(1000, IRQ)]


# -- nRF52

START, STOP, SHORTS, INTENSET, BITMODE, PRESCALER, CC0 = 0x000, 0x004, 0x200, 0x304, 0x508, 0x510, 0x540
COUNT, CAPTURE1, COMPARE0, MODE, TIMER_IRQ = 0x008, 0x044, 0x140, 0x504, 8


def nordic() -> tuple[FakeSystem, Bus]:
    system = FakeSystem()
    timer = NordicTimer(system, "TIMER0", 0, Clock(4), TIMER_IRQ, 4)
    bus = Bus([timer])
    bus[BITMODE], bus[PRESCALER] = 3, 4  # 32 bits, 1 MHz at a core of 64 MHz
    return system, bus


def test_nordic_timer_captures_its_count():
    system, timer = nordic()
    timer[START] = 1
    system.pass_cycles(64 * 1000 + 63)
    timer[CAPTURE1] = 1
    timer[STOP] = 1
    system.pass_cycles(6400)
    timer[CAPTURE1 + 4] = 1
    assert (timer[CC0 + 4], timer[CC0 + 8]) == (1000, 1000)


def test_nordic_timer_compares_and_clears_itself():
    system, timer = nordic()
    timer[CC0], timer[SHORTS], timer[INTENSET], timer[START] = 100, 1, 1 << 16, 1
    system.pass_cycles(64 * 150)
    timer[CAPTURE1] = 1
    assert (system.rises, timer[CC0 + 4], timer[COMPARE0]) == ([(6400, TIMER_IRQ)], 50, 1)
    timer[COMPARE0] = 0
    assert system.high == set()
    system.pass_cycles(64 * 100)
    assert system.rises == [(6400, TIMER_IRQ), (12800, TIMER_IRQ)]


def test_nordic_timer_stops_itself():
    system, timer = nordic()
    timer[CC0], timer[SHORTS], timer[START] = 100, 1 << 8, 1
    system.pass_cycles(64 * 150)
    timer[CAPTURE1] = 1
    assert (timer[CC0 + 4], timer[COMPARE0]) == (100, 1)


@pytest.mark.parametrize("mode", [1, 2])
def test_nordic_counter_counts_its_task_and_no_clock(mode):
    system, timer = nordic()
    timer[MODE], timer[CC0], timer[SHORTS], timer[INTENSET] = mode, 3, 1, 1 << 16
    timer[COUNT] = 1  # before START
    timer[START] = 1
    for _ in range(4):
        system.pass_cycles(6400)
        timer[COUNT] = 1
    timer[CAPTURE1] = 1
    assert (system.rises, timer[CC0 + 4], timer[COMPARE0]) == ([(3 * 6400, TIMER_IRQ)], 1, 1)


def test_nordic_timer_ignores_the_task_of_counters():
    system, timer = nordic()
    timer[START] = 1
    timer[COUNT] = 1
    system.pass_cycles(64)
    timer[CAPTURE1] = 1
    assert timer[CC0 + 4] == 1


def test_nordic_real_time_counter_ticks_overflows_and_compares():
    system = FakeSystem()
    counter = Bus([NordicRealTimeCounter(system, "RTC0", 0, Clock(Fraction(64_000_000, 32_768)), 11, 3)])
    counter[0x508], counter[CC0], counter[INTENSET], counter[START] = 7, 4, 1 << 16, 1
    system.pass_cycles(64_000_000 // 4096 * 5 + 5)
    assert (counter[0x504], system.rises) == (5, [(62_500, 11)])
    counter[0x508] = 0
    system.pass_cycles((1 << 24) * 1954)
    assert (counter[0x104], counter[0x100]) == (1, 0)  # OVRFLW; TICK is not enabled


# -- SAM

SAM_PLACES = [TimerPlaces(0x0C, 0x10, 0x18), TimerPlaces(0x08, 0x14, 0x1C, wave=0x0C)]


def sam(places: TimerPlaces) -> tuple[FakeSystem, Bus, int]:
    """A timer of 16 bits that is set to start over after 99, and its CTRLA with ENABLE and a prescaler of 4."""
    system = FakeSystem()
    net = ClockNet(system, lambda _source: 1_000_000, 99)
    net.generators, net.channels = {0: Generator(0, 1), 1: Generator(0, 2)}, {7: 1}
    net.update()
    bus = Bus([SamTimer(system, "TC", 0, net, 7, IRQ, places)])
    bus[places.compare] = 99 | 39 << 16
    if places.wave is not None:
        bus[places.wave] = 1
    return system, bus, 1 << 1 | 2 << 8 | (1 << 5 if places.wave is None else 0)


@pytest.mark.parametrize("places", SAM_PLACES)
def test_sam_timer_matches_and_starts_over(places):
    """A tick is 2 cycles, a count 4 ticks."""
    system, timer, control = sam(places)
    timer[places.interrupts] = (1 << 5 | 1) << 8
    timer[0] = control
    system.pass_cycles(8 * 150)
    assert (system.rises, timer[places.count]) == ([(8 * 39, IRQ)], 50)
    flags = timer[places.interrupts] >> 16 & 0xFF
    timer[places.interrupts] = flags << 16
    assert (flags, timer[places.interrupts] >> 16, system.high) == (0b11_0001, 0, set())


@pytest.mark.parametrize("places", SAM_PLACES)
def test_sam_timer_stops_after_one_shot_and_by_command(places):
    system, timer, control = sam(places)
    timer[4], timer[0] = 1 << 2 << 8, control
    system.pass_cycles(8 * 500)
    after_one = timer[places.count]
    command = 6 if places.wave is None else 5
    timer[4] = 1 << 2  # CTRLBCLR.ONESHOT
    timer[4] = 1 << command << 8  # retrigger
    system.pass_cycles(8 * 30)
    timer[4] = 2 << command << 8  # stop
    system.pass_cycles(8 * 30)
    assert (after_one, timer[places.count], timer[4] & 0xFF) == (0, 30, 0)


def test_sam_timer_needs_its_clock():
    system = FakeSystem()
    bus = Bus([SamTimer(system, "TC", 0, ClockNet(system, lambda _source: 0, 99), 7, IRQ, SAM_PLACES[0])])
    bus[0] = 1 << 1
    system.pass_cycles(1000)
    assert bus[0x10] == 0


# -- RP2040

ALARM1, ARMED, TIMERAWL, TIMEHR, TIMELR, INTR, INTE = 0x14, 0x20, 0x28, 0x08, 0x0C, 0x34, 0x38


def pico() -> tuple[FakeSystem, Bus]:
    system = FakeSystem()
    return system, Bus([Microseconds(system, "TIMER", 0, Clock(125), 0, 0x34)])


def test_pico_timer_counts_microseconds_of_64_bits():
    system, timer = pico()
    system.pass_cycles(125 * ((1 << 32) + 7))
    assert (timer[TIMERAWL], timer[TIMELR], timer[TIMEHR]) == (7, 7, 1)


def test_pico_alarm_rings_once():
    system, timer = pico()
    timer[INTE], timer[ALARM1] = 2, 300
    armed = timer[ARMED]
    system.pass_cycles(125 * 1000)
    assert (armed, system.rises, timer[ARMED], timer[INTR]) == (2, [(37_500, 1)], 0, 2)
    timer[INTR] = 2
    system.pass_cycles(125 * 1000)
    assert (system.high, timer[INTR], len(system.rises)) == (set(), 0, 1)


def test_pico_alarm_can_be_disarmed():
    system, timer = pico()
    timer[INTE], timer[ALARM1], timer[ARMED] = 2, 300, 2
    system.pass_cycles(125 * 1000)
    assert system.rises == []
