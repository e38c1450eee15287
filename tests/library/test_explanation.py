"""What holds a network back, and the ways out: of small reports, and of three layers whose figures one can work out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.gate.situations import NO_MARGIN, situation_of, three_layers

from scons_tinyml.library.explanation.explain import explain, require_build
from scons_tinyml.library.explanation.hot_layers import hot_layers, multiplying
from scons_tinyml.library.explanation.memory_system import described
from scons_tinyml.library.explanation.scarce import held_back, scarcest
from scons_tinyml.library.explanation.ways import WAYS, Case, ways_out
from scons_tinyml.library.results import Results
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.explanation import Explanation, NotMeasured
from scons_tinyml.records.frontier import Frontier, FrontierPoint
from scons_tinyml.records.placements import PlacementFigures, PlacementNeeds, Placements
from scons_tinyml.records.remedies import OtherBoard, PassingVariant, Remedies, Variants
from scons_tinyml.records.report import Finding, MultiplyBound, Report
from scons_tinyml.records.schema import json_schema
from scons_tinyml.records.wrapping import cells, wrapped
from scons_tinyml.reports.beside import NOTHING
from scons_tinyml.reports.explanation import lines
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.problem import Spending
from scons_tinyml.stages.plan.record import Plan
from support.pages import beside
from support.project import ROOT
from support.reports import LAYERS, REPORT, limited, report_with

STM32L1 = read_board(ROOT / "boards" / "stm32l1.toml")
FAST = {"flash_bytes": 15_000, "ram_bytes": 640, "cycles": 6_000}
"""Figures of the fastest kernels of `three_layers`; the smallest take 11,000 B, 128 B and 12,000 cycles."""
LATENCY = {**REPORT.latency_s.model_dump(), "value": 0.006, "low": 0.006, "high": 0.006}
LIMITS = {name: limit.model_dump() for name, limit in REPORT.limits.items()}


def fast_report(**changes: Any) -> Report:
    return report_with(**{**FAST, "latency_s": LATENCY, **changes})


def results(report: Report | None = None, board: Board = STM32L1, **changes: Any) -> Results:
    problem = three_layers()
    plan = Plan(plan_memory(problem.graph, {}, 8), ())
    made = Results(
        folder=Path("build/stm32l1/cats"),
        board=board,
        report=report or fast_report(),
        graph=problem.graph,
        graph_file=Path("graph.json"),
        plan=plan,
        situation=situation_of(problem),
        beside=NOTHING,
    )
    return replace(made, **changes)


def ways(about: Any, found: Results | None = None) -> tuple[Any, ...]:
    return ways_out(Case(found or results(), about, "model=cats"))


def texts(unknown: tuple[NotMeasured, ...]) -> list[tuple[str, str]]:
    return [(one.change, one.command) for one in unknown]


def over(kind: str, **changes: Any) -> dict[str, Any]:
    """Return the values of a report with an error of `kind`."""
    finding = Finding(
        kind=kind, severity="error", message=f"{kind} is too large", advice="shrink it", **changes
    )
    return {"verdict": "fail", "findings": [finding.model_dump()]}


def test_the_resource_nearest_to_its_limit_comes_first():
    found = held_back(REPORT)
    assert [(one.resource, one.used, one.limit) for one in found] == [
        ("ram", 10_000, 12_288),
        ("flash", 30_000, 524_288),
        ("latency", 0.027, None),
    ]
    assert [part.name for part in found[0].parts][:1] == ["arena: output of layer 0 (CONV_2D)"]
    assert scarcest(REPORT, found) == ("ram", "it is nearest to its limit, at 81.4 %")


@pytest.mark.parametrize(
    ("changes", "scarce"),
    [
        (over("flash"), "flash"),
        (over("average_power"), "latency"),
        (over("region", region="FLASH"), "flash"),
        (over("region", region="RAM"), "ram"),
        (over("accuracy"), "ram"),
        ({"ram_bytes": 1_000}, "latency"),
    ],
)
def test_an_error_decides_and_time_is_what_is_left(changes, scarce):
    report = report_with(**changes)
    assert scarcest(report, held_back(report))[0] == scarce


def test_advice_is_that_of_the_finding():
    report = report_with(**over("flash"))
    assert {one.resource: one.advice for one in held_back(report)} == {
        "flash": "shrink it",
        "ram": None,
        "latency": None,
    }


def test_layers_beside_the_multiplications_of_the_core():
    bound = MultiplyBound(instructions="mla", cycles=2, macs=1)
    report = report_with(multiply_bound=bound.model_dump())
    first, second = hot_layers(report)
    assert (first.index, first.cycles, first.percent, first.cycles_per_mac) == (0, 600_000, 75, 10)
    assert (first.multiplying, second.multiplying, multiplying(report)) == (0.2, 0.2, 0.2)
    assert first.faster == "cmsis_nn/conv_2d_int8: is not in kernels=reference"
    assert second.faster is None


def test_fewer_multiplications_than_macs_have_no_share():
    bound = MultiplyBound(instructions="mla", cycles=20, macs=1)
    assert multiplying(report_with(multiply_bound=bound.model_dump())) is None
    assert multiplying(REPORT) is None


@pytest.mark.parametrize(
    ("board", "text"),
    [
        (
            "stm32l1",
            "code and weights in FLASH (1 wait state, reads of 64 bits, prefetch), activations in RAM (no wait states)",
        ),
        (
            "stm32h743",
            "code and weights in FLASH (5 wait states, reads of 256 bits, 16.0 KiB of instruction cache, 16.0 KiB of "
            "data cache), activations in AXISRAM (1 wait state, 16.0 KiB of instruction cache, 16.0 KiB of data cache)",
        ),
    ],
)
def test_memory_in_words(board, text):
    assert described(read_board(ROOT / "boards" / f"{board}.toml"), 1_000) == text


def test_other_options_have_the_figures_that_a_build_would_have():
    found, unknown = ways("flash")
    assert [(one.change, one.flash_bytes, one.ram_bytes, one.latency_s) for one in found] == [
        ("optimize=flash", 11_000, 128, 0.012)
    ]
    assert found[0].command == "scons target=stm32l1 model=cats optimize=flash"
    assert found[0].keeps_limits
    assert texts(unknown) == [("another board", "scons matrix model=cats")]


def test_a_budget_between_gives_up_less_time():
    """Of 24 KiB and 128 B, half way lets the first layer keep its scratch of 8 KiB."""
    problem = three_layers()
    options = {
        layer: tuple(
            replace(one, scratch_bytes=8_192 * (layer + 1) if one.scratch_bytes else 0) for one in found
        )
        for layer, found in problem.options.items()
    }
    situation = situation_of(replace(problem, options=options))
    found, _ = ways("ram", results(fast_report(ram_bytes=24_704), situation=situation))
    assert [(one.change, one.ram_bytes, one.latency_s) for one in found] == [
        ("optimize=flash", 128, 0.012),
        ("ram=12.2KiB", 8_320, 0.009),
    ]
    assert found[1].command == "scons target=stm32l1 model=cats ram=12.2KiB"


def test_limits_without_a_reserve_may_be_kept():
    limits, sure = Spending(flash_bytes=11_040), Spending(flash_bytes=10_976)
    situation = situation_of(three_layers(), forecast=replace(NO_MARGIN, limits=limits, sure=sure))
    assert ways("flash", results(situation=situation))[0][0].keeps_limits is None
    situation = situation_of(three_layers(), forecast=replace(NO_MARGIN, limits=sure, sure=sure))
    assert ways("flash", results(situation=situation))[0][0].keeps_limits is False


def test_time_has_no_way_but_what_is_not_measured():
    found, unknown = ways("latency")
    assert found == ()
    assert texts(unknown) == [
        ("code, weights or activations in other memory", "scons measure target=stm32l1 model=cats"),
        ("another board", "scons matrix model=cats"),
    ]


def test_a_search_where_generated_kernels_were_none_yet(tmp_path):
    situation = situation_of(three_layers(), sets=("a", "b", "generated"))
    found = results(situation=situation, folder=tmp_path)
    search = ("faster schedules of generated kernels", "scons target=stm32l1 model=cats tune=5min")
    assert search in texts(ways("latency", found)[1])
    (tmp_path / "schedules.json").write_text('{"layers": {"0": ["x"]}}')
    assert search not in texts(ways("latency", found)[1])


def placed(name: str, share: float, misfit: str | None = None) -> PlacementFigures:
    code = "RAM" if "code" in name else "FLASH"
    return PlacementFigures(
        name=name,
        regions={"code": code, "weights": "FLASH", "arena": "DTCM" if "DTCM" in name else "RAM"},
        cycles=round(6_000 * share),
        latency_s=0.006 * share,
        of_default=share,
        needs=PlacementNeeds(flash_bytes=15_000, ram_bytes={"RAM": 5_000}, misfit=misfit),
        kernels={},
        measured=3,
        missing=(),
    )


def test_a_placement_that_was_measured_and_has_room():
    names = (
        ("default", 1.0, None),
        ("code in RAM", 0.9, None),
        ("weights in RAM", 0.8, "too large"),
        ("activations in DTCM", 0.85, None),
    )
    measured = Placements(
        target="stm32l1",
        model="cats",
        clock_hz=32_000_000,
        stack_bytes=768,
        measured_now=0,
        placements=tuple(placed(*name) for name in names),
    )
    found, unknown = ways("latency", results(beside=replace(NOTHING, placements=measured)))
    assert [(one.change, one.latency_s) for one in found] == [
        ("code in RAM", pytest.approx(0.0054)),
        ("activations in DTCM", pytest.approx(0.0051)),
    ]
    assert [one.command for one in found] == [
        "'holds' of the regions in the file of stm32l1: code in RAM",
        "scons target=stm32l1 model=cats activations=DTCM",
    ]
    assert found[0].evidence == "measured rows of scons measure, with 768 B of stack"
    assert texts(unknown) == [("another board", "scons matrix model=cats")]


def test_a_faster_clock():
    slower = STM32L1.model_copy(update={"clock": 16_000_000})
    found, _ = ways("latency", results(board=slower))
    assert [(one.change, one.latency_s) for one in found] == [("clock = 32 MHz", 0.003)]
    no_waits = slower.model_copy(update={"flash": slower.flash.model_copy(update={"wait_states": 0})})
    found, unknown = ways("latency", results(board=no_waits))
    assert (found, unknown[-2].change) == ((), "clock = 32 MHz, with more wait states of the flash")


def test_the_int8_version_of_a_float_network():
    report = fast_report(quantization="float")
    int8 = fast_report(
        flash_bytes=9_000, ram_bytes=300, latency_s={**LATENCY, "high": 0.004, "measured_by": "m3 1"}
    )
    found, _ = ways_out(
        Case(results(report, beside=replace(NOTHING, other=int8)), "latency", "model=cats quantize=float")
    )
    assert [(one.change, one.flash_bytes, one.command) for one in found] == [
        ("quantize=int8: accuracy is worse by 0.0100", 9_000, "scons target=stm32l1 model=cats quantize=int8")
    ]
    assert ("the int8 version", "scons target=stm32l1 model=cats quantize=int8") in texts(
        ways("latency", results(report))[1]
    )


def test_layers_in_patches_of_a_frontier():
    def point(ram_bytes: int, *layers: str) -> FrontierPoint:
        figures = dict.fromkeys(("cycles", "slow_cycles", "flash_bytes", "arena_bytes", "added_bytes"), 9_000)
        return FrontierPoint(
            **figures,
            ram_bytes=ram_bytes,
            latency_s=0.009,
            within_budgets=True,
            kernels={},
            layers_in_patches=layers,
        )

    points = (point(640), point(100, "conv_0", "conv_1"), point(60, "conv_0"))
    frontier = Frontier(target="stm32l1", model="cats", clock_hz=32_000_000, cut=False, points=points)
    found, _ = ways("ram", results(beside=replace(NOTHING, frontier=frontier)))
    patched = next(one for one in found if one.way == "patches")
    assert (patched.change, patched.ram_bytes) == ("patches=yes ram=0.9KiB, with 1 layers patch by patch", 60)


def test_boards_of_the_matrix_come_before_those_of_a_forecast():
    boards = tuple(
        OtherBoard(board=name, outcome=outcome, text="", latency_s=0.001, ram_bytes=9, flash_bytes_at_most=9)
        for name, outcome in (("stm32l4", "would pass"), ("samd21", "would not pass"))
    )
    report = fast_report(remedies=Remedies(boards=boards).model_dump())
    assert [one.change for one in ways("latency", results(report))[0]] == ["target=stm32l4"]
    matrix = beside(report).matrix
    assert matrix is not None
    failed, absent = matrix.boards
    passed = failed.model_copy(
        update={
            "board": "rp2350",
            "verdict": "pass",
            "latency_s": report.latency_s.model_copy(update={"high": 0.002}),
        }
    )
    judged = matrix.model_copy(update={"boards": (failed, passed, absent)})
    found, _ = ways("latency", results(report, beside=replace(NOTHING, matrix=judged)))
    assert [(one.change, one.latency_s, one.keeps_limits) for one in found] == [
        ("target=rp2350", 0.002, True)
    ]


def test_variants_that_pass_are_a_way_and_an_exploration_may_find_some():
    passing = PassingVariant(
        variant="width=0.5",
        command="scons target=stm32l1 model=cats:width=0.5",
        metric="accuracy",
        accuracy=0.9,
        flash_bytes=9_000,
        ram_bytes=500,
        latency_s=0.002,
    )
    found = Variants(outcome="pass", text="", variants=(passing,))
    [way], _ = ways("latency", results(fast_report(remedies=Remedies(variants=found).model_dump())))
    assert (way.change, way.command) == ("width=0.5: accuracy 0.9000", passing.command)
    assert (way.flash_bytes, way.latency_s, way.keeps_limits) == (9_000, 0.002, True)
    found = Variants(outcome="not explored", text="")
    none, unknown = ways("latency", results(fast_report(remedies=Remedies(variants=found).model_dump())))
    assert none == ()
    assert ("a smaller variant", "scons explore target=stm32l1 model=cats") in texts(unknown)


def test_ways_that_keep_limits_come_first_and_three_are_enough():
    boards = tuple(
        OtherBoard(
            board=f"b{size}",
            outcome="would pass",
            text="",
            latency_s=1,
            ram_bytes=size,
            flash_bytes_at_most=size,
        )
        for size in (4_000, 3_000, 2_000)
    )
    limits = Spending(flash_bytes=10_000)
    situation = situation_of(three_layers(), forecast=replace(NO_MARGIN, limits=limits, sure=limits))
    report = fast_report(remedies=Remedies(boards=boards).model_dump())
    found, _ = ways("flash", results(report, situation=situation))
    assert [one.change for one in found] == ["target=b4000", "target=b3000", "target=b2000"]


def test_commands_have_the_budgets_of_the_command_line():
    """But those that stand in model.toml, and the one that a way replaces."""
    asked = {
        name: limited(name, value).limits[name].model_dump()
        for name, value in (("flash", 49_152), ("latency", 0.0145), ("accuracy", 0.8))
    }
    case = Case(results(fast_report(limits={**LIMITS, **asked})), "flash", "model=cats")
    assert case.build == "scons target=stm32l1 model=cats flash=48KiB latency=14.5ms"
    assert case.build_for("rp2350", without="flash") == "scons target=rp2350 model=cats latency=14.5ms"


def test_each_way_is_found_by_its_name():
    assert WAYS.names() == (
        *("boards", "budget", "clock", "kernels", "patches", "placement", "tuning", "types", "variants"),
    )


def answer() -> Explanation:
    report = fast_report(
        limits={**LIMITS, "latency": limited("latency", 0.05).limits["latency"].model_dump()}
    )
    return explain(results(report), None, "flash")


def test_the_answer_follows_its_schema_and_is_printed_in_80_columns():
    found = answer()
    assert (found.about, found.why, found.memory) == ("flash", "as asked", None)
    jsonschema.Draft202012Validator(json_schema("explanation")).validate(found.model_dump(mode="json"))
    printed = [line for text in lines(found) for line in wrapped(text, 80).split("\n")]
    assert [line for line in printed if cells(line) > 80] == []
    text = "\n".join(lines(found))
    assert text.startswith(
        "cats (int8) on stm32l1: STM32L152RE, cortex-m3 at 32 MHz: PASS\n\nwhat holds it back: flash"
    )
    assert (
        "  1. optimize=flash: 10.7 KiB of flash (-3.9 KiB), 128 B of RAM (-512 B), 12.00 ms (+6.00 ms): "
        "keeps the limits\n     scons target=stm32l1 model=FILE latency=50ms optimize=flash\n"
    ) in text


def test_layers_and_ways_that_are_not_there_are_said():
    found = explain(results(), None, "latency")
    text = "\n".join(lines(found))
    assert f"  layer 0 ({LAYERS[0].operator}): 75.0 %, 600,000 cycles, 10.00 a MAC" in text
    assert "no way to less time is known from what was measured" in text
    assert "  time: 6.00 ms, without a limit" in text


def test_nothing_was_built(tmp_path):
    with pytest.raises(InputError, match="there is no build of cats for stm32l1") as raised:
        require_build(tmp_path / "cats", "stm32l1", "cats", ("cats",))
    assert "scons target=stm32l1 model=cats makes it" in str(raised.value)
    (tmp_path / "dogs").mkdir()
    (tmp_path / "dogs" / "report.json").touch()
    with pytest.raises(InputError, match="there is no build of dog for stm32l1") as raised:
        require_build(tmp_path / "dog", "stm32l1", "dog", ("cats",))
    assert "did you mean 'dogs'?" in str(raised.value)
    tmp_path = tmp_path / "large"
    tmp_path.mkdir()
    (tmp_path / "fit.json").write_text("{}")
    with pytest.raises(InputError, match="cats has no room on stm32l1: nothing was compiled or measured"):
        require_build(tmp_path, "stm32l1", "cats", ("cats",))
