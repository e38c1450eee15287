"""The Python file beside a model.toml that builds its Keras network."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.project_code import importing_from
from scons_tinyml.stages.train.tensorflow_process import KerasModel


def build_network(path: Path, input_shape: tuple[int, ...], classes: int) -> KerasModel:
    """Return the network from `build(input_shape, classes)` of the file `path`.

    The file may import others beside it, and from the working folder. Raises InputError with file, line and exception
    when the file raises, and when its network does not take (batch, *input_shape) and return (batch, classes).
    """
    with importing_from(path.parent, Path()):
        network = _build(path, input_shape, classes)
    _check(path, network, input_shape, classes)
    return network


def _build(path: Path, input_shape: tuple[int, ...], classes: int) -> KerasModel:
    module = _execute(path)
    build = getattr(module, "build", None)
    if not callable(build):
        known = [name for name in vars(module) if not name.startswith("_")]
        raise InputError(
            f"has no function build(input_shape, classes); {did_you_mean('build', known)}", where=path
        )
    try:
        return build(input_shape, classes)
    except (Exception, SystemExit) as error:
        raise _located(path, error) from None


def _execute(path: Path) -> ModuleType:
    """Run `path` as a module, without leaving compiled files beside it."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    try:
        exec(compile(source, str(path), "exec"), vars(module))
    except (Exception, SystemExit) as error:
        raise _located(path, error) from None
    return module


def _located(path: Path, error: BaseException) -> InputError:
    """Return `error` with the last line of `path` in its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    where = f"{path}:{lines[-1]}" if lines else str(path)
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return InputError(f"{type(error).__name__}: {message}", where=where)


def _check(path: Path, network: KerasModel, input_shape: tuple[int, ...], classes: int) -> None:
    expected = ((None, *input_shape), (None, classes))
    try:
        found = (tuple(network.input_shape), tuple(network.output_shape))
    except (AttributeError, TypeError):
        raise InputError(
            f"build returned {type(network).__name__}; expected a keras.Model with one input and one output",
            where=path,
        ) from None
    if found != expected:
        raise InputError(
            f"build returned a network from {found[0]} to {found[1]}; expected {expected[0]} to {expected[1]}",
            where=path,
        )
