from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.budget import BudgetLimits, Budgets, limits_from_options
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.limits import Limit, resolve_limits

BOARD = read_board(Path(__file__).parents[2] / "boards" / "stm32l1.toml")
CAPACITY = {"flash": Limit(524_288, "capacity of stm32l1"), "ram": Limit(81_920, "capacity of stm32l1")}


def limits(budgets, **options):
    return resolve_limits(BOARD, Budgets.model_validate(budgets), limits_from_options(options), "model.toml")


def test_the_board_alone():
    assert limits({}) == CAPACITY


def test_each_source_wins_over_the_one_before_it():
    budgets = {
        "flash": "64 KiB",
        "ram": "16 KiB",
        "latency": "100 ms",
        "boards": {"stm32l1": {"ram": "12 KiB", "latency": "50 ms"}, "stm32l4": {"latency": "1 ms"}},
    }
    assert limits(budgets, latency="40ms", accuracy_drop="0.01") == {
        "flash": Limit(65_536, "model.toml: budgets"),
        "ram": Limit(12_288, "model.toml: budgets.boards.stm32l1"),
        "latency": Limit(0.04, "command line"),
        "accuracy_drop": Limit(0.01, "command line"),
    }


def test_a_later_source_may_be_more_generous():
    assert limits({"flash": "64 KiB"}, flash="128KiB")["flash"] == Limit(131_072, "command line")


def test_no_source_makes_the_board_larger():
    found = limits({"ram": "1 MiB"}, flash="513KiB", latency="1 s")
    assert found == {
        "flash": replace(CAPACITY["flash"], asked=Limit(525_312, "command line")),
        "ram": replace(CAPACITY["ram"], asked=Limit(1_048_576, "model.toml: budgets")),
        "latency": Limit(1, "command line"),
    }
    assert limits({}, flash="512KiB")["flash"] == Limit(524_288, "command line")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"flash": "48"},
            "command line: flash: '48' is not a number with a unit, such as '64 B' or '64 KiB' or '64 MiB'",
        ),
        ({"latency": "40 min"}, "command line: latency: unit 'min' of '40 min' is not one of s, ms, us, µs"),
        ({"accuracy": "most"}, "command line: accuracy: 'most' is not a number between 0 and 1"),
        (
            {"accuracy_drop": "2"},
            "command line: accuracy_drop: found '2'; input should be less than or equal to 1",
        ),
        ({"ram": "0 KiB"}, "command line: ram: found '0 KiB'; input should be greater than 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError) as raised:
        limits_from_options(options)
    assert str(raised.value) == message


def test_nothing_asked():
    assert limits_from_options({}) == BudgetLimits()
