"""From the image to the row through a serial port, with a board that plays what its image sent in the emulator."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from tests.measure.hardware.desk import Desk

from scons_tinyml.cli import main as cli
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.stages.measure.hardware import __main__ as hardware
from scons_tinyml.stages.measure.hardware import images, listen
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.hardware.images import ImageMaker
from scons_tinyml.stages.measure.hardware.problems import BoardProblem, ClockOff, CounterStopped, NothingHeard
from scons_tinyml.stages.measure.hardware.protocol import format_line
from scons_tinyml.stages.run.agreement import SHARE
from support.board_player import Heard, in_turn, reset_at, stretched

KERNELS = [
    "reference/conv_2d_int8",
    "reference/depthwise_conv_2d_int8",
    "reference/fully_connected_int8",
    "reference/softmax_int8",
]


def rewritten(recording, change):
    """With `change` applied to what the lines say; their sums are right again."""
    lines = []
    for heard in recording:
        content = json.loads(heard.data[: heard.data.rindex(b" ")])
        lines.append(Heard(heard.at_s, format_line(change(content))))
    return tuple(lines)


@pytest.mark.parametrize("board", ["stm32l4", "stm32g0b1", "nrf52840"])
def test_a_board_gives_the_rows_of_the_emulator(labs, tmp_path, capsys, board):
    """DWT and SysTick, USART and Nordic's UART, caches and none."""
    lab = labs(board)
    desk = Desk(lab, tmp_path)
    capsys.readouterr()
    desk.measure(lab.recording)
    rows, emulated = desk.rows(), desk.rows("emulator")
    variants = {
        name for name in emulated if name.endswith(".ram")
    }  # builds choose them, boards do not run them yet
    assert sorted(rows) == sorted({*emulated} - variants) == KERNELS
    ratios = {name: emulated[name].cycles / row.cycles for name, row in rows.items()}
    assert all(abs(ratio - 1) <= SHARE for ratio in ratios.values()), ratios
    for row in rows.values():
        assert row.key == replace(emulated[row.key.kernel].key, evidence="hardware", timing_version=VERSION)
        assert (row.instructions, row.board, row.origin) == (None, board, "measured here")
        assert len(row.object_digest) == 64
        assert row.object_digest == emulated[row.key.kernel].object_digest
    assert f"4 of 4 trials are measured on {board}" in capsys.readouterr().out
    cli.main(["costs", "compare", "--database", str(desk.costs), "--json"])
    compared = json.loads(capsys.readouterr().out)
    assert {line["kernel"]: line["n"] for line in compared} == {"all": 4, **dict.fromkeys(KERNELS, 1)}
    assert all(abs(line["median"] - 1) <= SHARE for line in compared)


def test_what_is_known_is_not_measured_again(lab, desk):
    desk.measure(lab.recording)
    before = desk.rows()
    desk.measure_at("/dev/no-such-port")
    assert desk.rows() == before
    with pytest.raises(Exception, match="no such port"):
        desk.measure_at("/dev/no-such-port", again="yes")


def test_a_row_of_somebody_else_is_measured_again(lab, desk):
    """A pack must not keep whoever has a board from measuring."""
    desk.measure(lab.recording)
    before = desk.rows()
    with CostDatabase.open(desk.costs) as database:
        database.record(replace(before[KERNELS[1]], origin="pack a 0123", pack_name="a", cycles=1))
    desk.measure(lab.recording)
    assert {name: row.cycles for name, row in desk.rows().items()} == {
        name: row.cycles for name, row in before.items()
    }
    assert all(row.is_own for row in desk.rows().values())


def test_a_row_of_another_object_is_measured_again(lab, desk):
    desk.measure(lab.recording)
    before = desk.rows()
    with CostDatabase.open(desk.costs) as database:
        database.record(replace(before[KERNELS[1]], object_digest="0" * 64))
    desk.measure(lab.recording)
    assert {row.object_digest for row in desk.rows().values()} == {
        row.object_digest for row in before.values()
    }


