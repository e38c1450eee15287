"""Stage: read the data set of a model, remove duplicates, and split it.

python -m scons_tinyml.stages data --model models/NAME/model.toml --data OUT.npz [--variant size=20]
    [--outside FOLDER ...]

The script of a data set runs in this process, and in no other: training, quantization and evaluation read the file.
Files of anybody are read in a copy of the process with limits, as native code decodes pictures.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.variants import read_variant
from scons_tinyml.stages.data.file import write_data
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.data.request import DataRequest
from scons_tinyml.stages.guarded import guarded
from scons_tinyml.stages.train.tensorflow_process import require_tensorflow


def main(request: DataRequest[Path]) -> None:
    """Read, split and write; writes nothing when the descriptor or its data is unusable."""
    model = read_variant(request.model, request.variant)
    if model.training is not None:
        require_tensorflow(request.model)  # before data is downloaded or read

    def work() -> None:
        write_data(request.data, read_splits(model, request.model, request.outside))

    if model.dataset is not None and model.dataset.script is not None:
        work()
    else:
        guarded(work, request.model)
