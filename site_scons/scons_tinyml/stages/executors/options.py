"""Checks of the options that name an executor."""

from __future__ import annotations

import re

from scons_tinyml.records.errors import InputError

OPTIONS = ("scheduler", "workers")
MOST_WORKERS = 256
_ADDRESS = r"(tcp|tls)://([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}"


def check_options(scheduler: str, workers: str) -> None:
    """Raise InputError for options that name no executor, or two; '' is an option that is not given."""
    if scheduler and workers:
        problem = "is for workers of this machine, and not used with scheduler="
        raise InputError(problem, where="command line", key="workers")
    if scheduler and not re.fullmatch(_ADDRESS, scheduler, re.ASCII):
        problem = f"'{scheduler}' is no address, expected tcp://HOST:PORT or tls://HOST:PORT"
        raise InputError(problem, where="command line", key="scheduler")
    if workers and not (workers.isascii() and workers.isdigit() and 1 <= int(workers) <= MOST_WORKERS):
        problem = f"found '{workers}', expected a number from 1 to {MOST_WORKERS}"
        raise InputError(problem, where="command line", key="workers")
