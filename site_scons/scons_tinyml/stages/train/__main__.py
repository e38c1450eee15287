"""Stage: a described network is trained on its data set.

python -m scons_tinyml.stages.train --model models/NAME/model.toml --keras OUT.keras --history OUT.json
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import read_model
from scons_tinyml.stages.command import run
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.train.fit import fit
from scons_tinyml.stages.train.keras_file import write_keras
from scons_tinyml.stages.train.network_file import build_network
from scons_tinyml.stages.train.split import read_splits
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

_PACKAGES = ("tensorflow-cpu", "keras", "numpy")


def main(arguments: Sequence[str]) -> None:
    """Train and write; nothing is written when the descriptor, its network or its data is not usable."""
    parser = ArgumentParser(prog="scons_tinyml.stages.train", description="Train a network.")
    parser.add_argument("--model", type=Path, required=True, help="model.toml to follow")
    parser.add_argument("--keras", type=Path, required=True, help="float network to write")
    parser.add_argument("--history", type=Path, required=True, help="JSON file to write the run to")
    options = parser.parse_args(arguments)
    model = read_model(options.model)
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
            "parameters": network.count_params(),
            "versions": {name: version(name) for name in _PACKAGES},
            **asdict(history),
        },
    )


if __name__ == "__main__":
    run(main)
