"""Variants of a model as remedies of a failed build: only those that keep its limits are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.explored import Point
from scons_tinyml.records.exploring import made_of
from scons_tinyml.records.remedies import Remedies
from scons_tinyml.records.report import Finding, LimitInForce, Report
from scons_tinyml.reports.lines import remedy_lines
from scons_tinyml.stages.gate.variants import MOST, variants_for
from support.explorations import explored_point, write_explored
from support.reports import REPORT

LIMIT = LimitInForce(value=8192, unit="bytes", source="command line")
OVER = Finding(kind="flash", severity="error", message="too large", used=9000, limit=8192, unit="bytes")


@pytest.fixture
def failed() -> Report:
    return REPORT.model_copy(update={"limits": {"flash": LIMIT}, "findings": (OVER,), "verdict": "fail"})


def test_variants_that_pass_are_named_with_their_commands(tmp_path: Path, failed: Report) -> None:
    points = [
        explored_point("width=0.25", 0.8),
        explored_point("width=0.5", 0.9),
        explored_point("", 0.95, 9000),
        explored_point("depth=1", 0.99, 10, "fail"),
    ]
    found = variants_for(failed, "tiny", "abc", write_explored(tmp_path, failed, points))
    assert [one.variant for one in found.variants] == ["width=0.5", "width=0.25"]
    first, *rest = remedy_lines(Remedies(variants=found))
    assert first == "variants that pass, the most accurate first:"
    command = f"scons target={failed.target} model=tiny:width=0.5"
    assert (
        rest[0] == f"  width=0.5: accuracy 0.9000, flash 7.8 KiB, RAM 2.0 KiB, latency 2.00 ms; `{command}`"
    )


@pytest.mark.parametrize(
    ("made", "points", "outcome", "words"),
    [
        ("other", [explored_point("", 0.9)], "changed", "explores it again"),
        ("abc", [explored_point("", 0.9, 9000)], "none passes", "none of 1 that were explored passes"),
    ],
)
def test_others_are_not(
    tmp_path: Path, failed: Report, made: str, points: list[Point], outcome: str, words: str
) -> None:
    found = variants_for(failed, "tiny", "abc", write_explored(tmp_path, failed, points, made))
    assert (found.outcome, found.variants) == (outcome, ())
    assert words in found.text


def test_what_was_not_explored_says_how(tmp_path: Path, failed: Report) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    elsewhere = failed.model_copy(update={"target": "other"})
    for report, file in (
        (failed, None),
        (failed, damaged),
        (elsewhere, write_explored(tmp_path, failed, [])),
    ):
        found = variants_for(report, "tiny", "abc", file)
        assert found.outcome == "not explored"
        assert f"`scons explore target={report.target} model=tiny`" in found.text


@pytest.mark.parametrize(
    ("then", "count"), [({}, 0), ({"accuracy_drop": 0.1}, 0), ({"accuracy_drop": 0.01}, 1)]
)
def test_a_limit_without_a_figure_was_as_tight_when_it_was_explored(
    tmp_path: Path, failed: Report, then: dict[str, float], count: int
) -> None:
    drop = LimitInForce(value=0.02, unit="fraction", source="model.toml")
    report = failed.model_copy(update={"limits": {"flash": LIMIT, "accuracy_drop": drop}})
    file = write_explored(tmp_path, report, [explored_point("", 0.9)], **then)
    assert len(variants_for(report, "tiny", "abc", file).variants) == count


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 10_000), st.sampled_from(["pass", "fail"])), max_size=8
    ),
    st.floats(0, 1),
    st.integers(1, 10_000),
)
def test_none_that_fails_is_named(
    tmp_path_factory: pytest.TempPathFactory,
    points: list[tuple[float, int, str]],
    least: float,
    most_bytes: int,
) -> None:
    limits = {
        "flash": LIMIT.model_copy(update={"value": most_bytes}),
        "accuracy": LimitInForce(value=least, unit="fraction", source="model.toml"),
    }
    report = REPORT.model_copy(update={"limits": limits, "findings": (OVER,), "verdict": "fail"})
    made = [explored_point(f"width={number}", *one) for number, one in enumerate(points)]
    file = write_explored(tmp_path_factory.mktemp("explored"), report, made)
    named = {one.variant for one in variants_for(report, "tiny", "abc", file).variants}
    passing = [
        one
        for one in made
        if one.verdict == "pass" and one.accuracy >= least and one.flash_bytes <= most_bytes
    ]
    assert named <= {one.variant for one in passing}
    assert len(named) == min(MOST, len(passing))


def test_variants_are_made_of_all_but_budgets(tmp_path: Path) -> None:
    model = tmp_path / "model.toml"
    model.write_text('description = "a"\n[training]\nepochs = 1\n[budgets]\nflash = "1 KiB"\n')
    first = made_of(model)
    model.write_text('description = "b"\n[training]\nepochs = 1\n')
    assert made_of(model) == first
    (tmp_path / "network.py").write_text("")
    with_code = made_of(model)
    model.write_text("[training]\nepochs = 2\n")
    assert len({first, with_code, made_of(model)}) == 3
