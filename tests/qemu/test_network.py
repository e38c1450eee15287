"""A whole firmware as a build makes it, start-up code and all, in QEMU and in our machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.stages.firmware.toolchain import COMPILER, LINK_FLAGS, LINK_LIBRARIES, core_flags
from support.networks import SMALL_KERNELS, small_int8
from support.project import ROOT, Project
from support.qemu import is_installed, run_in_qemu
from support.tflite_builder import to_tflite

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs qemu-system-arm")

SENSOR = Path(__file__).parent / "firmware" / "sensor.c"
#: Boards whose flash and RAM are where a machine of QEMU has them.
MACHINES = {"stm32f407": "netduinoplus2", "stm32f103": "netduino2"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project.clone(tmp_path_factory.mktemp("clone") / "project", cache=tmp_path_factory.mktemp("cache"))
    made.take_kernels(*SMALL_KERNELS)
    (made.folder / "small.tflite").write_bytes(to_tflite(small_int8()))
    return made


def link(project: Project, board: Board, folder: Path) -> Path:
    """The generated files of a build with SENSOR in place of the weak hooks of its main."""
    built = project.results(board.name, "small")
    generated = [built.parent / "board" / "startup.c", built / "src" / "main.c"]
    flags = [*core_flags(board), "-O2", "-I", str(built / "src"), *LINK_FLAGS]
    files = [*generated, SENSOR, built / "libsmall.a"]
    elf = folder / "small.elf"
    command = [COMPILER, *flags, "-T", str(built / "src" / "link.ld"), *map(str, files), *LINK_LIBRARIES]
    subprocess.run([*command, "-o", str(elf)], check=True)
    return elf


@pytest.mark.parametrize("name", MACHINES)
def test_a_network_gives_the_output_of_qemu_with_as_many_instructions(
    project: Project, name: str, tmp_path: Path
) -> None:
    outcome = project.scons("-j2", f"target={name}", "model=small.tflite")
    assert outcome.code == 0, outcome.errors
    board = read_board(ROOT / "boards" / f"{name}.toml")
    elf = link(project, board, tmp_path)
    ran = run_in_qemu(MACHINES[name], elf)
    machine = Machine(board)
    machine.load(elf)
    stop = machine.run()
    assert (stop.reason, stop.exit_code) == ("exit", ran.exit_code) == ("exit", 0)
    assert len(ran.output) == 5
    assert machine.take_output("semihosting") == ran.output
    assert machine.instructions == ran.instructions