def test_only_what_is_missing_is_awaited(lab, desk):
    desk.measure(lab.recording)
    rows = desk.rows()
    lost = rows[KERNELS[1]]
    with CostDatabase.open(desk.costs) as database:
        database.delete([lost.key.digest])
    changed = rewritten(
        lab.recording, lambda content: content | {"cycles": 7} if "cycles" in content else content
    )
    desk.measure(changed)
    assert {name: row.cycles for name, row in desk.rows().items()} == {
        name: 7 if name == KERNELS[1] else row.cycles for name, row in rows.items()
    }


def test_lost_bytes_cost_time_only(lab, desk):
    """Of three rounds no line of a trial comes whole."""
    damaged = [
        replace(heard, data=heard.data[:20] + heard.data[23:])
        if heard.at_s < 0.5 and b'"trial"' in heard.data
        else heard
        for heard in lab.recording
    ]
    desk.measure(tuple(damaged))
    assert sorted(desk.rows()) == KERNELS
    assert desk.refused() == []


def test_changed_bytes_are_noticed(lab, desk):
    """A digit of the cycles becomes another on the way, in every round but the last ones."""
    changed = [
        replace(heard, data=heard.data.replace(b'"cycles":', b'"cycles":9')) if heard.at_s < 2.2 else heard
        for heard in lab.recording
    ]
    desk.measure(tuple(changed))
    emulated = desk.rows("emulator")
    assert {
        name: round(row.cycles / emulated[name].cycles, 1) for name, row in desk.rows().items()
    } == dict.fromkeys(KERNELS, 1.0)


def test_a_reset_in_the_middle_is_harmless(lab, desk):
    desk.measure(reset_at(lab.recording, 1.0))
    assert sorted(desk.rows()) == KERNELS


def test_garbage_is_harmless(lab, desk):
    garbage = [b"\x00\xff\xfe{\r\n", b"*** boot ***\n", bytes(range(256)) * 20, b'{"trial":0} 00000000\r\n']
    mixed = [
        piece
        for number, heard in enumerate(lab.recording)
        for piece in (Heard(heard.at_s, garbage[number % len(garbage)] + b"\n"), heard)
    ]
    desk.measure(tuple(mixed))
    assert sorted(desk.rows()) == KERNELS


def test_a_counter_that_stands_still_is_refused(lab, desk):
    def stopped(content):
        return content | {name: 0 for name in ("clock", "cycles") if name in content}

    with pytest.raises(CounterStopped, match=r"stands still: 0 for 1\.\d s; no row is taken"):
        desk.measure(rewritten(lab.recording, stopped))
    assert desk.rows() == {}


@pytest.mark.parametrize(("factor", "found"), [(1.03, "77"), (0.97, "82")])
def test_a_clock_that_is_off_is_refused(lab, desk, factor, found):
    with pytest.raises(
        ClockOff, match=rf"clock is {found}\.\d\d MHz and not 80.00 MHz.* no row is taken\n.*crystal"
    ):
        desk.measure(stretched(lab.recording, factor))
    assert desk.rows() == {}


def test_a_clock_that_is_nearly_right_is_taken(lab, desk):
    desk.measure(stretched(lab.recording, 1.004))
    assert sorted(desk.rows()) == KERNELS


def test_a_wrong_byte_costs_its_trial_the_row(desk, other_images):
    """The image expects one other byte, as if the chip had computed it wrongly; the chip compares by itself."""

    def expects_another(patch):
        board_trials = images.board_trials

        def altered(*arguments):
            first, *others = board_trials(*arguments)
            (sample,) = first.bench.samples
            output = sample.outputs[0]
            wrong = output[:77] + bytes([output[77] ^ 1]) + output[78:]
            bench = replace(first.bench, samples=(replace(sample, outputs=(wrong,)),))
            return replace(first, bench=bench), *others

        patch.setattr(images, "board_trials", altered)

    (recording,) = other_images("wrong", expects_another)
    with pytest.raises(BoardProblem, match="1 trials gave no row"):
        desk.measure(recording)
    assert sorted(desk.rows()) == KERNELS[1:]
    assert desk.refused() == [(KERNELS[0], "output differs from the oracle in 1 of 150 bytes")]


