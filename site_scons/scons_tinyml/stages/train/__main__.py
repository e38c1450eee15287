"""Stage: train a described network on its data set, or draw random weights.

python -m scons_tinyml.stages train --model models/NAME/model.toml --keras OUT.keras --history OUT.json
    [--data IN.npz] [--variant width=0.5]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model
from scons_tinyml.records.network_spec import NetworkSpec
from scons_tinyml.records.paths import locate
from scons_tinyml.records.variants import options_of, read_variant
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import output_of
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.train.fit import fit
from scons_tinyml.stages.train.keras_file import write_keras
from scons_tinyml.stages.train.network_file import build_network
from scons_tinyml.stages.train.random_weights import draw_weights
from scons_tinyml.stages.train.request import TrainRequest
from scons_tinyml.stages.train.tensorflow_process import (
    KerasModel,
    import_tensorflow,
    require_tensorflow,
)

_PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "numpy")


def main(request: TrainRequest[Path]) -> None:
    """Train and write; writes nothing when the descriptor, its network or its data is unusable."""
    model = read_variant(request.model, request.variant)
    require_tensorflow(request.model)
    if model.random_weights is not None:
        _draw(request, model)
    else:
        _train(request, model)


def _draw(request: TrainRequest[Path], model: Model) -> None:
    assert model.random_weights is not None and model.input is not None
    drawn = model.random_weights
    import_tensorflow(drawn.seed)
    file = locate(drawn.network, request.model.parent, where=request.model, key="random_weights.network")
    network = build_network(file, NetworkSpec(model.input.shape, drawn.outputs, options_of(model)))
    draw_weights(network, drawn.seed)
    write_keras(request.keras, network)
    write_json(request.history, _provenance(network))


def _train(request: TrainRequest[Path], model: Model) -> None:
    if model.training is None or request.data is None:
        raise InputError("its network is given by 'source': there is nothing to train", where=request.model)
    splits = read_data(request.data)
    tf = import_tensorflow(model.training.seed)
    file = locate(model.training.network, request.model.parent, where=request.model, key="training.network")
    spec = NetworkSpec(splits.train.values.shape[1:], output_of(splits.train), options_of(model))
    network = build_network(file, spec)
    history = fit(network, splits, model.training, tf)
    write_keras(request.keras, network)
    write_json(
        request.history,
        {
            "classes": splits.train.classes,
            "samples": {name: len(part) for name, part in splits.parts.items()},
            **_provenance(network),
            **asdict(history),
        },
    )


def _provenance(network: KerasModel) -> dict[str, Any]:
    return {
        "parameters": network.count_params(),
        "versions": dict(_versions()),
    }


def _versions() -> Iterator[tuple[str, str]]:
    """Yield names and versions of the packages of `_PACKAGES` that are installed."""
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)
