"""What a machine takes of this computer's memory, and when it gives it back."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.emulator.session import RunRequest, run_session

PROGRAM = "start: movs r0, #1\nloop: adds r0, #1\n b loop"
MACHINES = 40
MOST_MIB = 100
MANY = f"""\
import sys
from pathlib import Path
from scons_tinyml.emulator.machine import Machine
from support.assembly import make_board


def resident_mib():
    text = Path("/proc/self/smaps_rollup").read_text()
    return int(text.partition("Rss:")[2].split()[0]) / 1024


def run():
    machine = Machine(make_board("cortex-m4"), timing=sys.argv[2] == "True")
    machine.load(Path(sys.argv[1]))
    machine.run(max_instructions=1000)


run()
before = resident_mib()
for _ in range({MACHINES}):
    run()
print(resident_mib() - before)
"""


@pytest.fixture
def no_collector():
    gc.disable()
    yield
    gc.enable()


class Parts:
    """What a machine holds: Unicorn's structure, and the memory of the board."""

    def __init__(self, machine):
        self._handle = machine._engine._uc._uch
        mapped = [kept for kept in machine._engine._kept if getattr(kept, "dtype", None) == np.uint8]
        self._memory = [weakref.ref(memory) for memory in mapped]
        assert self.kept == (True, 3)  # flash, RAM, and the page that calls return to

    @property
    def kept(self):
        return bool(self._handle), sum(memory() is not None for memory in self._memory)


@pytest.mark.parametrize("timing", [True, False])
@pytest.mark.usefixtures("no_collector")
def test_a_machine_that_goes_gives_everything_back_at_once(machine, timing):
    made = machine(PROGRAM, timing=timing)
    made.run(max_instructions=100)
    parts = Parts(made)
    del made
    assert parts.kept == (False, 0)


@pytest.mark.usefixtures("no_collector")
def test_so_does_one_that_was_measured(machine):
    made = machine(PROGRAM)
    made.on_output = print
    parts = Parts(made)
    run_session(made, RunRequest(max_instructions=1000, profile=True))
    del made
    assert parts.kept == (False, 0)


@pytest.mark.usefixtures("no_collector")
def test_another_image_takes_the_place_of_the_first(machine, build):
    made = machine(PROGRAM)
    parts = Parts(made)
    made.load(build(PROGRAM))
    assert parts.kept == (False, 0)
    made.run(max_instructions=100)
    assert made.instructions >= 100


@pytest.mark.parametrize("timing", [True, False])
def test_a_process_of_many_machines_keeps_its_size(build, timing):
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "site_scons")]
    code = f"import sys; sys.path[:0] = {paths}\n{MANY}"
    command = [sys.executable, "-c", code, str(build(PROGRAM)), str(timing)]
    grown = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert float(grown) < MOST_MIB
