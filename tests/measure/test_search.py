"""The search: a cost model that proposes, rounds within a time, and offers that are worth it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.tuning import parse_tuning
from scons_tinyml.stages.measure.search.cost_model import LEAST_ROWS, CostModel, Subject
from scons_tinyml.stages.measure.search.search import ROUND, Found, Proposal, Search
from scons_tinyml.stages.measure.search.taking import _is_beaten
from scons_tinyml.stages.measure.search.tried import tried
from support import cost_rows

KEY = replace(
    cost_rows.KEY,
    attributes=(("input_channels", 8), ("output_height", 10), ("output_width", 10)),
    kernel="generated/conv.rows_1",
    core="cortex-m4f",
)


def subject(rows: int, channels: int, kernel: str = "conv") -> Subject:
    sizes = {"input_channels": channels, "output_height": 10, "output_width": 10}
    return Subject(f"generated/{kernel}.rows_{rows}", "CONV_2D", sizes, "cortex-m4f", "flash")


def cycles_of(rows: int, channels: int) -> int:
    """More rows at a time are faster."""
    return 100 * channels * (20 + 100 // rows)


def learnt() -> CostModel:
    return CostModel(
        [
            (subject(rows, channels), cycles_of(rows, channels))
            for rows in (1, 2, 4, 8)
            for channels in range(1, 25)
        ]
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("30s", 30), ("1.5min", 90), ("2 h", 7200), ("all", math.inf)]
)
def test_times(text: str, seconds: float) -> None:
    assert parse_tuning(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "5 parsecs", "-1s", "All", "1e9999h"])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="is no time, such as '30s' or '5min', and neither 'all' nor '0'"):
        parse_tuning(text)


def test_the_model_orders_schedules_of_a_layer_that_it_has_not_seen() -> None:
    found = learnt().cycles([subject(rows, 30) for rows in (1, 2, 4, 8)])
    assert found == sorted(found, reverse=True)
    for rows, cycles in zip((1, 2, 4, 8), found, strict=True):
        assert cycles == pytest.approx(cycles_of(rows, 30), rel=0.2)


def test_equal_rows_give_equal_expectations() -> None:
    some = [
        subject(rows, channels, kernel)
        for rows in (1, 3)
        for channels in (2, 99)
        for kernel in ("conv", "new")
    ]
    assert learnt().cycles(some) == learnt().cycles(some)


def test_a_model_of_few_rows_expects_nothing() -> None:
    model = CostModel([(subject(1, channels), 1000) for channels in range(1, LEAST_ROWS)])
    assert not model.knows
    assert model.cycles([subject(1, 1)]) == [math.inf]
    assert CostModel([]).cycles([subject(1, 1)]) == [math.inf]


@pytest.fixture
def database(tmp_path: Path):
    with CostDatabase.open(tmp_path / "costs.sqlite3") as found:
        yield found


def row(rows: int, channels: int, core: str = "cortex-m4f") -> CostRow:
    attributes = (("input_channels", channels), *KEY.attributes[1:])
    key = replace(KEY, kernel=f"generated/conv.rows_{rows}", attributes=attributes, core=core)
    return CostRow(key, cycles_of(rows, channels), None, "2026-01-02T03:04:05+00:00", "1", "object")


def search(database: CostDatabase, clock: Any = lambda: 0.0) -> Search:
    trial: Any = SimpleNamespace(layer=0, cost_key=KEY, kernel=KEY.kernel)
    return Search(database, [trial], {0: cycles_of(1, 8)}, clock)


def test_what_promises_most_is_measured_first(database: CostDatabase) -> None:
    database.record(*(row(rows, channels) for rows in (1, 2, 4, 8) for channels in range(9, 30)))
    waiting = [(0, f"generated/conv.rows_{rows}") for rows in (2, 8, 4)]
    assert [name[-1] for _, name in search(database).best(waiting)] == ["8", "4", "2"]


def test_without_rows_the_order_is_that_of_names(database: CostDatabase) -> None:
    assert search(database).best([(0, "b"), (0, "a")]) == [(0, "a"), (0, "b")]


def offers(count: int) -> list[Proposal]:
    return [(0, f"generated/conv.other_{number:03}") for number in range(count)]


def test_all_are_measured_in_rounds(database: CostDatabase) -> None:
    rounds = []

    def measure(chosen: Sequence[Proposal]) -> dict[Proposal, int]:
        rounds.append(len(chosen))
        return {proposal: 11_000 - int(proposal[1][-3:]) for proposal in chosen}

    best = 11_000 - (2 * ROUND)
    found = search(database).run(offers(2 * ROUND + 1), math.inf, measure)
    assert rounds == [ROUND, ROUND, 1]
    assert found == Found(2 * ROUND + 1, 2 * ROUND + 1, cycles_of(1, 8) - best)


def test_a_search_ends_after_the_round_in_which_its_time_does(database: CostDatabase) -> None:
    times = iter([0.0, 1.0, 29.0, 31.0])
    found = search(database, lambda: next(times)).run(offers(5 * ROUND), 30, lambda _: {})
    assert found == Found(2 * ROUND, 5 * ROUND, 0)


def test_tried_kernels_are_those_of_like_layers_on_the_core(database: CostDatabase) -> None:
    database.record(row(2, 8), row(3, 9), row(4, 8, core="cortex-m3"), row(1, 8))
    trial: Any = SimpleNamespace(layer=5, cost_key=KEY, kernel=KEY.kernel)
    assert tried(database, [trial]) == {5: frozenset({"generated/conv.rows_2"})}


FIGURES = st.tuples(st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abcdef"), FIGURES, min_size=1), st.sets(st.sampled_from("abcdef")))
def test_offers_stay_that_nothing_equals(figures: dict[str, tuple[int, int]], names: set[str]) -> None:
    """Of equal offers one stays, and none beside a usual implementation that is as good."""
    offered = {(0, name) for name in names & figures.keys()}
    gone = {one for one in offered if _is_beaten(one, figures[one[1]], list(figures.items()), offered)}
    stays = {name: figures[name] for name in figures if (0, name) not in gone}
    for _, name in gone:
        assert any(all(b <= a for a, b in zip(figures[name], other, strict=True)) for other in stays.values())
    for _, name in offered - gone:
        others = [other for key, other in stays.items() if key != name]
        assert not any(all(b <= a for a, b in zip(figures[name], other, strict=True)) for other in others)
