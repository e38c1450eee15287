"""Python code of a project, run here: a network file, a data set, a metric or a generator, with what it imports."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean


@contextmanager
def importing_from(*folders: Path) -> Iterator[None]:
    """Make modules in `folders` importable inside of the block, and unload them after it.

    The folders come last in sys.path: none of their files takes the place of a package or of the standard library.
    Other code may have modules of the same names. No compiled files are left beside them.
    """
    known, added = set(sys.modules), [str(folder.resolve()) for folder in folders]
    sys.path.extend(added)
    writes_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes_none
        for folder in added:
            sys.path.remove(folder)
        for name in set(sys.modules) - known:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin is not None and str(Path(origin).parent) in added:
                del sys.modules[name]


def function_of(path: Path, name: str, parameters: str) -> tuple[ModuleType, Callable[..., Any]]:
    """Run the file `path` as a module, and return it with its function `name`.

    No compiled files are left beside it. Raises InputError with file, line and exception when the file raises, and when
    it has no such function; `parameters` are those of the function, for that message.
    """
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    call(path, lambda: exec(compile(source, str(path), "exec"), vars(module)))
    found = getattr(module, name, None)
    if not callable(found):
        known = [one for one in vars(module) if not one.startswith("_")]
        raise InputError(f"has no function {name}({parameters}); {did_you_mean(name, known)}", where=path)
    return module, found


def call(path: Path, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `function`, of the file `path`, returns. Raises InputError with file, line and exception."""
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:
        raise _located(path, error) from None


def _located(path: Path, error: BaseException) -> InputError:
    """Return `error` with the last line of `path` in its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    where = f"{path}:{lines[-1]}" if lines else str(path)
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return InputError(f"{type(error).__name__}: {message}", where=where)
