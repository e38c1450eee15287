"""Stage: read the data set of a model, remove duplicates, and split it.

python -m scons_tinyml.stages data --model models/NAME/model.toml --data OUT.npz [--outside FOLDER ...]

The script of a data set runs in this process, and in no other: training, quantization and evaluation read the file.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.model import read_model
from scons_tinyml.stages.data.file import write_data
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.data.request import DataRequest


def main(request: DataRequest[Path]) -> None:
    """Read, split and write; writes nothing when the descriptor or its data is unusable."""
    write_data(request.data, read_splits(read_model(request.model), request.model, request.outside))
