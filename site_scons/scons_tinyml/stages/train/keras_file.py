"""`.keras` files: equal networks give equal bytes, and a broken file is reported."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.train.keras_archive import EXPECTED
from scons_tinyml.stages.train.keras_check import require_plain
from scons_tinyml.stages.train.recurrent import written_out
from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow


def write_keras(path: Path, network: KerasModel) -> None:
    """Write `network` to `path` without Keras's time stamps and memory addresses."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "network.keras")
        network.save(saved)
        write_bytes(path, _reproducible(saved))


def _reproducible(saved: Path) -> bytes:
    stream = io.BytesIO()
    with ZipFile(saved) as old, ZipFile(stream, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name.endswith(".json"):
                content = json.dumps(_lasting(parse_json(content), {}), sort_keys=True).encode()
            new.writestr(ZipInfo(name), content)  # dated 1980-01-01
    return stream.getvalue()


def _lasting(value: Any, numbers: dict[int, int]) -> Any:
    """Return the JSON `value` without the date, and with memory addresses numbered in order of occurrence."""
    if isinstance(value, dict):
        kept = {key: _lasting(part, numbers) for key, part in value.items() if key != "date_saved"}
        if "shared_object_id" in kept:
            kept["shared_object_id"] = numbers.setdefault(kept["shared_object_id"], len(numbers))
        return kept
    if isinstance(value, list):
        return [_lasting(part, numbers) for part in value]
    return value


def read_keras(path: Path, tf: TensorFlow) -> KerasModel:
    """Return the network in `path`, with its loops written out, and without running code in the file.

    `check_keras` has checked its sizes. Raises ModelFileError.
    """
    require_plain(path)
    try:
        return written_out(tf.keras.saving.load_model(path, compile=False, safe_mode=True), tf)
    except Exception as error:  # a damaged file raises nearly any exception
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"is not a Keras network that can be loaded: {reason[0] if reason else type(error).__name__}",
            where=path,
            hint=EXPECTED,
        ) from None
