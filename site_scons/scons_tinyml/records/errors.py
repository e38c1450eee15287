"""Classes of errors with their exit codes.

    TinymlError                      exit
    ├── InputError                    1   something a person wrote or chose is wrong
    │   ├── RecordError               1   a TOML file: unknown key, wrong unit, impossible value
    │   ├── ModelFileError            1   a network file that cannot be read, or is not valid
    │   └── UnsupportedError          1   a valid network with a layer that no kernel can run
    ├── EnvironmentProblem            1   a compiler, package, data set or database is not usable
    │   ├── MissingExtra              1   packages of an extra of this distribution are not installed
    │   └── ClusterProblem            1   scheduler or workers of a cluster are lost, or differ from this machine
    ├── Disagreement                  1   figures that must agree do not, even when measured again
    ├── BudgetExceeded                2   the firmware is over a budget
    ├── InternalError                 3   a bug of scons-tinyml: a check of its own failed
    ├── FirmwareFault                 4   the image faulted in the emulator
    │   ├── LimitReached              4   it did not come to its end
    │   └── ScriptFailed              4   it did not do what a script waits for
    └── FirmwareExit            65..123   the image ended itself with an exit code other than 0

Every message names the file, the key, the value found and a value that works, as far as each exists.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.visible import visible, visible_message

EXIT_PASS = 0
EXIT_INPUT = 1
EXIT_BUDGET = 2
EXIT_INTERNAL = 3
EXIT_FAULT = 4
EXIT_FIRMWARE = 64
"""Base of the exit code for firmware that ends with 1 to 58: the two are added. All other codes but 0 give 123."""
EXIT_INTERRUPTED = 130
"""128 + SIGINT, the exit code that shells report for Ctrl-C."""
EXIT_UNREAD = 141
"""128 + SIGPIPE, the exit code that shells report for a program whose reader has ended."""

EXIT_CODES = {
    "0": "all is well; firmware that was run ended with exit code 0, or where it was told to",
    "1": "something in the input or the environment is wrong",
    "2": "firmware is over a budget",
    "3": "a bug of scons-tinyml",
    "4": "firmware faulted in the emulator, hung, or did not do what a script waits for",
    "65..123": "firmware that was run ended itself: 64 + its exit code, 123 for codes above 58",
    "130": "interrupted",
    "141": "nobody read the output to its end, as in '| head'",
}
"""Meaning of the exit codes of all commands."""
_LARGEST_FIRMWARE_CODE = 59


class TinymlError(Exception):
    """Base of all errors that are reported to a person as one message without a traceback.

    `where` is the file (or command line) at fault, `key` the dotted key in it, `hint` the way to mend it.
    """

    exit_code = EXIT_INTERNAL

    def __init__(
        self,
        problem: str,
        *,
        where: str | Path | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.where = None if where is None else str(where)
        self.key = key
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the message as it is printed: control characters of names in it are escaped."""
        prefix = ": ".join(visible(part) for part in (self.where, self.key) if part)
        problem = visible_message(self.problem)
        text = f"{prefix}: {problem}" if prefix else problem
        return f"{text}\n  {visible_message(self.hint)}" if self.hint else text


class InputError(TinymlError):
    """Something that a person wrote or chose is wrong."""

    exit_code = EXIT_INPUT


class RecordError(InputError):
    """A board, model or kernel file does not follow its schema."""


class ModelFileError(InputError):
    """A network file cannot be read, or its content is not a valid network."""


class UnsupportedError(InputError):
    """A valid network with a layer, type or shape that this version cannot run."""


class EnvironmentProblem(TinymlError):
    """Something outside of the project is missing or unusable: compiler, package, data set, database."""

    exit_code = EXIT_INPUT


class MissingExtra(EnvironmentProblem):
    """Packages of an extra of this distribution are not installed. The hint is the command that installs them."""

    def __init__(
        self,
        extra: str,
        problem: str,
        *,
        otherwise: str = "",
        where: str | Path | None = None,
        key: str | None = None,
    ) -> None:
        command = f"pip install 'scons-tinyml[{extra}]'"
        super().__init__(problem, where=where, key=key, hint="; ".join(filter(None, (command, otherwise))))


class ClusterProblem(EnvironmentProblem):
    """Scheduler or workers of a cluster cannot be reached, are lost, or differ from this machine."""

    def after(self, rows: int) -> ClusterProblem:
        """Return the problem with the number of `rows` that were measured and stored before it."""
        stored = f"{rows} row{' was' if rows == 1 else 's were'} measured, all are recorded"
        hint = "; ".join(filter(None, (self.hint, stored, "the same command goes on from there")))
        return ClusterProblem(self.problem, where=self.where, key=self.key, hint=hint)


class Disagreement(TinymlError):
    """Two figures that must agree do not: the measurement is not reliable."""

    exit_code = EXIT_INPUT


class BudgetExceeded(TinymlError):
    """The firmware is over a budget. Its report is written, its images are not."""

    exit_code = EXIT_BUDGET


class InternalError(TinymlError):
    """A check of our own failed: a bug of scons-tinyml, not of its user."""

    exit_code = EXIT_INTERNAL

    def __str__(self) -> str:
        return f"{super().__str__()}\n  This is a bug of scons-tinyml, not of your project: please report it."


class FirmwareFault(TinymlError):
    """The image did something in the emulator that would stop the chip."""

    exit_code = EXIT_FAULT


class LimitReached(FirmwareFault):
    """The image did not come to its end within a number of instructions or cycles."""


class ScriptFailed(FirmwareFault):
    """The image did not do what a script waits for."""


class FirmwareExit(TinymlError):
    """The image ended itself with an exit code other than 0, from which the exit code of the command is made."""

    def __init__(self, code: int, *, where: str | Path | None = None) -> None:
        shown = code if 0 < code < _LARGEST_FIRMWARE_CODE else _LARGEST_FIRMWARE_CODE
        self.exit_code = EXIT_FIRMWARE + shown
        super().__init__(f"the firmware ended with exit code {code}", where=where)
