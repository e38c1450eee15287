"""Output of a network that gives the classes, by its name in a model.toml."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.quantize.convert import output_names
from scons_tinyml.stages.train.saved_model import SavedNetwork
from scons_tinyml.stages.train.tensorflow_process import KerasModel


def output_position(network: KerasModel | SavedNetwork, dataset: Dataset, file: Path) -> int:
    """Return the position of the output that gives the classes. Raises InputError for one that is not named."""
    names = output_names(network)
    if dataset.output is None and len(names) == 1:
        return 0
    if dataset.output is None:
        raise InputError(
            f"the network has the outputs {', '.join(names)}; which one gives the classes?",
            where=file,
            key="dataset.output",
            hint=f'output = "{names[0]}"',
        )
    if dataset.output not in names:
        problem = f"the network has no output {dataset.output!r}; {did_you_mean(dataset.output, names)}"
        raise InputError(problem, where=file, key="dataset.output")
    return names.index(dataset.output)
