"""Stage: a described network is trained on its data set, or gets random weights.

python -m scons_tinyml.stages train --model models/NAME/model.toml --keras OUT.keras --history OUT.json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.train.fit import fit
from scons_tinyml.stages.train.keras_file import write_keras
from scons_tinyml.stages.train.network_file import build_network
from scons_tinyml.stages.train.random_weights import draw_weights
from scons_tinyml.stages.train.split import read_splits
from scons_tinyml.stages.train.tensorflow_process import KerasModel, import_tensorflow

_PACKAGES = ("tensorflow-cpu", "keras", "numpy")


def main(arguments: Sequence[str]) -> None:
    """Train and write; nothing is written when the descriptor, its network or its data is not usable."""
    parser = ArgumentParser(prog="scons_tinyml.stages train", description="Train a network.")
    parser.add_argument("--model", type=Path, required=True, help="model.toml to follow")
    parser.add_argument("--keras", type=Path, required=True, help="float network to write")
    parser.add_argument("--history", type=Path, required=True, help="JSON file to write the run to")
    options = parser.parse_args(arguments)
    model = read_model(options.model)
    if model.random_weights is not None:
        _draw(options, model)
    else:
        _train(options, model)


def _draw(options: Namespace, model: Model) -> None:
    assert model.random_weights is not None and model.input is not None
    drawn = model.random_weights
    import_tensorflow(drawn.seed)
    network = build_network(options.model.parent / drawn.network, model.input.shape, drawn.outputs)
    draw_weights(network, drawn.seed)
    write_keras(options.keras, network)
    write_json(options.history, _provenance(network))


def _train(options: Namespace, model: Model) -> None:
    if model.training is None:
        raise InputError("its network is given by 'source': there is nothing to train", where=options.model)
    splits = read_splits(model, options.model)
    tf = import_tensorflow(model.training.seed)
    file = options.model.parent / model.training.network
    network = build_network(file, splits.train.values.shape[1:], len(splits.train.classes))
    history = fit(network, splits, model.training, tf)
    write_keras(options.keras, network)
    write_json(
        options.history,
        {
            "classes": splits.train.classes,
            "samples": {name: len(part) for name, part in vars(splits).items()},
            **_provenance(network),
            **asdict(history),
        },
    )


def _provenance(network: KerasModel) -> dict[str, Any]:
    return {
        "parameters": network.count_params(),
        "versions": {name: version(name) for name in _PACKAGES},
    }
