"""Options that name an executor, and what they need."""

import importlib.util

import pytest

from scons_tinyml.records.errors import InputError, MissingExtra
from scons_tinyml.stages.executors.choose import executor
from scons_tinyml.stages.executors.options import check_options
from scons_tinyml.stages.executors.processes import Processes


@pytest.mark.parametrize(
    "scheduler", ["tcp://127.0.0.1:8786", "tls://dask.example.org:1", "tcp://[::1]:8786"]
)
def test_addresses_of_schedulers(scheduler):
    check_options(scheduler, "")


@pytest.mark.parametrize(
    ("scheduler", "workers", "message"),
    [
        (
            "10.0.0.1:8786",
            "",
            "scheduler: '10.0.0.1:8786' is no address, expected tcp://HOST:PORT or tls://HOST:PORT",
        ),
        (
            "inproc://x:1",
            "",
            "scheduler: 'inproc://x:1' is no address, expected tcp://HOST:PORT or tls://HOST:PORT",
        ),
        ("", "0", "workers: found '0', expected a number from 1 to 256"),
        ("", "257", "workers: found '257', expected a number from 1 to 256"),
        ("", "all", "workers: found 'all', expected a number from 1 to 256"),
        ("tcp://a:1", "2", "workers: is for workers of this machine, and not used with scheduler="),
    ],
)
def test_other_options_are_refused(scheduler, workers, message):
    with pytest.raises(InputError) as caught:
        check_options(scheduler, workers)
    assert str(caught.value) == f"command line: {message}"


def test_without_options_processes_run_trials():
    with executor("", "", {}) as found:
        assert isinstance(found, Processes)


@pytest.mark.parametrize(
    "options", [{"scheduler": "tcp://a:1", "workers": ""}, {"scheduler": "", "workers": "2"}]
)
def test_without_dask_the_extra_is_named(monkeypatch, options):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra) as caught, executor(**options, environment={}):
        pass
    (key,) = (name for name, value in options.items() if value)
    assert str(caught.value) == (
        f"command line: {key}: needs Dask, and the package distributed is not installed\n"
        "  pip install 'scons-tinyml[dask]'; without it, all processors of this machine measure"
    )
