"""Choice of kernels by budgets and `optimize=`: whole builds, with figures of linked images."""

import json
from itertools import pairwise

import jsonschema
import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.command import call
from scons_tinyml.stages.plan.footprint import FLASH_MARGIN_BYTES, read_footprint
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES
from support.networks import SMALL


def kernels(report):
    return [layer["kernel"] for layer in report["layers"] if layer["kernel"]]


def choice(report):
    return {layer["index"]: layer["kernel"] for layer in report["layers"] if layer["kernel"]}


def predicted(project, target="stm32l4"):
    """Return flash, and data with bss, as predicted for the kernels of the last build."""
    footprint = read_footprint(project.results(target, "small") / "footprint.json")
    chosen = choice(project.report(target, "small"))
    return footprint.flash(chosen), footprint.ram(chosen)


def assert_foreseen(project, target="stm32l4"):
    report = project.report(target, "small")
    flash_bytes, ram_bytes = predicted(project, target)
    assert abs(flash_bytes - report["flash_bytes"]) <= FLASH_MARGIN_BYTES
    found = report["ram"]["data_bytes"] + report["ram"]["bss_bytes"]
    assert 0 <= ram_bytes - found < ALIGNMENT_BYTES  # the last array in RAM is not filled up


@pytest.mark.parametrize(
    "choice", [(), ("kernels=reference",), ("kernels=cmsis_nn,reference", "optimize=ram", "patches=no")]
)
def test_flash_of_an_image_is_foreseen(project, choice):
    found = project.scons(*SMALL, *choice)
    assert found.code == 0, found.errors
    assert_foreseen(project)


def test_flash_is_foreseen_on_other_cores(on_stm32l1, on_rp2040):
    assert_foreseen(on_stm32l1.project, "stm32l1")
    assert_foreseen(on_rp2040.project, "rp2040")


def test_flash_budget_that_binds_is_kept_with_slower_kernels(project):
    before = project.report("stm32l4", "small")
    budget = before["flash_bytes"] - 1_000
    found = project.scons(*SMALL, f"flash={budget}B")
    assert found.code == 0, found.errors
    assert found.stages[0] == "plan"
    assert not {"measure", "footprint", "graph"} & set(found.stages)
    after = project.report("stm32l4", "small")
    assert after["flash_bytes"] <= budget
    assert after["cycles"] > before["cycles"]
    assert_foreseen(project)
    reasons = [
        other["reason"]
        for layer in after["layers"]
        for other in layer["rejected"]
        if "over what the budget leaves of flash" in other["reason"]
    ]
    assert reasons
    assert all(reason.startswith("faster, with ") for reason in reasons)


def test_optimize_for_flash_within_a_latency(project):
    free = project.report("stm32l4", "small")
    assert project.scons(*SMALL, "optimize=flash").code == 0
    smallest = project.report("stm32l4", "small")
    assert smallest["flash_bytes"] < free["flash_bytes"]
    middle_s = (free["latency_s"]["high"] + smallest["latency_s"]["high"]) / 2
    found = project.scons(*SMALL, "optimize=flash", f"latency={middle_s * 1e6:.0f}us")
    assert found.code == 0, found.errors
    between = project.report("stm32l4", "small")
    assert between["latency_s"]["high"] <= middle_s
    assert smallest["flash_bytes"] <= between["flash_bytes"] <= free["flash_bytes"]


def test_plan_and_measurements_say_where_cycles_come_from(on_stm32l4):
    measured = json.loads((on_stm32l4.project.results("stm32l4", "small") / "measurements.json").read_text())
    rows = on_stm32l4.project.rows()
    sources = [found["source"] for layer in measured["layers"].values() for found in layer if found["cycles"]]
    assert sources
    assert {source["evidence"] for source in sources} == {"emulator"}
    assert all(source["measured_at"] == rows[source["digest"]][1] for source in sources)


def test_wrong_objective_names_the_nearest(on_stm32l4):
    found = on_stm32l4.project.scons("-n", *SMALL, "optimize=flsh")
    assert found.code == 1
    assert "command line: optimize: 'flsh' is not an objective; did you mean 'flash'?" in found.errors


