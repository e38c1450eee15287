"""Options of all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator

import pytest

from scons_tinyml.records.units import parse_bytes
from scons_tinyml.records.wrapping import VARIABLE, WIDE_COLUMNS
from support.chromium import Browser, browser, find_chromium
from support.effort import set_effort
from support.memory import MemoryLimit
from support.needs import mark


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--effort",
        type=int,
        default=1,
        metavar="N",
        help="try each property on N times as many examples, new ones each time (1: the same ones each time)",
    )
    parser.addoption(
        "--max-memory",
        type=parse_bytes,
        metavar="SIZE",
        help="fail a test after which a process of the tests takes more memory than that, such as 2048MiB",
    )


def pytest_configure(config: pytest.Config) -> None:
    _hear_ctrl_c()
    os.environ.pop("CI", None)  # changes what is printed
    set_effort(config.getoption("effort"))
    limit_bytes = config.getoption("max_memory")
    if limit_bytes is not None:
        config.pluginmanager.register(MemoryLimit(limit_bytes))


def _with_wide_lines() -> Generator[None, object, object]:
    """Have messages in one line each. Tests of lines set a width; that of pytest's own lines stays."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, str(WIDE_COLUMNS))
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    return (yield from _with_wide_lines())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    return (yield from _with_wide_lines())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    return (yield from _with_wide_lines())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark(items)


def _hear_ctrl_c() -> None:
    """Whoever started the tests may have it ignored, as shells do for what runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of pages."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium-headless-shell")
    with browser(program, tmp_path_factory.mktemp("chromium")) as found:
        yield found
