"""Options of all tests."""

from __future__ import annotations

import pytest

from support.effort import set_effort


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--effort",
        type=int,
        default=1,
        metavar="N",
        help="try each property on N times as many examples, new ones each time (1: the same ones each time)",
    )


def pytest_configure(config: pytest.Config) -> None:
    set_effort(config.getoption("effort"))