def test_frontier_holds_the_builds_that_were_made(on_stm32l4):
    project = on_stm32l4.project
    images = project.published("stm32l4", "small")
    found = project.scons("frontier", *SMALL)
    assert (found.code, found.stages) == (0, ["explain"]), found.errors
    answer = json.loads((project.results("stm32l4", "small") / "frontier.json").read_text())
    jsonschema.validate(answer, json_schema("frontier"))
    points = answer["points"]
    chosen = {str(layer["index"]): layer["kernel"] for layer in project.report("stm32l4", "small")["layers"]}
    assert points[0]["kernels"] == {layer: kernel for layer, kernel in chosen.items() if kernel}
    assert all(one["cycles"] < other["cycles"] for one, other in pairwise(points))
    assert f"small on stm32l4: {len(points)} assignments on the frontier" in found.output
    assert "small.elf" in images
    assert project.published("stm32l4", "small") == images


def test_answers_of_another_time_are_not_in_the_page_of_a_build(project, capsys):
    """The page of a build shows what that build has made, whatever lies beside it."""
    before = project.published("stm32l4", "small")
    assert project.scons("frontier", *SMALL).code == 0
    (project.results("stm32l4", "small") / "report.json").unlink()
    assert project.scons(*SMALL).stages == ["report"]
    assert project.published("stm32l4", "small") == before
    call(main, ["report", str(project.results("stm32l4", "small")), "--format", "html"])
    assert "part-frontier" in capsys.readouterr().out
    assert "part-frontier" not in before["report.html"].decode()


def test_frontier_marks_what_is_too_slow(on_stm32l4):
    """Points are marked even if the plan minimises cycles, and needs no limit for them."""
    project = on_stm32l4.project
    free = project.scons("frontier", *SMALL)
    answer = project.results("stm32l4", "small") / "frontier.json"
    points = json.loads(answer.read_text())["points"]
    assert free.code == 0 and len(points) > 1
    middle = (points[0]["latency_s"] + points[-1]["latency_s"]) / 2
    assert project.scons("frontier", *SMALL, f"latency={middle * 1e6:.0f}us").code == 0
    marks = [point["within_budgets"] for point in json.loads(answer.read_text())["points"]]
    assert marks[0] and not marks[-1]


def test_why_names_rows_and_what_others_would_change(on_stm32l4):
    project = on_stm32l4.project
    found = project.scons("why", *SMALL, "layer=0")
    assert found.code == 0, found.errors
    answer = json.loads((project.results("stm32l4", "small") / "why.json").read_text())
    jsonschema.validate(answer, json_schema("why"))
    layer = project.report("stm32l4", "small")["layers"][0]
    assert (answer["kernel"], answer["cycles"]) == (layer["kernel"], layer["cycles"])
    assert f"  runs {layer['kernel']}: {layer['cycles']:,} cycles, " in found.output
    digests = [row for row, (kernel, _) in project.rows().items() if kernel == layer["kernel"]]
    assert any(f"row {digest[:12]}, emulator with cortex-m4-" in found.output for digest in digests)
    others = [rejected for rejected in layer["rejected"] if rejected["cycles"]]
    assert others
    for other in others:
        assert f"  not {other['kernel']}: {other['reason']}\n" in found.output
        assert f"forced: {other['cycles'] - layer['cycles']:+,} cycles (" in found.output


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("layer=77", "command line: layer: small has no layer 77: they are 0 to 4"),
        ("layer=x", "command line: layer: 'x' is not the number of a layer"),
        (None, "command line: layer: missing: number of the layer that `scons why` explains"),
    ],
)
def test_why_of_no_layer_keeps_the_image(on_stm32l4, layer, message):
    found = on_stm32l4.project.scons("why", *SMALL, *([layer] if layer else []))
    assert found.code == 1
    assert message in found.errors
    assert "small.elf" in on_stm32l4.project.published("stm32l4", "small")
