"""Files of a comparison: versions of a network, samples, and records of earlier stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scons_tinyml.records.quality import Alternatives, Judged, Quality
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.files import read_record
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.reader import read_noted
from scons_tinyml.stages.quality.compare import Version
from scons_tinyml.stages.samples import read_samples

if TYPE_CHECKING:
    from scons_tinyml.stages.samples import FloatArray

MOST_SAMPLES = 64
"""Most samples that layers run on; more move no figure by a tenth of a decibel."""
MOST_MACS = 1_000_000_000
"""Multiply-accumulates of all samples together, about half a minute of the oracle: large networks run on fewer."""
LEAST_SAMPLES = 2
WHOLE = ("fold_constant_channels",)
"""Passes that are left out: the float version has channels that a build leaves out of the quantized one."""


def read_judged(path: Path) -> Judged:
    """Return what the versions of a network make of the test split. Raises InputError for other content."""
    return read_record(path, Judged.model_validate)


def read_quality(path: Path) -> Quality:
    """Return the record in `path`. Raises InputError for other content."""
    return read_record(path, Quality.model_validate)


def read_alternatives(path: Path) -> Alternatives:
    """Return the record in `path`. Raises InputError for other content."""
    return read_record(path, Alternatives.model_validate)


def read_version(path: Path) -> Version:
    """Return the network in `path` with all its channels. Raises ModelFileError, UnsupportedError."""
    return Version(read_noted(path, WHOLE)[0], path.read_bytes())


def samples_of(
    data: Path | None, samples: Path, graph: Graph
) -> tuple[Sequence[FloatArray], Literal["representative", "test", "random"]]:
    """Return samples of each input of `graph`, and where they are from: the splits `data`, or the file `samples`."""
    count = sample_count(graph)
    if data is not None:
        splits = read_data(data)
        if len(splits.train):
            return [splits.train.values[:count]], "representative"
        return [splits.test.values[:count]], "test"
    return [values[:count] for values in read_samples(samples).inputs], "random"


def sample_count(graph: Graph) -> int:
    """Return the number of samples that the layers of `graph` run on."""
    return max(LEAST_SAMPLES, min(MOST_SAMPLES, MOST_MACS // max(macs_of(graph), 1)))


def macs_of(graph: Graph) -> int:
    """Return the multiply-accumulates of one inference."""
    found = ((find_operator(view.layer.operator), view) for view in graph.views())
    return sum(operator.macs(view) for operator, view in found if operator)
