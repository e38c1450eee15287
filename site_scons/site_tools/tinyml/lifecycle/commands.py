"""Actions of all nodes: lists of words that run without a shell, and in which SCons substitutes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import SCons.Action
from SCons.Errors import BuildError
from SCons.Node import Node
from SCons.Util import sanitize_shell_env

from scons_tinyml.records.errors import EXIT_INPUT
from scons_tinyml.records.file_names import as_argument
from scons_tinyml.records.record import Record
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import print_wrapped

from .failure_log import LOG, FailureLog
from .isolation import search_project_last
from .processes import start

SAFE_PATH = "PYTHONSAFEPATH"
"""Environment variable that keeps the working folder out of sys.path: in children of children, too."""
HASH_SEED = "PYTHONHASHSEED"
"""Environment variable that fixes the order of sets of text: code of a project gives the same result each time."""
PART = ".part"
"""Suffix of a file while a program writes it.

Compilers and linkers write in place. A part that a kill leaves must not have the name of the whole: SCons would take
it for the target of an earlier build with the same sources.
"""


class Unsigned(Record):
    """Words that differ between machines, not the result: no part of the signature."""

    words: tuple[Any, ...]


class Beginning(Record):
    """Path of the file that becomes the node `target` when the command has succeeded."""

    target: Any


class Late(Record):
    """Nodes that are known when the command runs: no part of the signature, as they are dependencies."""

    nodes: Callable[[], Sequence[Any]]


class Command(SCons.Action._ActionAction):  # type: ignore[misc] # SCons has no types
    """Action that runs `words`: text, nodes, `Unsigned`, `Beginning` and `Late`.

    `title` is printed before the first target, and `values` are dependencies beside the words. A `program` is not ours:
    its messages are made visible. Its output becomes the node `printed`.
    """

    def __init__(
        self,
        title: str,
        words: Sequence[Any],
        *,
        values: Sequence[str] = (),
        program: bool = False,
        printed: Any = None,
    ) -> None:
        super().__init__()
        self.title = title
        self.words = tuple(words)
        self.values = tuple(values)
        self.program = program
        self.printed = printed

    def __str__(self) -> str:
        return visible(" ".join([self.title, *_signed(self.words)]))

    def __hash__(self) -> int:
        return id(self)

    def arguments(self, targets: Sequence[Any]) -> list[str]:
        """Return the command line that makes `targets`."""
        return list(_arguments(self.words, targets))

    def strfunction(self, target: Any, source: Any, env: Any, executor: Any = None) -> str:  # noqa: ARG002
        """Return the line that SCons prints: that of TINYMLLINKCOMSTR or TINYMLCOMSTR, or title and first target."""
        own = env.get(f"TINYML{self.title.upper()}COMSTR", env.get("TINYMLCOMSTR"))
        if own is not None:
            from .. import paths  # late, as Ctrl-C may come while it is imported

            return visible(paths.filled(env, own, target, source))
        return visible(f"{self.title:10} {target[0]}")

    def get_presig(self, target: Any, source: Any, env: Any, executor: Any = None) -> bytes:  # noqa: ARG002
        """Return what the signature covers. Nodes stand for themselves: SCons signs their content."""
        return "\0".join([*_signed(self.words), *self.values]).encode(errors="surrogatepass")

    def get_implicit_deps(self, target: Any, source: Any, env: Any, executor: Any = None) -> list[Any]:  # noqa: ARG002
        """Return none: what a compiler depends on is in `values`."""
        return []

    def execute(self, target: Any, source: Any, env: Any, executor: Any = None) -> Any:  # noqa: ARG002
        """Run the command, and give finished parts their names. Returns 0, or a BuildError with its exit code."""
        search_project_last()
        targets = executor.get_all_targets() if executor else target
        words = self.arguments(targets)
        try:
            code = self._run(words, env)
        except OSError as error:
            print_wrapped(f"tinyml: error: {error.filename or words[0]}: {error.strerror}", sys.stderr)
            code = EXIT_INPUT
        return BuildError(errstr=f"Error {code}", status=code, action=self, command=words) if code else 0

    def _run(self, words: Sequence[str], env: Any) -> int:
        """Return the exit code, below 0 if a signal ended the command. Raises OSError."""
        begun = [word.target for word in self.words if isinstance(word, Beginning)]
        for node in begun:
            _remove(f"{node}{PART}")
        environment = sanitize_shell_env(env["ENV"]) | {SAFE_PATH: "1", HASH_SEED: "0"}
        log: FailureLog | None = env.get(LOG) or (FailureLog("") if self.program else None)
        if log is None:
            code = start(words, foreign=self.program, env=environment).wait()
        elif self.printed is None:
            code = log.run(words, environment, foreign=self.program)
        else:
            begun.append(self.printed)
            with open(f"{self.printed}{PART}", "wb") as output:  # noqa: PTH123 - as all of SCons
                code = log.run(words, environment, output, foreign=self.program)
        if not code:
            for node in begun:
                os.replace(f"{node}{PART}", str(node))
        return code


def _remove(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108 - in every build
    except FileNotFoundError:
        return


def _arguments(words: Sequence[Any], targets: Sequence[Any]) -> Iterator[str]:
    """Yield the arguments of the command line; none that is a path is taken for an option or a response file."""
    for word in words:
        if isinstance(word, Unsigned):
            yield from _arguments(word.words, targets)
        elif isinstance(word, Late):
            yield from _arguments(word.nodes(), targets)
        elif isinstance(word, Beginning):
            yield f"{as_argument(str(word.target))}{PART}"
        elif isinstance(word, Node):
            is_target = word in targets or not hasattr(word, "rfile")
            yield as_argument(str(word if is_target else word.rfile()))
        else:
            yield str(word)


def _signed(words: Sequence[Any]) -> Iterator[str]:
    for word in words:
        if isinstance(word, Beginning):
            yield word.target.name
        elif isinstance(word, Node):
            yield word.name
        elif not isinstance(word, Unsigned | Late):
            yield str(word)