def test_a_kernel_that_writes_beyond_its_scratch_is_refused(lab, desk, capsys):
    def broken(content):
        return content | {"guard": False} if content.get("kernel") == KERNELS[2] else content

    with pytest.raises(BoardProblem, match="1 trials gave no row"):
        desk.measure(rewritten(lab.recording, broken))
    assert sorted(desk.rows()) == [name for name in KERNELS if name != KERNELS[2]]
    reason = "writes beyond the 0 bytes of scratch that it declares"
    assert desk.refused() == [(KERNELS[2], reason)]
    assert f"no row for {KERNELS[2]} on layer 3: {reason}" in capsys.readouterr().out


def test_two_images_are_flashed_one_after_the_other(desk, other_images, capsys):
    def misfit(self, trials):  # noqa: ARG001
        return None if len(trials) <= 2 else "too many"

    first, second = other_images("two", lambda patch: patch.setattr(ImageMaker, "misfit", misfit))
    desk.measure(in_turn(first, second))
    assert sorted(desk.rows()) == KERNELS
    asked = re.findall(r"waiting for \S+/(bench-\d.hex)", capsys.readouterr().err)
    assert asked == ["bench-1.hex", "bench-2.hex"]


def without(recording, *trials):
    """Lines of some trials never come."""
    names = [f'"trial":{trial}'.encode() for trial in trials]
    return tuple(heard for heard in recording if not any(name in heard.data for name in names))


def test_a_board_that_is_unplugged_leaves_the_rows_that_it_gave(lab, desk):
    with pytest.raises(BoardProblem, match=r"/dev/\S+: the board is gone(.|\n)*are not measured again"):
        desk.measure_unplugged(without(lab.recording, 2, 3))
    assert sorted(desk.rows()) == KERNELS[:2]
    kept = desk.rows()
    desk.measure(without(lab.recording, 0, 1))
    assert sorted(desk.rows()) == KERNELS
    assert kept.items() <= desk.rows().items()


def test_an_interruption_keeps_what_has_come(lab, desk, monkeypatch):
    record = CostDatabase.record

    def interrupted(database, *rows):
        if len(desk.rows()) == 2:
            raise KeyboardInterrupt
        record(database, *rows)

    monkeypatch.setattr(CostDatabase, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.measure(lab.recording)
    assert sorted(desk.rows()) == KERNELS[:2]
    monkeypatch.setattr(CostDatabase, "record", record)
    desk.measure(lab.recording)
    assert sorted(desk.rows()) == KERNELS


def test_nothing_is_heard(desk, monkeypatch):
    monkeypatch.setattr(hardware, "BY_HAND", listen.Patience(start_s=0.5))
    with pytest.raises(NothingHeard, match=r"nothing came from the board in 0 s\n.*TX wired"):
        desk.measure(())
    noise = tuple(Heard(0.1 * number, b"\xf0\x0f" * 40) for number in range(20))
    with pytest.raises(NothingHeard, match="bytes came from the board in 0 s, but no line that can be read"):
        desk.measure(noise)


def test_a_board_that_hangs_is_told_with_the_trial_before(lab, desk, monkeypatch):
    monkeypatch.setattr(hardware, "BY_HAND", listen.Patience(start_s=5, silence_s=0.5))
    with pytest.raises(BoardProblem, match=r"fell silent after reference/depthwise_conv_2d_int8 on layer 1"):
        desk.measure(without(lab.recording, 2, 3))
    assert sorted(desk.rows()) == KERNELS[:2]
