"""The splits of a data set as a file, `data.npz`, which later stages read.

Arrays `train_values`, `train_labels` and so on, as `LabelledSamples` has them, and `about.json` with the classes.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from scons_tinyml.records.dataset import SPLITS
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_limits import JSON_BYTES
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.network_limits import DATASET_BYTES
from scons_tinyml.records.system_errors import require_regular
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.files import writing
from scons_tinyml.stages.npy import DAMAGE, SUFFIX, read_array

_ABOUT = "about.json"
_ARRAYS = ("values", "labels")


def write_data(path: Path, splits: Splits) -> None:
    """Write the file `path`; equal splits give equal bytes with all versions of Python."""
    import numpy as np

    about = {"classes": splits.test.classes, "overlap": splits.overlap}
    with writing(path) as stream, ZipFile(stream, "w") as archive:
        archive.writestr(ZipInfo(_ABOUT), json.dumps(about))  # dated 1980-01-01
        for name, part in splits.parts.items():
            for kind in _ARRAYS:
                content = io.BytesIO()
                np.save(content, getattr(part, kind), allow_pickle=False)
                archive.writestr(ZipInfo(f"{name}_{kind}{SUFFIX}"), content.getbuffer())


def read_data(path: Path) -> Splits:
    """Return the splits in `path`. Raises InputError when `write_data` did not write it."""
    try:
        require_regular(path)
        with ZipFile(path) as archive, archive.open(_ABOUT) as file:
            about = parse_json(file.read(JSON_BYTES + 1))
            parts = {name: _part(archive, name, tuple(about["classes"])) for name in SPLITS}
            return Splits(**parts, overlap=int(about["overlap"]))
    except DAMAGE as error:
        raise InputError(
            f"is not what its stage writes: {error}", where=path, hint="delete it and build again"
        ) from None


def _part(archive: ZipFile, name: str, classes: tuple[str, ...]) -> LabelledSamples:
    values, labels = (
        read_array(archive, archive.getinfo(f"{name}_{kind}{SUFFIX}"), DATASET_BYTES) for kind in _ARRAYS
    )
    if len(values) != len(labels):
        raise ValueError(f"{name} has {len(values)} samples, and {len(labels)} labels")
    return LabelledSamples(values, labels, classes)
