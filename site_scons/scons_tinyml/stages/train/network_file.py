"""The Python file beside a model.toml that builds its Keras network."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.project_code import call, function_of, importing_from
from scons_tinyml.stages.train.tensorflow_process import KerasModel


def build_network(path: Path, input_shape: tuple[int, ...], classes: int | tuple[int, ...]) -> KerasModel:
    """Return the network from `build(input_shape, classes)` of the file `path`.

    For a regression, `classes` is the number of values of an output, or their shape where it has several sizes.

    The file may import others beside it, and from the working folder. Raises InputError with file, line and exception
    when the file raises, and when its network does not take (batch, *input_shape) and return (batch, classes).
    """
    with importing_from(path.parent, Path()):
        _, build = function_of(path, "build", "input_shape, classes")
        network = call(path, build, input_shape, classes)
    _check(path, network, input_shape, classes)
    return network


def _check(
    path: Path, network: KerasModel, input_shape: tuple[int, ...], classes: int | tuple[int, ...]
) -> None:
    expected = ((None, *input_shape), (None, *(classes if isinstance(classes, tuple) else (classes,))))
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
