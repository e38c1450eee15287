"""The state machine between bytes and trials that can be believed, without a port and without waiting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.measure.hardware import clock
from scons_tinyml.stages.measure.hardware.clock import Reading, is_off, measured_hz
from scons_tinyml.stages.measure.hardware.collector import MAX_ROUNDS, Collector
from scons_tinyml.stages.measure.hardware.firmware import PROTOCOL, VERSION
from scons_tinyml.stages.measure.hardware.manifest import ImageRecord, Manifest, TrialRecord
from scons_tinyml.stages.measure.hardware.problems import (
    BoardProblem,
    ClockOff,
    CounterStopped,
    OtherFirmware,
)
from scons_tinyml.stages.measure.hardware.protocol import Measured, Unknown, format_line, parse_line

CLOCK_HZ, SPAN_S = 1_000_000, 4.0
TRIALS = tuple(TrialRecord(layer, "set/kernel", 8, 0, 0, "a" * 64) for layer in range(3))
IMAGES = (ImageRecord("bench-1", "1" * 16, TRIALS), ImageRecord("bench-2", "2" * 16, TRIALS[:1]))
MANIFEST = Manifest(VERSION, "board", CLOCK_HZ, IMAGES, ())


@pytest.fixture(autouse=True)
def _span(monkeypatch):
    monkeypatch.setattr(clock, "SPAN_S", SPAN_S)


class Talk:
    """A board that talks to a collector, at times of its own."""

    def __init__(self, wanted: Sequence[int] = (0, 1, 2)) -> None:
        self.collector = Collector(MANIFEST, {IMAGES[0].digest: set(wanted), IMAGES[1].digest: {0}})
        self.now_s, self.booted_s, self.heard = 100.0, 100.0, []

    def send(self, **content) -> None:
        self.heard += self.collector.feed(format_line(content), self.now_s)

    def banner(self, number: int = 0, **changes) -> None:
        content = {"tinyml_bench": PROTOCOL, "firmware": VERSION, "image": "1" * 16, "board": "board"}
        self.send(**content | {"clock_hz": CLOCK_HZ, "trials": 3, "round": number} | changes)

    def clock(self, rate: float = 1.0) -> None:
        self.send(clock=round((self.now_s - self.booted_s) * CLOCK_HZ * rate))

    def trial(self, number: int, **changes) -> None:
        sums = {"compared_bytes": 8, "differing_bytes": 0, "max_ulps": 0, "guard": True}
        content = {"trial": number, "layer": number, "kernel": "set/kernel", "cycles": 10 + number}
        self.send(**content | sums | changes)

    def round(self, number: int = 0, trials: Sequence[int] = (0, 1, 2), seconds: float = 1.5) -> None:
        self.banner(number)
        for trial in trials:
            self.clock()
            self.trial(trial)
            self.now_s += seconds / 3
        self.clock()
        self.send(end=3, round=number)

    @property
    def cycles(self) -> list[int]:
        return [believed.measured.cycles for believed in self.heard]


def test_trials_wait_for_the_clock_and_come_once():
    talk = Talk()
    for number in range(5):
        talk.round(number)
        assert talk.cycles == ([10, 11, 12] if talk.now_s - talk.booted_s >= SPAN_S else [])
    assert not talk.collector.missing(IMAGES[0])
    assert talk.collector.missing(IMAGES[1]) == {0}
    assert not talk.collector.finished


def test_a_lost_line_comes_again():
    talk = Talk()
    for number in range(5):
        talk.round(number, trials=(0, 2))
    assert sorted(talk.cycles) == [10, 12]
    talk.round(5)
    assert sorted(talk.cycles) == [10, 11, 12]


def test_a_trial_that_never_comes_whole_is_told():
    talk = Talk()
    with pytest.raises(BoardProblem, match="lines of set/kernel on layer 1 never came whole in 20 rounds"):
        for number in range(MAX_ROUNDS + 1):
            talk.round(number, trials=(0, 2))


def test_only_what_is_wanted_is_handed_out():
    talk = Talk(wanted=(1,))
    for number in range(5):
        talk.round(number)
    assert talk.cycles == [11]


@pytest.mark.parametrize("banner_lost", [False, True])
def test_after_a_reset_the_clock_is_checked_again(banner_lost):
    talk = Talk()
    for number in range(2):
        talk.round(number)
    talk.now_s += 0.5
    talk.booted_s = talk.now_s
    for number in range(5):
        if banner_lost and number == 0:
            talk.clock()
            talk.trial(0, cycles=99)  # of which image it is nobody knows
        else:
            talk.round(number)
        assert talk.heard == [] or talk.now_s - talk.booted_s >= SPAN_S
    talk.round(5)
    assert talk.cycles == [10, 11, 12]


def test_rounds_of_another_image_do_not_go_on():
    talk = Talk()
    for number in range(5):
        talk.round(number)
    talk.booted_s = talk.now_s
    talk.banner(9, image="2" * 16, trials=1)
    talk.clock()
    talk.trial(0, cycles=77)
    assert talk.cycles == [10, 11, 12]
    talk.now_s += SPAN_S
    talk.clock()
    assert talk.cycles == [10, 11, 12, 77]
    assert talk.collector.finished


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"firmware": "bench-0"}, f"runs firmware bench-0 .lines of version {PROTOCOL}., not {VERSION}"),
        ({"tinyml_bench": 99}, f"lines of version 99., not {VERSION}"),
        ({"board": "other"}, "runs firmware for the board other, not board"),
        ({"image": "3" * 16}, "runs the image 3333333333333333, which is none of this network's"),
        ({"clock_hz": 2}, "with another clock or number of trials"),
        ({"trials": 2}, "with another clock or number of trials"),
    ],
)
def test_another_image_is_refused(changes, message):
    with pytest.raises(OtherFirmware, match=message) as refusal:
        Talk().banner(**changes)
    assert "flash bench-1.hex or bench-2.hex and reset the board" in str(refusal.value)


def test_a_whole_line_of_something_else_is_refused():
    with pytest.raises(OtherFirmware, match=r'lines of another firmware: \{"hello":1\}'):
        Talk().send(hello=1)
    talk = Talk()
    talk.banner()
    with pytest.raises(OtherFirmware, match="trial 1 of the image 1111111111111111 is set/other on layer 1"):
        talk.trial(1, kernel="set/other")


def test_a_counter_that_stops_later_is_refused():
    talk = Talk()
    talk.round()
    talk.clock()
    stopped = round((talk.now_s - talk.booted_s) * CLOCK_HZ)
    talk.now_s += 1.5
    with pytest.raises(CounterStopped, match=f"stands still: {stopped:,} for 1.5 s"):
        talk.send(clock=stopped)


@pytest.mark.parametrize("rate", [0.985, 1.015])
def test_a_clock_that_is_off_is_refused(rate):
    talk = Talk()
    talk.banner()
    talk.clock(rate)
    talk.trial(0)
    talk.now_s += SPAN_S
    with pytest.raises(ClockOff, match=r"board's clock is (0.98|1.0[12]) MHz and not 1.00 MHz"):
        talk.clock(rate)
    assert talk.heard == []


@given(st.lists(st.floats(0, 0.2), min_size=30, max_size=60), st.sampled_from([0.97, 1.0, 1.03]))
def test_lines_that_come_late_do_not_change_the_clock(delays, rate):
    """As long as in each third there is one that comes in time."""
    count = len(delays)
    delays[1] = delays[-2] = 0.0
    readings = [
        Reading(number * 0.2 + delay, round(number * 0.2 * CLOCK_HZ * rate))
        for number, delay in enumerate(delays)
    ]
    readings.sort(key=lambda reading: reading.cycles)
    found = measured_hz(readings, CLOCK_HZ)
    assert found is not None and count
    assert is_off(found, CLOCK_HZ) == (rate != 1.0)


@given(st.binary(max_size=200), st.lists(st.integers(0, 150), max_size=8))
def test_bytes_between_lines_and_cuts_anywhere_change_nothing(noise, cuts):
    """However the bytes are cut into pieces, and whatever stands before the line."""
    talk = Talk()
    talk.banner()
    line = noise.replace(b"\n", b" ") + b"\n" + format_line({"clock": 5})
    places = sorted({0, len(line), *(cut for cut in cuts if cut < len(line))})
    for start, end in pairwise(places):
        talk.heard += talk.collector.feed(line[start:end], talk.now_s)
    assert talk.collector.lines == 2


@given(st.data())
def test_no_changed_line_is_read(data):
    content = {"trial": 1, "layer": 2, "kernel": "a/b", "cycles": 3, "compared_bytes": 4}
    line = format_line(content | {"differing_bytes": 0, "max_ulps": 0, "guard": True}).rstrip()
    assert parse_line(line) == Measured(1, 2, "a/b", 3, 4, 0, 0, True)
    place = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != line[place]))
    assert parse_line(line[:place] + bytes([byte]) + line[place + 1 :]) is None
    assert parse_line(line[:place] + line[place + 1 :]) is None


@pytest.mark.parametrize("content", [[1], {}, {"trial": 1}, {"end": "x", "round": 0}, {"clock": None}])
def test_whole_lines_that_make_no_sense_are_unknown(content):
    assert isinstance(parse_line(format_line(content).rstrip()), Unknown)
