"""Work in a copy of this process with limits, so that an end of native code becomes a typed error."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from scons_tinyml.records.errors import EXIT_INTERRUPTED, ModelFileError
from scons_tinyml.records.network_limits import CONVERTER_MEMORY, CONVERTER_SECONDS
from scons_tinyml.stages import command, lifeline
from scons_tinyml.stages.process_limits import limit_memory, limit_time, peak_bytes, reached


def guarded(work: Callable[[], None], where: Path) -> None:
    """Call `work` in a copy of this process that may take CONVERTER_MEMORY and CONVERTER_SECONDS.

    `where` is the file that native code reads in it. Call it before heavy modules are imported. Raises
    ModelFileError when the copy reaches a limit or is ended by a signal, Reported when it has printed an error.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    copy = os.fork()
    if copy == 0:
        os._exit(_work(work, where))
    code, usage = _wait(copy)
    limit = reached(code, "", peak_bytes(usage), CONVERTER_MEMORY, CONVERTER_SECONDS)
    if limit is not None:
        raise limit.refusal("more", ModelFileError, where=where)
    if code < 0:
        raise ModelFileError(
            f"ends its reader ({signal.Signals(-code).name})",
            where=where,
            hint=f"it is damaged, or needs more than {CONVERTER_MEMORY.text(CONVERTER_MEMORY.value)} at once, "
            "which TINYML_LIMITS=converter_memory=... in the environment raises",
        )
    if code:
        raise command.Reported(code)


def _work(work: Callable[[], None], where: Path) -> int:
    """Return the exit code of `work`, in the copy. Its interrupt is silent, as the first process reports it."""
    try:
        _interrupt_once()
        lifeline.follow_build()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit_memory(CONVERTER_MEMORY)
        limit_time(CONVERTER_SECONDS)
        code = command.call(lambda _: _limited(work, where), None, interrupted=lambda: None)
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


def _limited(work: Callable[[], None], where: Path) -> None:
    try:
        work()
    except MemoryError:
        raise CONVERTER_MEMORY.refusal("more", ModelFileError, where=where) from None


def _interrupt_once() -> None:
    """Make the first SIGINT raise KeyboardInterrupt. Later ones, as from both a terminal and us, are ignored."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, handle)


def _wait(process: int) -> tuple[int, resource.struct_rusage]:
    """Return exit code and usage of the copy. It is interrupted with this process, and ends first."""
    try:
        _, status, usage = os.wait4(process, 0)
    except BaseException:
        with suppress(
            ProcessLookupError, ChildProcessError
        ):  # it may have ended, and been waited for, just now
            os.kill(process, signal.SIGINT)
            os.waitpid(process, 0)
        raise
    return os.waitstatus_to_exitcode(status), usage
