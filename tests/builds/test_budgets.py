"""Builds over budget: the report says by how much, the exit code is 2, and no image is left."""

import json
import re
import shutil

import pytest

from scons_tinyml.reports.formats import file_names
from support.networks import SMALL

SHIPPABLE = {".elf", ".bin", ".hex", ".a", ".h", ".map"}


def shippable(project, target="stm32l4", model="small"):
    """Return the names of files that look like a result."""
    return {path.name for path in project.results(target, model).iterdir() if path.suffix in SHIPPABLE}


def images_anywhere(project, target="stm32l4"):
    """Return the names of images, except archives of kernel sets, which have no part of the network."""
    folder, sets = project.folder / "build" / target, {"cmsis_nn.a", "reference.a"}
    return {path.name for path in folder.rglob("*") if path.suffix in SHIPPABLE - {".h"}} - sets


def test_over_budget_leaves_a_report_and_no_image(project):
    assert shippable(project)  # an earlier build has passed
    earlier = shutil.copy(
        project.results("stm32l4", "small") / "report.json", project.folder / "earlier.json"
    )
    rows = project.rows()
    found = project.scons(*SMALL, "flash=3KiB", "latency=0.5ms")
    assert (found.code, found.stages) == (2, ["plan", "report", "judge"])
    assert shippable(project) == images_anywhere(project) == set()
    report = project.report("stm32l4", "small")
    assert report["verdict"] == "fail"
    findings = {finding["kind"]: finding for finding in report["findings"]}
    assert set(findings) == {"flash", "latency"}
    over = report["flash_bytes"] - 3 * 1024
    assert (findings["flash"]["over_by"], findings["flash"]["limit"]) == (over, 3 * 1024)
    assert findings["latency"]["over_by"] == pytest.approx(report["latency_s"]["high"] - 0.5e-3)
    assert all(finding["heaviest"] and finding["advice"] for finding in findings.values())
    assert report["remedies"]["kernels"]["outcome"] == "misses"
    for form, name in file_names().items():  # all tell of the failure but the overlay of a graph
        text = (project.results("stm32l4", "small") / name).read_text()
        assert form == "model_explorer" or "3.0 KiB" in text, name

    again = project.scons(*SMALL, "flash=16KiB", "latency=2ms")
    assert (again.code, again.stages) == (0, ["plan", "report", "judge"]), again.errors
    assert {"small.elf", "small.bin", "small.hex", "libsmall.a"} <= shippable(project)
    assert project.rows() == rows

    limits = ("flash=16KiB", "latency=2ms", f"baseline={earlier.name}")
    compared = project.scons("compare", *SMALL, *limits, "tolerances=flash:0,latency:0")
    assert (compared.code, compared.stages) == (0, ["compare"]), compared.errors
    assert "no layer has changed" in compared.output
    assert (
        json.loads((project.results("stm32l4", "small") / "comparison.json").read_text())["verdict"] == "pass"
    )
    assert shippable(project)  # the report is still theirs


def test_message_says_by_how_much_and_what_would_help(project):
    found = project.scons(*SMALL, "ram=600B")
    report = project.report("stm32l4", "small")
    [finding] = report["findings"]
    over = report["ram_bytes"] - 600
    heaviest = ", ".join(f"{part['name']} {part['percent']:.1f} %" for part in finding["heaviest"])
    near, *others = report["remedies"]["boards"]
    assert (near["board"], near["outcome"]) == ("stm32g474", "not known")  # its rows are those of the stm32l4
    assert {board["outcome"] for board in others} == {"not measured"}
    unmeasured = [board["board"] for board in others]
    command = f"scons measure target={unmeasured[0]} model=small.tflite"
    assert found.code == 2
    assert re.sub(r"(?m)^  (samples run|other boards) \d.*\n", "", found.errors) == (
        "tinyml: error: small on stm32l4 does not keep a limit; no image is left\n"
        f"  {finding['message']}\n    set by command line\n    heaviest: {heaviest}\n    try: {finding['advice']}\n"
        f"  kernels: {report['remedies']['kernels']['text']}\n"
        f"  boards of which it is not known: {near['board']} ({near['text']})\n"
        f"  boards not measured: {', '.join(unmeasured)} ({command})\n"
        "  report: build/stm32l4/small/report.json\n"
        "scons: *** [build/stm32l4/small/small.elf] Error 2\n"
    )
    assert f"{over} B" in finding["message"]


def test_proposed_kernels_really_pass(on_stm32l1, tmp_path):
    """The reference kernels are too slow, others are not."""
    project = on_stm32l1.project.copy(tmp_path / "project")
    fast = project.report("stm32l1", "small")["latency_s"]["high"]
    arguments = ("target=stm32l1", "model=small.tflite", f"latency={fast * 1.2 * 1e6:.0f}us")
    found = project.scons(*arguments, "kernels=reference")
    assert found.code == 2
    kernels = project.report("stm32l1", "small")["remedies"]["kernels"]
    assert (kernels["outcome"], kernels["options"]) == ("passes", "kernels=all")
    assert f"try: {kernels['text']}\n" in found.errors
    again = project.scons(*arguments, "kernels=all")
    assert again.code == 0, again.errors


def test_a_proposed_board_really_passes(on_stm32l1, tmp_path):
    """Both are measured, and one is too slow."""
    project = on_stm32l1.project.copy(tmp_path / "project")
    slow, fast = (project.report(target, "small") for target in ("stm32l1", "stm32l4"))
    limit = (slow["latency_s"]["high"] + fast["latency_s"]["high"]) / 2
    found = project.scons("target=stm32l1", "model=small.tflite", f"latency={limit * 1e6:.0f}us")
    assert found.code == 2
    assert "would pass, the one with the least memory first:\n    stm32g474: " in found.errors
    boards = {board["board"]: board for board in project.report("stm32l1", "small")["remedies"]["boards"]}
    passing = [name for name, board in boards.items() if board["outcome"] == "would pass"]
    assert passing == ["stm32g474", "stm32l4"]  # they have the same rows, and the former has less memory
    assert {board["outcome"] for name, board in boards.items() if name not in passing} == {"not measured"}
    foreseen = boards["stm32l4"]
    assert foreseen["latency_s"] == pytest.approx(fast["latency_s"]["high"], rel=0.02)
    assert foreseen["ram_bytes"] >= fast["ram_bytes"]
    assert foreseen["flash_bytes_at_most"] >= fast["flash_bytes"]


def test_failing_again_has_the_same_exit_code(project):
    assert [project.scons(*SMALL, "flash=3KiB").code for _ in range(2)] == [2, 2]
    assert shippable(project) == set()


def test_build_that_fails_before_its_verdict_leaves_no_old_image(project):
    project.edit("kernels/reference/softmax_int8.c", "#include", "no C at all\n#include")
    found = project.scons(*SMALL)
    assert found.code == 1
    assert "softmax_int8.c" in found.errors
    assert shippable(project) == set()
