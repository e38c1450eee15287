"""Stage: compare a quantized network with its float version, layer by layer.

python -m scons_tinyml.stages quality --tflite int8.tflite --float float.tflite --data data.npz --samples samples.npz
    --judged judged.json --quality quality.json --name cats --quantization int8

Nothing of an image depends on the result. Samples are those that the network was quantized with; without a data set
they are random.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scons_tinyml.records.quality import Judged, Quality
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.files import read_record, write_json
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.reader import read_noted
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.quality.compare import Version, compare
from scons_tinyml.stages.quality.request import QualityRequest
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

_GIVEN = "the network was given in this form, and its float version is not known"
_FLOAT = "the network is float, and nothing is rounded"
_UNLABELLED = "there are no labelled samples"


def main(request: QualityRequest[Path]) -> None:
    """Compare and write."""
    quantized = _version(request.tflite)
    original = _version(request.float) if request.float else None
    samples, origin = _samples(request, quantized.graph)
    judged = read_judged(request.judged) if request.judged else None
    kind = quantized.graph.quantization if request.quantization == "given" else request.quantization
    found = Quality(
        model=request.name,
        quantization=kind,  # type: ignore[arg-type] # checked by the record
        oracle=oracle_for(quantized.tflite, request.tflite).name,
        compared_absent=None if original else _FLOAT if kind == "float" else _GIVEN,
        samples=len(samples[0]),
        samples_of=origin,
        layers=compare(quantized, original, samples),
        judged=judged,
        judged_absent=None if judged else _UNLABELLED,
    )
    write_json(request.quality, found.model_dump(mode="json"))


def read_judged(path: Path) -> Judged:
    """Return what the versions of a network make of the test split. Raises InputError for other content."""
    return read_record(path, Judged.model_validate)


def read_quality(path: Path) -> Quality:
    """Return the record in `path`. Raises InputError for other content."""
    return read_record(path, Quality.model_validate)


def _version(path: Path) -> Version:
    return Version(read_noted(path, WHOLE)[0], path.read_bytes())


def _samples(
    request: QualityRequest[Path], graph: Graph
) -> tuple[Sequence[FloatArray], Literal["representative", "test", "random"]]:
    """Return samples of each input, and where they are from."""
    count = sample_count(graph)
    if request.data is not None:
        splits = read_data(request.data)
        if len(splits.train):
            return [splits.train.values[:count]], "representative"
        return [splits.test.values[:count]], "test"
    return [values[:count] for values in read_samples(request.samples).inputs], "random"


def sample_count(graph: Graph) -> int:
    """Return the number of samples that the layers of `graph` run on."""
    macs = 0
    for view in graph.views():
        operator = find_operator(view.layer.operator)
        macs += operator.macs(view) if operator else 0
    return max(LEAST_SAMPLES, min(MOST_SAMPLES, MOST_MACS // max(macs, 1)))
