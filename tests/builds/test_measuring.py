"""`scons measure`: all kernels in all placements, each once, even after interruptions."""

import json
import os
import signal
import sqlite3
import time

import jsonschema
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import placements
from scons_tinyml.records.schema import json_schema
from support.networks import SMALL, SMALL_KERNELS

MEASURE = ("measure", "target=stm32l1", "model=small.tflite")
NAMES = ["default", "code in RAM", "weights in RAM", "weights in RAM + code in RAM"]
PATIENCE_S = 300


def wait_for_rows(project, count):
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        try:
            if len(project.rows()) >= count:
                return
        except sqlite3.Error:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not {count} rows within {PATIENCE_S} s")


def stop(project, count, how):
    """Start measuring, send the signal `how` at `count` rows; return exit code and output."""
    process = project.start("-j2", *MEASURE)
    wait_for_rows(project, count)
    os.killpg(process.pid, how)
    output = process.communicate(timeout=PATIENCE_S)[0]
    return process.returncode, output


def is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_all_is_measured_once_with_ctrl_c_and_kill_on_the_way(on_stm32l1, on_stm32l4, tmp_path):
    """A build of another project shares the database at the same time."""
    project = on_stm32l1.project.copy(tmp_path / "project", costs=tmp_path / "costs.sqlite3")
    images = project.published("stm32l1", "small")
    kernels = len(SMALL_KERNELS)

    code, output = stop(project, 2, signal.SIGINT)
    assert code == 130, output
    assert " rows were measured, all of them are recorded\n" in output
    assert "tinyml: interrupted; run the same command again to go on\n" in output
    assert "Traceback" not in output
    kept = project.rows()
    assert 2 <= len(kept) < kernels * len(NAMES)

    stop(project, len(kept) + 3, signal.SIGKILL)
    after_kill = project.rows()
    assert len(after_kill) >= len(kept) + 3

    beside = on_stm32l4.project.copy(tmp_path / "beside", costs=project.costs).start(*SMALL)
    found = project.scons("-j2", *MEASURE)
    assert found.code == 0, found.errors
    assert beside.wait(PATIENCE_S) == 0, beside.communicate()[0]
    rows = project.rows()
    assert {digest: rows[digest] for digest in after_kill} == after_kill
    assert (
        f"small on stm32l1: {kernels * len(NAMES) - len(after_kill)} rows measured, 32 are there"
        in found.output
    )

    again = project.scons(*MEASURE)
    assert (again.code, again.stages) == (0, ["measure"])
    assert "small on stm32l1: nothing to measure, 32 rows are there\n" in again.output
    assert project.rows() == project.rows() | rows
    assert project.published("stm32l1", "small") == images
    assert_answer(project, images)


def assert_answer(project, images):
    answer = json.loads((project.results("stm32l1", "small") / "placements.json").read_text())
    jsonschema.validate(answer, json_schema("placements"))
    assert (answer["schema_version"], answer["measured_now"]) == (1, 0)
    found = {placement["name"]: placement for placement in answer["placements"]}
    assert list(found) == NAMES
    report = json.loads(images["report.json"])
    default, in_ram = found["default"], found["weights in RAM"]
    # The build has weights of some layers in RAM; here all are in flash, or all in RAM.
    chosen = {layer["kernel"] for layer in report["layers"] if layer["kernel"]}
    assert any(kernel.endswith(".ram") for kernel in chosen)
    assert in_ram["cycles"] < sum(layer["cycles"] or 0 for layer in report["layers"]) < default["cycles"]
    ram_bytes = report["ram"]["arena_bytes"] + report["ram"]["bss_bytes"]
    assert default["needs"]["ram_bytes"] == {"RAM": ram_bytes + answer["stack_bytes"]}
    assert in_ram["cycles"] < default["cycles"]
    assert in_ram["of_default"] == pytest.approx(in_ram["cycles"] / default["cycles"])
    assert in_ram["needs"]["ram_bytes"]["RAM"] > default["needs"]["ram_bytes"]["RAM"]
    assert [placement["measured"] for placement in found.values()] == [len(SMALL_KERNELS)] * 4
    assert [placement["missing"] for placement in found.values()] == [[]] * 4


def test_names_of_the_shipped_board(on_stm32l1):
    board = read_board(on_stm32l1.project.folder / "boards" / "stm32l1.toml")
    assert [placement.name for placement in placements(board)] == NAMES


def test_one_placement_is_measured_beside_the_default(project):
    before = project.rows()
    found = project.scons("measure", *SMALL, "placements=weights in SRAM2")
    assert found.code == 0, found.errors
    assert len(project.rows()) == len(before) + len(SMALL_KERNELS)
    assert "\n  weights in SRAM2  " in found.output and "SRAM1" not in found.output


def test_mistakes(on_stm32l4):
    project = on_stm32l4.project
    found = project.scons("measure", *SMALL, "placements=weights in SRAM3")
    assert found.code == 1
    assert (
        "placements: stm32l4 has no placement 'weights in SRAM3'; did you mean 'weights in SRAM"
        in found.errors
    )
    found = project.scons("measure", "target=stm32l4")
    assert (found.code, found.errors) == (
        1,
        "tinyml: error: command line: model: this project has no models\n",
    )
    found = project.scons("measure", "model=small.tflite", "costs=x")
    assert "tinyml: error: command line: target: missing: board to build for" in found.errors


def test_all_models_of_a_project(project):
    for name in ("one", "two"):
        folder = project.folder / "models" / name
        folder.mkdir(parents=True)
        (folder / "model.toml").write_text(f'description = "{name}"\nsource = "../../small.tflite"\n')
    found = project.scons("-n", "measure", "target=stm32l4")
    assert found.code == 0, found.errors
    assert found.made("measure") == ["placements.json"] * 2
    assert sorted(target for stage, target in found.built if stage == "measure") == [
        f"build/stm32l4/{name}/placements.json" for name in ("one", "two")
    ]
