"""Native code of the timing models: compiled once, found again, and anybody's model may bring its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from elftools.elf.elffile import ELFFile

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.timing import Band, Cost, TimingModel, timed_cores, timing_for
from scons_tinyml.emulator.timing.native import compiled, objects
from scons_tinyml.records.errors import InternalError
from support.assembly import make_board

OWN_MODEL = '''
from scons_tinyml.emulator.timing.native.calls import native

@native
def settle(state, micro):
    """Nothing is under way between instructions."""

@native
def step(state, micro, row, row_address, address, executed):
    """As many cycles as the cost says, and one more for each that is fetched out of order."""
    micro.now += row.cycles + (1 if address != micro.expected else 0)
    micro.expected = address + row.size_bytes
'''


class OneMoreStep:
    """The steps of the package, as if own_timing_model.py lay beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, name: str) -> bool:
        return self.file(name).is_file()

    def file(self, name: str) -> Path:
        return self._folder / f"{name}.py"

    def load(self, name: str) -> ModuleType:
        return import_module(name)


def a_model(native: str) -> TimingModel:
    return TimingModel(
        core="cortex-m4",
        version="own-1",
        band=Band(low=-0.5, high=0.5, basis="three cycles for everything: for tests"),
        cost=lambda _: Cost(cycles=3),
        native=native,
    )


def test_a_model_brings_its_own_native_step(build, tmp_path, monkeypatch):
    tmp_path.joinpath("own_timing_model.py").write_text(OWN_MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(compiled, "STEPS", OneMoreStep(tmp_path))
    machine = Machine(make_board("cortex-m4"), model=a_model("own_timing_model"))
    machine.load(build("start: movs r0, #2\nagain: subs r0, #1\n bne again\nend: b end"))
    machine.run_until(machine.symbol("end"))
    jumps = 2  # to `start`, and back once
    assert (machine.cycles, machine.instructions) == (3 * 5 + jumps, 5)


def test_a_step_that_is_not_there_is_told(build):
    machine = Machine(make_board("cortex-m4"), model=a_model("no_such_timing_model"))
    with pytest.raises(InternalError, match="a timing model names the native step no_such_timing_model"):
        machine.load(build("start: nop\nend: b end"))


@pytest.mark.parametrize("options", ["", ", timing=False"])
def test_a_second_process_needs_no_compiler(build, options):
    code = (
        "import sys; from pathlib import Path;"
        "from scons_tinyml.emulator.machine import Machine; from support.assembly import make_board;"
        f"machine = Machine(make_board('cortex-m4'){options}); machine.load(Path(sys.argv[1]));"
        "machine.run_until(machine.symbol('end')); print(machine.instructions, 'numba' in sys.modules)"
    )
    image = build("start: movs r0, #2\n movs r1, #3\nend: b end")
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, str(image)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "HOME": str(image.parent)},
        )
    assert done.stdout == "2 False\n"


def test_object_code_is_kept_until_what_it_is_made_of_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "cache_folder", lambda: tmp_path)
    made = []

    def build() -> bytes:
        made.append(1)
        return b"code %d" % len(made)

    assert [objects.object_code("f", digest, build) for digest in ("a", "a", "b", "a")] == [
        b"code 1",
        b"code 1",
        b"code 2",
        b"code 1",
    ]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "cache_folder", lambda: tmp_path / "missing")
    assert objects.object_code("f", "a", lambda: b"code") == b"code"


@pytest.mark.parametrize("core", timed_cores())
def test_object_code_stands_alone(core):
    """numba's own disk cache linked functions of one model to those of another, compiled by another process."""
    model = timing_for(core)
    compiled.timing(model.native)
    newest = max(objects.cache_folder().glob(f"{model.native}-*.o"), key=lambda path: path.stat().st_mtime)
    with newest.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        wanted = {symbol.name for symbol in table.iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"}
    assert wanted <= {"", "memset", "memcpy", "memmove"}
