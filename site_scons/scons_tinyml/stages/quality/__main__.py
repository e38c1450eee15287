"""Stage: compare a quantized network with its float version, layer by layer.

python -m scons_tinyml.stages quality --tflite int8.tflite --float float.tflite --data data.npz --samples samples.npz
    --judged judged.json --quality quality.json --name cats --quantization int8

Nothing of an image depends on the result. Samples are those that the network was quantized with; without a data set
they are random.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from scons_tinyml.records.quality import Quality
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.quality.compare import compare
from scons_tinyml.stages.quality.reading import read_judged, read_version, samples_of
from scons_tinyml.stages.quality.request import QualityRequest

_GIVEN = "the network was given in this form, and its float version is not known"
_FLOAT = "the network is float, and nothing is rounded"
_UNLABELLED = "there are no labelled samples"


def main(request: QualityRequest[Path]) -> None:
    """Compare and write."""
    quantized = read_version(request.tflite)
    original = read_version(request.float) if request.float else None
    samples, origin = samples_of(request.data, request.samples, quantized.graph)
    judged = read_judged(request.judged) if request.judged else None
    kind = quantized.graph.quantization if request.quantization == "given" else request.quantization
    found = Quality(
        model=request.name,
        quantization=kind,  # type: ignore[arg-type] # checked by the record
        network_sha256=sha256(quantized.tflite).hexdigest(),
        oracle=oracle_for(quantized.tflite, request.tflite).name,
        compared_absent=None if original else _FLOAT if kind == "float" else _GIVEN,
        samples=len(samples[0]),
        samples_of=origin,
        layers=compare(quantized, original, samples),
        judged=judged,
        judged_absent=None if judged else _UNLABELLED,
    )
    write_json(request.quality, found.model_dump(mode="json"))
