"""Child processes of a build."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from scons_tinyml.stages import interrupt


def start(words: Sequence[str], *, foreign: bool, **options: Any) -> subprocess.Popen[Any]:
    """Start the command `words` with `options` of Popen. Raises OSError.

    A stage starts with SIGINT blocked, and takes it when it has a handler: Python itself would print where it was. A
    `foreign` program has the handling that it knows.
    """
    with nullcontext() if foreign else interrupt.held():
        return subprocess.Popen(words, **options)
