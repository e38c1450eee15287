"""Comparisons of two reports, from the records to what people see of them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.cli.main import main
from scons_tinyml.records.budget import BudgetLimits, Budgets, limits_from_options
from scons_tinyml.records.change_limits import ChangeLimit, parse_change
from scons_tinyml.records.comparison import Comparison
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.schema import json_schema
from scons_tinyml.reports.comparison import as_html, as_markdown, as_text
from scons_tinyml.stages.gate.compare import compare, tolerances_in_force
from scons_tinyml.stages.gate.comparison import require_tolerated
from support.reports import LAYERS, REPORT, report_with

PATHS = ("old/report.json", "new/report.json")
HASH = "0123456789ab"
OLD = report_with(
    flash={
        **REPORT.flash.model_dump(),
        "functions": {"memcpy": 100, f"softmax_{HASH}": 300, "main": 40, f"a_{HASH}": 8, "a_ba9876543210": 9},
    }
)
CONV, RESHAPE, DENSE = LAYERS


def changed():
    """New kernels and sizes: flash 2 % and latency 10 % worse, accuracy better, a layer new and one gone."""
    fast = CONV.model_copy(
        update={"kernel": "cmsis_nn/conv_2d_int8", "cycles": 100_000, "scratch_bytes": 600}
    )
    again = CONV.model_copy(update={"index": 1, "cycles": 580_000})
    return report_with(
        flash_bytes=30_600,
        ram_bytes=9_000,
        cycles=880_000,
        latency_s={**REPORT.latency_s.model_dump(), "value": 0.0275, "high": 0.03},
        accuracy={**REPORT.accuracy.model_dump(by_alias=True), "int8": 0.92, "deployed": 0.92, "drop": -0.01},
        layers=[fast.model_dump(), again.model_dump(), DENSE.model_dump()],
        flash={
            **REPORT.flash.model_dump(),
            "functions": {"memcpy": 100, "softmax_ba9876543210": 290, "start": 50, f"a_{HASH}": 8},
        },
    )


def tolerances(text: str):
    return tolerances_in_force("stm32l1", Budgets(), limits_from_options({"tolerances": text}), "model.toml")


def test_a_report_is_like_itself():
    found = compare(OLD, OLD, tolerances("flash:0,ram:0,latency:0,cycles:0,accuracy:0"), PATHS)
    assert (found.layers, found.symbols, found.unlike, found.verdict, found.exit_code) == (
        (),
        (),
        (),
        "pass",
        0,
    )
    assert {figure.change for figure in found.figures} == {0}
    assert "no layer has changed" in as_text(found, 80)


def test_changes_are_signed_and_those_that_matter_come_first():
    found = compare(OLD, changed(), {}, PATHS)
    assert {figure.name: figure.change for figure in found.figures} == pytest.approx(
        {
            "flash": 600,
            "ram": -1000,
            "latency": 0.0025,
            "cycles": 80_000,
            "accuracy": 0.02,
            "accuracy_drop": -0.02,
        }
    )
    assert [(one.name, one.state, one.cycles, one.weight_bytes) for one in found.layers] == [
        ("conv", "new", 580_000, 3_000),
        ("conv", "changed", -500_000, 0),
        ("reshape", "gone", 0, 0),
    ]
    assert (found.layers[1].old_kernel, found.layers[1].new_kernel) == (CONV.kernel, "cmsis_nn/conv_2d_int8")
    assert [(one.name, one.state, one.change) for one in found.symbols] == [
        ("start", "new", 50),
        ("main", "gone", -40),
        ("softmax_ba9876543210", "changed", -10),
        ("a_ba9876543210", "gone", -9),
    ]
    jsonschema.validate(found.model_dump(mode="json", by_alias=True), json_schema("comparison"))
    assert Comparison.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_what_is_seen_of_it():
    found = compare(OLD, changed(), tolerances("flash:1%"), PATHS)
    lines = as_text(found, 200).splitlines()
    assert lines[0] == "cats (int8) on stm32l1, compared with old/report.json: FAIL"
    rows = {line.split("  ")[1]: " ".join(line.split()) for line in lines[2:] if line.startswith("  ")}
    assert rows["flash"] == "flash 29.3 KiB 29.9 KiB +600 B +2.0 % 300 B FAIL".replace("+2.0 %", "+2.0%")
    assert rows["latency"] == "latency 25.00 ms 27.50 ms +2.50 ms +10.0% none"
    assert " ".join(lines[-1].split()) == "flash is worse by more than the tolerance of command line"
    assert any("GONE" in line and "reshape" in line for line in lines)
    markdown = as_markdown(found)
    assert markdown.startswith(
        "<!-- scons-tinyml: comparison/stm32l1/cats -->\n\n### `cats` (int8) on `stm32l1`"
    )
    assert "| conv | CONV\\_2D | NEW | \\+580,000 |" in markdown
    page = as_html(found)
    assert "<td>NEW</td>" in page
    assert "<script" not in page


def test_names_are_no_markup():
    hostile = "<script>|x`@y\x1b\n"
    layer = CONV.model_copy(update={"name": hostile})
    found = compare(OLD, report_with(layers=[layer.model_dump()]), {}, (hostile, "new"))
    assert "<script" not in as_html(found)
    assert "\\<script\\>|x" not in as_markdown(found)
    assert "\x1b" not in as_text(found, 80) + as_markdown(found) + as_html(found)


@pytest.mark.parametrize(
    ("text", "exceeded"),
    [
        ("flash:2%,ram:0,latency:10.1%", []),
        ("flash:599B", ["flash"]),
        ("latency:2ms,cycles:79999", ["latency", "cycles"]),
        ("accuracy:0,accuracy_drop:0", []),
    ],
)
def test_a_tolerance_is_a_budget(text, exceeded):
    found = compare(OLD, changed(), tolerances(text), PATHS)
    assert [figure.name for figure in found.figures if figure.exceeded] == exceeded
    assert (found.verdict, found.exit_code) == (("fail", 2) if exceeded else ("pass", 0))
    if exceeded:
        with pytest.raises(BudgetExceeded, match=exceeded[0]):
            require_tolerated(found, Path("comparison.json"))


def test_a_fall_of_a_metric_is_worse():
    found = compare(changed(), OLD, tolerances("accuracy:0.01"), PATHS)
    assert [figure.name for figure in found.figures if figure.exceeded] == ["accuracy"]


@pytest.mark.parametrize(
    ("changes", "what"), [({"target": "stm32l4"}, "board"), ({"model": "dogs"}, "network")]
)
def test_other_boards_and_networks_are_refused(changes, what):
    with pytest.raises(InputError, match=f"old/report.json: is of another {what}"):
        compare(OLD, report_with(**changes), {}, PATHS)


def test_times_of_unlike_builds_are_not_compared():
    provenance = {**REPORT.provenance.model_dump(), "timing_model": "cortex-m3 2", "compiler": "gcc 13"}
    other = report_with(provenance=provenance, cycles=700_000)
    found = compare(OLD, other, {}, PATHS)
    assert [(one.what, one.old, one.new) for one in found.unlike] == [
        ("compiler", "arm-none-eabi-gcc 12.2.1", "gcc 13"),
        ("timing model", "cortex-m3 1", "cortex-m3 2"),
    ]
    assert {one.name: one.change for one in found.figures}["cycles"] is None
    assert "another compiler: arm-none-eabi-gcc 12.2.1, now gcc 13" in as_text(found, 200)
    with pytest.raises(InputError) as refused:
        compare(OLD, other, tolerances("latency:1%"), PATHS)
    assert str(refused.value).startswith(
        "command line: tolerances: latency of the two reports cannot be compared: timing model cortex-m3 1 against"
    )


def test_a_tolerance_of_no_figure_is_refused():
    with pytest.raises(InputError, match="there is no figure 'flesh'; did you mean 'flash'"):
        compare(OLD, OLD, tolerances("flesh:1%"), PATHS)


def test_the_last_source_of_a_tolerance_wins():
    budgets = Budgets(
        tolerances={"flash": "1%", "ram": "2%", "latency": "3%"},
        boards={"stm32l1": BudgetLimits(tolerances={"ram": "4%", "latency": "5%"})},
    )
    found = tolerances_in_force(
        "stm32l1", budgets, limits_from_options({"tolerances": "latency:6%"}), "m.toml"
    )
    assert found == {
        "flash": (ChangeLimit(0.01, True), "m.toml: budgets.tolerances"),
        "ram": (ChangeLimit(0.04, True), "m.toml: budgets.boards.stm32l1.tolerances"),
        "latency": (ChangeLimit(0.06, True), "command line"),
    }


@pytest.mark.parametrize(
    "text", ["flash:5", "flash:-1%", "latency:1KiB", "f1:x", "cycles:nan", "flash", "ram:1e999%"]
)
def test_what_is_no_tolerance_is_refused(text):
    with pytest.raises(InputError, match="command line: tolerances: "):
        limits_from_options({"tolerances": text})


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_amount_is_exceeded_just_above_it(old, limit, growth):
    before = REPORT.model_copy(update={"flash_bytes": old})
    after = REPORT.model_copy(update={"flash_bytes": old + growth})
    found = compare(before, after, {"flash": (parse_change("flash", f"{limit}B"), "x")}, PATHS)
    assert (found.verdict == "fail") == (growth > limit)


def test_the_command(tmp_path, capsys):
    for name, report in (("old", OLD), ("new", changed())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(report.model_dump_json(by_alias=True))
    words = ["compare", str(tmp_path / "old"), str(tmp_path / "new")]
    main([*words, "--json"])
    assert json.loads(capsys.readouterr().out)["figures"][0]["change"] == 600
    with pytest.raises(BudgetExceeded):
        main([*words, "--tolerances", "flash:1%", "--format", "markdown"])
    assert "FAIL" in capsys.readouterr().out
