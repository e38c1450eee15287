"""`.keras` files: the same network gives the same bytes, and a broken file is said to be one."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow

_METADATA = "metadata.json"


def write_keras(path: Path, network: KerasModel) -> None:
    """Write `network` to `path` without the time of day that Keras puts into it twice."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "network.keras")
        network.save(saved)
        write_bytes(path, _without_time(saved))


def _without_time(saved: Path) -> bytes:
    stream = io.BytesIO()
    with ZipFile(saved) as old, ZipFile(stream, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == _METADATA:
                metadata = json.loads(content)
                metadata.pop("date_saved", None)
                content = json.dumps(metadata, sort_keys=True).encode()
            new.writestr(ZipInfo(name), content)  # dated 1980-01-01
    return stream.getvalue()


def read_keras(path: Path, tf: TensorFlow) -> KerasModel:
    """The network in `path`, without running code that the file may carry. Raises ModelFileError."""
    if not path.is_file():
        raise ModelFileError("no such file", where=path)
    try:
        return tf.keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a damaged file raises nearly anything
        reason = str(error).strip().splitlines()
        raise ModelFileError(
            f"is not a Keras network that can be loaded: {reason[0] if reason else type(error).__name__}",
            where=path,
            hint="expected a file that model.save('name.keras') of Keras 3 wrote, without custom code",
        ) from None
