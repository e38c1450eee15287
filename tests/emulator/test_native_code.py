"""Native code of the timing models: compiled once, found again, and anybody's model may bring its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import scons_tinyml
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
    machine = Machine(make_board("cortex-m4"), model=a_model("own_timing_model"))
    machine.load(build("start: movs r0, #2\nagain: subs r0, #1\n bne again\nend: b end"))
    machine.run_until(machine.symbol("end"))
    jumps = 2  # to `start`, and back once
    assert (machine.cycles, machine.instructions) == (3 * 5 + jumps, 5)


def test_a_module_that_is_not_there_is_told(build):
    machine = Machine(make_board("cortex-m4"), model=a_model("no_such_timing_model"))
    with pytest.raises(InternalError, match="a timing model names the module no_such_timing_model"):
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


def test_code_of_sources_that_changed_meanwhile_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "cache_folder", lambda: tmp_path)
    assert objects.object_code("f", "a", lambda: b"code", keep=lambda: False) == b"code"
    assert list(tmp_path.iterdir()) == []


def test_a_checkout_elsewhere_finds_the_code_of_this_one(tmp_path):
    """By content: neither the folder nor the time of its files counts."""
    digest = "from scons_tinyml.emulator.timing.native import compiled; print(compiled._IMPORTED)"
    package = Path(scons_tinyml.__file__).parent
    shutil.copytree(
        package, tmp_path / "scons_tinyml", ignore=shutil.ignore_patterns("__pycache__", "stages")
    )
    os.utime(tmp_path / "scons_tinyml/emulator/timing/native/replay.py", (0, 2**33))
    found = [
        subprocess.run(
            [sys.executable, "-c", digest],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join([str(folder), *sys.path]), "HOME": str(tmp_path)},
        ).stdout
        for folder in (package.parent, tmp_path)
    ]
    assert found[0] == found[1] != ""


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


def test_the_stage_compiles_with_progress_and_only_once(tmp_path):
    stamp = tmp_path / "stamp.json"
    said = [
        subprocess.run(
            [
                sys.executable,
                "-m",
                "scons_tinyml.stages",
                "native_code",
                "--core",
                "cortex-m3",
                "--stamp",
                stamp,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        ).stderr.splitlines()
        for _ in range(2)
    ]
    assert said[0][0] == "  native code of the emulator is compiled for cortex-m3, once on this machine"
    assert re.fullmatch(r"  native code of the emulator (\d+)/\1", said[0][-1])
    assert said[1] == []
    assert json.loads(stamp.read_text())["step"] == timing_for("cortex-m3").native
    assert len(list(tmp_path.glob("scons-tinyml/native/*.o"))) == 1
