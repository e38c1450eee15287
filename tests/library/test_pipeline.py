"""The pipeline without SCons gives what a build gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml import library
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.firmware.toolchain import COMPILER
from support.networks import small_int8
from support.tflite_builder import to_tflite

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    return library.open_workspace(ROOT / "boards" / "stm32l4.toml", folder, sets=("reference",))


@pytest.fixture(scope="module")
def network(workspace):
    file = workspace.folder / "small.tflite"
    file.write_bytes(to_tflite(small_int8()))
    return library.load_network(file, workspace.folder)


def test_a_network_becomes_firmware_with_a_verdict(workspace, network):
    firmware = library.build_firmware(network, workspace, limits="flash=64KiB")
    report = firmware.report
    assert report.verdict == "pass"
    assert report.bit_exact.differing_bytes == 0
    assert {layer.kernel for layer in report.layers if layer.kernel} == {
        "reference/conv_2d_int8.ram",
        "reference/depthwise_conv_2d_int8",
        "reference/fully_connected_int8.ram",
        "reference/softmax_int8",
    }
    assert report.flash_bytes == firmware.sizes.flash_bytes <= firmware.elf.stat().st_size
    assert report.cycles == firmware.run.cycles
    again = library.build_firmware(network, workspace, limits="flash=64KiB")
    assert again.report == report


def test_over_budget_is_a_verdict_and_no_error(workspace, network, tmp_path):
    firmware = library.build_firmware(network, workspace, limits="flash=1KiB")
    report = firmware.report
    assert (report.verdict, report.exit_code) == ("fail", 2)
    with pytest.raises(InputError, match="small on stm32l4 does not keep its limits, so it is not exported"):
        library.export_firmware(network, workspace, firmware, "make", tmp_path / "make")
    assert not (tmp_path / "make").exists()
    library.export_firmware(network, workspace, firmware, "make", tmp_path / "make", over_budget=True)
    manifest = json.loads((tmp_path / "make" / "manifest.json").read_text())
    jsonschema.validate(manifest, json_schema("export"))
    assert json.loads((tmp_path / "make" / "report.json").read_text())["verdict"] == "fail"
    kernels = {
        file["original"]["path"] for file in manifest["files"] if file["original"] and file["optimize"]
    }
    assert kernels == {
        "conv_2d_int8.c",
        "depthwise_conv_2d_int8.c",
        "fully_connected_int8.c",
        "softmax_int8.c",
    }
    with pytest.raises(InputError, match="unknown build system 'mke'; did you mean 'make'"):
        library.export_firmware(network, workspace, firmware, "mke", tmp_path / "make")


def test_wrong_limits_are_told(workspace, network):
    with pytest.raises(InputError, match="flash"):
        library.build_firmware(network, workspace, limits="flash=much")


def test_it_does_not_need_scons():
    code = (
        "import sys, scons_tinyml.library; print([name for name in sys.modules if name.startswith('SCons')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "site_scons"
    )
    assert done.stdout.strip() == "[]"
