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
from scons_tinyml.emulator.timing import Cost, TimingModel, timed_cores, timing_for
from scons_tinyml.emulator.timing.native import compiled, flat, objects, shipped
from scons_tinyml.records.errors import InternalError, MissingExtra
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
def test_the_first_run_of_a_second_image_needs_no_compiler(build, options):
    """Code is kept by core: neither the image nor its board is part of the key."""
    code = (
        "import sys; from pathlib import Path;"
        "from scons_tinyml.emulator.machine import Machine; from support.assembly import make_board;"
        f"machine = Machine(make_board('cortex-m4', wait_states=int(sys.argv[2])){options});"
        "machine.load(Path(sys.argv[1]));"
        "machine.run_until(machine.symbol('end')); print(machine.instructions, 'numba' in sys.modules)"
    )
    first, second = build("start: nop\nend: b end"), build("start: movs r0, #2\n movs r1, #3\nend: b end")
    for wait_states, image in enumerate((first, second)):
        done = subprocess.run(
            [sys.executable, "-c", code, str(image), str(wait_states)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "HOME": str(first.parent)},
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


@pytest.fixture
def forgotten():
    """Native code of this process is looked for anew, before and after."""
    for function in (compiled.timing, compiled.counting):
        function.cache_clear()
    yield
    for function in (compiled.timing, compiled.counting):
        function.cache_clear()


@pytest.fixture
def in_wheel(tmp_path, monkeypatch, forgotten):  # noqa: ARG001
    """The native code of a wheel, as its build hook makes it."""
    for name, code in compiled.shipped_code().items():
        (tmp_path / name).write_bytes(code)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)


PROGRAM = "start: movs r0, #40\n push {r0}\nagain: ldr r2, [sp]\n subs r0, #1\n bne again\nend: b end"


def ran(build, core: str, timing: bool) -> tuple[int, int]:
    machine = Machine(make_board(core), timing=timing)
    machine.load(build(PROGRAM))
    machine.run_until(machine.symbol("end"))
    return machine.cycles, machine.instructions


@pytest.mark.slow
@pytest.mark.usefixtures("in_wheel")
def test_code_of_a_wheel_counts_the_same_without_numba(build, monkeypatch):
    runs = [(core, timing) for core in timed_cores() for timing in (True, False)]
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    found = [ran(build, core, timing) for core, timing in runs]
    monkeypatch.undo()
    compiled.timing.cache_clear()
    compiled.counting.cache_clear()
    assert found == [ran(build, core, timing) for core, timing in runs]


@pytest.mark.usefixtures("forgotten")
def test_code_that_has_to_be_compiled_needs_an_extra(build, monkeypatch):
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra) as caught:
        ran(build, "cortex-m4", timing=True)
    assert str(caught.value) == (
        "the native code 'three_stage' of the emulator has to be compiled, and numba is not installed\n"
        "  pip install 'scons-tinyml[timing]'; in a checkout ./bootstrap"
    )


def test_code_of_other_sources_is_not_called(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    (tmp_path / shipped.file_name("scoreboard", "a" * 64)).touch()
    assert shipped.find("scoreboard", "b" * 64) is None
    assert shipped.find("scoreboard", "a" * 64) is not None


@pytest.mark.parametrize(
    "body",
    ["%v = call i64 @other()\n ret i64 %v", "ret i64 ptrtoint (ptr @place to i64)"],
    ids=["call", "address"],
)
def test_flat_code_refers_to_nothing_outside_of_it(body):
    text = (
        f"declare i64 @other()\n@place = external global i64\ndefine i64 @{objects.SYMBOL}() {{\n {body}\n}}"
    )
    with pytest.raises(InternalError, match=r"native code refers to '(other|place)' outside of it"):
        flat.flat_code([text])
