"""Output of a network that gives the classes, by its name in a model.toml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean


def output_position(names: Sequence[str], dataset: Dataset | None, file: Path) -> int:
    """Return which of the outputs `names` gives the classes. Raises InputError where `dataset` names none of them."""
    wanted = dataset.output if dataset else None
    if wanted is None and len(names) == 1:
        return 0
    if wanted is None:
        raise InputError(
            f"the network has the outputs {', '.join(names)}; which one gives the classes?",
            where=file,
            key="dataset.output",
            hint=f'in a model.toml: output = "{names[0]}"',
        )
    if wanted not in names:
        problem = f"the network has no output {wanted!r}; {did_you_mean(wanted, names)}"
        raise InputError(problem, where=file, key="dataset.output")
    return names.index(wanted)
