"""Projects of other people: their folders and names, their sources, their main."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import read_board
from scons_tinyml.reports.formats import file_names
from scons_tinyml.stages.firmware.toolchain import LINK_FLAGS, core_flags
from scons_tinyml.stages.oracle import Oracle
from support.networks import SMALL, SMALL_KERNELS, small_int8
from support.project import ROOT, Project
from support.tflite_builder import to_tflite

MAIN = """\
#include "small.h"

int8_t result[SMALL_OUTPUT_ELEMENTS];

__attribute__((noinline)) void finished(void)
{
    __asm volatile("");
}

int main(void)
{
    int8_t *input = small_input();
    for (int i = 0; i < SMALL_INPUT_ELEMENTS; i++) {
        input[i] = (int8_t)(i * 37);
    }
    small_invoke();
    for (int i = 0; i < SMALL_OUTPUT_ELEMENTS; i++) {
        result[i] = small_output()[i];
    }
    finished();
}
"""


def test_names_that_are_no_identifiers(on_stm32l4, tmp_path):
    """Folder and network have spaces in their names, and the network is not beside the SConstruct."""
    project = Project.of_others(tmp_path / "some where", cache=on_stm32l4.project.cache)
    project.take_kernels(*SMALL_KERNELS)
    (project.folder / "my nets").mkdir()
    (project.folder / "my nets" / "res net-8.tflite").write_bytes(to_tflite(small_int8()))
    shutil.copytree(on_stm32l4.project.folder / ".tinyml", project.folder / ".tinyml")
    found = project.scons("target=stm32l4", "model=my nets/res net-8.tflite")
    assert found.code == 0, found.errors
    assert project.rows() == on_stm32l4.project.rows()  # the layers were measured under another name
    files = project.published("stm32l4", "res net-8")
    assert set(files) == {
        "libres net-8.a",
        "report.json",
        "res net-8.bin",
        "res net-8.elf",
        "res net-8.hex",
        "res net-8.map",
        "res_net_8.h",
        *file_names().values(),
    }
    assert b"void res_net_8_invoke(void);" in files["res_net_8.h"]
    assert files["res net-8.bin"] == on_stm32l4.project.published("stm32l4", "small")["small.bin"]
    assert project.scons("target=stm32l4", "model=my nets/res net-8.tflite").stages == []


def test_shipped_kernels_leave_no_place_of_this_machine(tmp_path):
    project = Project.of_others(tmp_path / "theirs")
    (project.folder / "small.tflite").write_bytes(to_tflite(small_int8()))
    found = project.scons(*SMALL, "build/stm32l4/small/work/reference.a")
    assert found.code == 0, found.errors
    content = (project.folder / "build/common/objects/cortex-m4f/reference/softmax_int8.o").read_bytes()
    assert b"kernels/reference/softmax_int8.c" in content
    assert str(ROOT).encode() not in content
    assert str(project.folder).encode() not in content


@pytest.fixture
def checkout(on_stm32l4, tmp_path):
    """Return a checkout of CMSIS-NN."""
    fetched = on_stm32l4.project.folder / "build" / "common" / "external" / "cmsis_nn"
    return shutil.copytree(fetched, tmp_path / "my CMSIS-NN")


def test_checkout_of_cmsis_nn_instead_of_the_wheel(project, checkout):
    before, rows = project.published("stm32l4", "small"), project.rows()
    option = f"CMSIS_NN_ROOT={checkout}/"
    found = project.scons(*SMALL, option)
    assert found.code == 0, found.errors
    assert "fetch" not in found.stages
    assert "arm_softmax_s8.o" in found.made("compile") and "softmax_int8.o" in found.made("compile")
    after = project.published("stm32l4", "small")
    assert after["small.bin"] == before["small.bin"]
    assert str(checkout).encode() not in after["small.elf"]
    assert project.rows() == rows  # keys do not depend on the folder of the sources
    assert project.scons(*SMALL, option).stages == []

    header = checkout / "Include" / "arm_nnsupportfunctions.h"
    header.write_text(f"/* mine */\n{header.read_text()}")
    assert "arm_softmax_s8.o" in project.scons("-n", *SMALL, option).made("compile")


def test_a_checkout_of_another_revision_takes_no_rows_of_the_wheel(project, checkout):
    """Its code is the same byte for byte: rows are told apart by sources, not by what they become."""
    rows, image = project.rows(), project.published("stm32l4", "small")["small.bin"]
    project.edit(checkout / "Include" / "arm_nnfunctions.h", "V.12.5.1", "V.12.5.2")
    found = project.scons(*SMALL, f"CMSIS_NN_ROOT={checkout}")
    assert found.code == 0, found.errors
    assert project.published("stm32l4", "small")["small.bin"] == image
    added = {digest: kernel for digest, (kernel, _) in project.rows().items() if digest not in rows}
    of_wheel = [kernel for kernel, _ in rows.values() if kernel.startswith("cmsis_nn/")]
    assert of_wheel and set(added.values()) <= set(of_wheel)
    assert project.report("stm32l4", "small")["provenance"]["kernel_sources"]["cmsis_nn"] == (
        "a checkout, CMSIS_NN_ROOT=, revision 12.5.2"
    )
    assert project.scons(*SMALL).code == 0
    assert project.rows().keys() == rows.keys() | added.keys()  # the wheel's rows are still there


def test_files_that_a_revision_lacks_are_asked_of_others_alone(project, checkout):
    missing = "Source/NNSupportFunctions/arm_s8_to_s16_unordered_with_offset.c"
    (checkout / missing).unlink()
    option = f"CMSIS_NN_ROOT={checkout}"
    project.edit(checkout / "Include" / "arm_nnfunctions.h", "V.12.5.1", "V.11.2.0")
    assert project.scons("-n", *SMALL, option).code == 0
    project.edit(checkout / "Include" / "arm_nnfunctions.h", "V.11.2.0", "V.11.3.0")
    found = project.scons("-n", *SMALL, option)
    assert (found.code, found.errors) == (
        1,
        f"tinyml: error: command line: CMSIS_NN_ROOT: {checkout} has no {missing}, "
        "which cmsis_nn is compiled from\n",
    )


def test_library_serves_a_main_of_the_users_own(project, tmp_path):
    folder = project.results("stm32l4", "small")
    board = read_board(project.folder / "boards" / "stm32l4.toml")
    (tmp_path / "main.c").write_text(MAIN)
    elf = tmp_path / "own.elf"
    own = [str(tmp_path / "main.c"), str(folder / "libsmall.a"), str(folder.parent / "board" / "startup.o")]
    script = ["-T", str(folder / "src" / "link.ld")]
    command = ["arm-none-eabi-gcc", *core_flags(board), "-Werror", "-Wall", "-O1", f"-I{folder}", *LINK_FLAGS]
    subprocess.run([*command, *script, *own, "-lm", "-o", str(elf)], check=True)

    machine = Machine(board, timing=False)
    machine.load(elf)
    machine.run_until(machine.symbol("finished"))
    result = machine.read(machine.symbol("result"), 5)
    values = (np.arange(9 * 9 * 3) * 37).astype(np.int8).reshape(1, 9, 9, 3)
    [expected] = Oracle(to_tflite(small_int8())).run([values])
    assert result == expected.tobytes()
    assert len(set(result)) > 1


def test_overview_lists_what_a_project_adds(tmp_path):
    project = Project.of_others(tmp_path / "theirs")
    (project.folder / "models" / "mine").mkdir(parents=True)
    (project.folder / "models" / "mine" / "model.toml").write_text('task = "none"\nsource = "a.tflite"\n')
    found = project.scons()
    assert (found.code, found.errors) == (0, "")
    assert re.search(r"^Boards +.*stm32l1,\s+stm32l4", found.output, re.MULTILINE)
    assert re.search(r"^Models +.*catdetector.*mine", found.output, re.MULTILINE)
    assert found.output == project.scons("-h").output.partition("\nUse scons -H")[0]
