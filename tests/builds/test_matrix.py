"""`scons matrix`: each board is judged by the nodes of its own build, and none stops the others."""

import json
import os
import shutil
import signal

import jsonschema
import pytest

from scons_tinyml.records.schema import json_schema
from support.networks import SMALL

MATRIX = ("matrix", "model=small.tflite")


def matrix(project):
    found = json.loads((project.folder / "build" / "matrix" / "small.json").read_text())
    jsonschema.validate(found, json_schema("matrix"))
    return found


def verdicts(project):
    return {board["board"]: board["verdict"] for board in matrix(project)["boards"]}


def rows(found):
    """Return the lines of the table without its header."""
    lines = [line.split() for line in found.output.splitlines()]
    start = next(place for place, line in enumerate(lines) if line[:2] == ["board", "core"])
    return [line for line in lines[start + 1 :] if line and not line[0].endswith((":", "::error"))]


@pytest.fixture
def both(on_stm32l1, tmp_path):
    """Return a project that is built for two boards."""
    return on_stm32l1.project.copy(tmp_path / "both")


def test_what_was_built_is_judged_and_nothing_is_built(both):
    images = both.published("stm32l4", "small")
    found = both.scons(*MATRIX, "boards=stm32l4,stm32l1")
    assert (found.code, found.stages, found.errors) == (0, [], "")
    assert [line[0] for line in rows(found)] == ["stm32l4", "stm32l1"]
    assert verdicts(both) == {"stm32l4": "pass", "stm32l1": "pass"}
    for board in matrix(both)["boards"]:
        report = both.report(board["board"], "small")
        assert {name: board[name] for name in ("flash_bytes", "ram_bytes", "latency_s", "limits")} == {
            name: report[name] for name in ("flash_bytes", "ram_bytes", "latency_s", "limits")
        }
    assert both.published("stm32l4", "small") == images


def test_a_board_over_budget_has_a_row_and_no_image(both):
    middle_s = sum(both.report(name, "small")["latency_s"]["high"] for name in ("stm32l1", "stm32l4")) / 2
    arguments = (*MATRIX, "boards=stm32l1,stm32l4", f"latency={middle_s * 1e6:.0f}us")
    step = both.folder / "step.md"
    here = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step)}
    found = both.scons("-j2", *arguments, environment=here)
    assert (found.code, found.stages) == (2, ["plan", "report"])
    assert (
        found.output.count("::error ")
        == found.output.count("::error title=small on stm32l1%3A latency::")
        == 1
    )
    assert step.read_text() == (both.folder / "build" / "matrix" / "small.md").read_text() + "\n"
    assert verdicts(both) == {"stm32l1": "fail", "stm32l4": "pass"}
    [reason] = matrix(both)["boards"][0]["reasons"]
    assert f"\n  stm32l1: {reason}\n" in found.output
    assert "small.elf" not in both.published("stm32l1", "small")
    assert "small.elf" not in both.published("stm32l4", "small"), "its report is a new one"
    again = both.scons(*arguments)
    assert (again.code, again.stages, rows(again)) == (2, [], rows(found))
    single = both.scons(*SMALL, arguments[-1])
    assert (single.code, single.stages) == (0, ["judge"])


def test_boards_that_cannot_be_judged_stop_no_other(both):
    both.edit("boards/stm32f103.toml", 'clock = "72 MHz"', 'clock = "0 MHz"')
    for name in ("reference/softmax_int8", "cmsis_nn/softmax_int8"):
        both.edit(f"kernels/{name}.toml", 'type = "int8"', 'type = "int8"\nrequires = ["dsp"]')
    found = both.scons(*MATRIX, "boards=stm32f103,stm32l1,stm32l4")
    assert found.code == 1
    assert verdicts(both) == {"stm32f103": "not judged", "stm32l1": "not judged", "stm32l4": "pass"}
    assert (
        "\n  stm32f103: boards/stm32f103.toml: clock: found 0; input should be greater than 0\n"
        in found.output
    )
    assert "\n  stm32l1: small: layer 4 (softmax_4): no kernel can run SOFTMAX on " in found.output
    assert "stm32l1: tinyml: error: small: layer 4 (softmax_4)" in found.errors
    assert "small.elf" not in both.published("stm32l1", "small"), "it is not what the kernels make now"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("target=stm32l4",),
            "command line: target: a matrix has many boards\n  boards=a,b names some of them",
        ),
        (("boards=stm32l44",), "command line: boards: unknown board 'stm32l44'; did you mean 'stm32l4'?"),
        (("flash=much",), "command line: flash: 'much' is not a number with a unit"),
    ],
)
def test_what_is_wrong_for_every_board_is_told_at_once(on_stm32l4, arguments, message):
    found = on_stm32l4.project.scons(*MATRIX, *arguments)
    assert (found.code, found.stages) == (1, [])
    assert message in found.errors


def test_a_dry_run_judges_nothing(on_stm32l4):
    found = on_stm32l4.project.scons("-n", *MATRIX, "boards=stm32l4")
    assert found.code == 0
    assert "verdict" not in found.output
    assert not (on_stm32l4.project.folder / "build" / "matrix").exists()


def test_ctrl_c_judges_nothing(both):
    shutil.rmtree(both.folder / "build" / "stm32l4")
    shutil.rmtree(both.folder / ".tinyml")
    process = both.start(*MATRIX, "boards=stm32l4,stm32l1")
    assert any(line.startswith("measure ") for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "verdict" not in output
    assert not (both.folder / "build" / "matrix").exists()
