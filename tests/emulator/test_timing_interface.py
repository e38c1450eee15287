"""Timing models as parts: found by name, replaced in a few lines, read without compilers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import Cost, TimingModel, timed_cores, timing_for
from scons_tinyml.records.errors import UnsupportedError


@pytest.mark.parametrize("core", timed_cores())
def test_every_core_has_a_version(core):
    model = timing_for(core)
    assert model.core == core
    assert model.version.startswith(core)


@pytest.mark.parametrize("core", timed_cores())
def test_every_core_tells_its_rules_and_their_sources(core):
    notes = timing_for(core).rules
    assert len({note.name for note in notes}) == len(notes) > 5
    for note in notes:
        assert note.text and note.source, note.name
        assert not (note.fitted and "measured" in note.source), note.name


def test_a_core_with_fpu_is_the_same_core():
    assert timing_for("cortex-m4f") is timing_for("cortex-m4")


def test_an_unknown_core_suggests_the_nearest():
    with pytest.raises(
        UnsupportedError, match=r"no timing model for core 'cortex-m5'\n  did you mean 'cortex-m"
    ):
        timing_for("cortex-m5")


def test_reading_versions_imports_no_compiler():
    code = (
        "import sys; import scons_tinyml.emulator.machine;"
        "from scons_tinyml.emulator.timing import timing_for;"
        "timing_for('cortex-m3'), timing_for('cortex-m4');"
        "print(sorted({'numba', 'unicorn', 'numpy', 'capstone', 'elftools'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "[]\n"


FLAT = TimingModel(
    core="cortex-m4",
    version="flat-1",
    cost=lambda _: Cost(cycles=7),
)


def test_another_model_takes_its_place(make_board, build):
    made = Machine(make_board(), model=FLAT)
    made.load(build("start: nop\n mul r1, r2, r3\n sdiv r1, r2, r3\n end: nop"))
    made.run_until(made.symbol("end"))
    assert made.cycles == 2 + 3 * 7


def test_the_same_cycles_every_time(make_board, build):
    source = """
    start: ldr r0, =200
    ldr r1, =0x08000000
    1: ldr r2, [r1], #12
    udiv r3, r2, r0
    cmp r3, r0
    it hi
    subhi r3, r3, r2
    subs r0, #1
    bne 1b
    end: b end
    .ltorg
    """
    flash = {"wait_states": 4, "prefetch": True, "data_cache": {"size": "256 B", "line": "32 B", "ways": 8}}
    counts = set()
    made = Machine(make_board(**flash))
    for _ in range(3):
        made.load(build(source))
        made.run_until(made.symbol("end"))
        counts.add((made.cycles, made.instructions))
        made.reset()
        made.run_until(made.symbol("end"))
        counts.add((made.cycles, made.instructions))
    assert len(counts) == 1
