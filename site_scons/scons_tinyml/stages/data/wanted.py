"""What a reader of samples is asked for, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.dataset import Dataset, Task
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_limits import DATASET_BYTES, DATASET_SAMPLES
from scons_tinyml.stages.data.labelled import LabelledSamples

VALUE_BYTES = 4
"""Bytes of a float32."""
ALL = "all"
"""Name of the part of samples that are not split yet."""
Parts = Mapping[str, LabelledSamples]
"""Samples by the name of their split, or those named ALL."""


@dataclass(frozen=True)
class Wanted:
    """Samples of the shape of the network's input, with labels for `task`: 'none' for samples without labels."""

    shape: tuple[int, ...]
    task: Task
    where: Path
    """The model.toml, for messages."""
    window: int | None = None
    stride: int | None = None
    sample_rate: int | None = None
    outside: tuple[Path, ...] = ()
    """Folders outside of the project that links may lead to."""

    @classmethod
    def of(
        cls, dataset: Dataset, shape: tuple[int, ...], task: Task, where: Path, outside: tuple[Path, ...] = ()
    ) -> Wanted:
        """Return what the table `dataset` of the file `where` asks for."""
        return cls(shape, task, where, dataset.window, dataset.stride, dataset.sample_rate, outside)

    @property
    def sample_values(self) -> int:
        """Number of values of one sample."""
        product = 1
        for size in self.shape:
            product *= size
        return product

    def require_room(self, samples: int, where: str | Path) -> None:
        """Raise InputError if so many samples, of the file or folder `where`, are above a limit."""
        DATASET_SAMPLES.require(samples, where=where, error=InputError)
        DATASET_BYTES.require(samples * self.sample_values * VALUE_BYTES, where=where, error=InputError)
