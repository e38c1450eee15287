"""The Python file beside a model.toml that builds its Keras network."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_spec import NetworkSpec
from scons_tinyml.stages.project_code import call, function_of, importing_from
from scons_tinyml.stages.train.tensorflow_process import KerasModel

_OF_SPEC = "spec"


def build_network(path: Path, spec: NetworkSpec) -> KerasModel:
    """Return the network from `build(spec)` or `build(input_shape, classes)` of the file `path`.

    The file may import others beside it, and from the working folder. Raises InputError with file, line and exception
    when the file raises, and when its network does not take (batch, *input_shape) and return (batch, classes); also
    for options that `build` cannot get.
    """
    with importing_from(path.parent, Path()):
        _, build = function_of(path, "build", "input_shape, classes")
        network = call(path, build, *_arguments(path, build, spec))
    _check(path, network, spec)
    return network


def _arguments(path: Path, build: Callable[..., Any], spec: NetworkSpec) -> tuple[Any, ...]:
    if list(inspect.signature(build).parameters) == [_OF_SPEC]:
        return (spec,)
    if spec.options:
        raise InputError(
            f"build cannot get {', '.join(sorted(spec.options))} of [variants]: expected build({_OF_SPEC})",
            where=path,
        )
    return spec.input_shape, spec.classes


def _check(path: Path, network: KerasModel, spec: NetworkSpec) -> None:
    outputs = spec.classes if isinstance(spec.classes, tuple) else (spec.classes,)
    expected = ((None, *spec.input_shape), (None, *outputs))
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
