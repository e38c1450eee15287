"""Stage: convert an `.onnx` file to a float `.tflite` with the command `onnx2tf`.

python -m scons_tinyml.stages quantize.from_onnx --onnx IN.onnx --tflite OUT.tflite [--command PATH]

onnx2tf (MIT, from version 2.4) writes a `.tflite` without TensorFlow and without network access. It pins the
versions of its dependencies, so it is a command of its own environment, not a package that we import.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import EnvironmentProblem, ModelFileError
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.quantize.onnx_check import require_contained
from scons_tinyml.stages.quantize.requests import FromOnnxRequest

COMMAND = "onnx2tf"
_OPTIONS = ("--non_verbose", "--batch_size", "1")
_RESULT = "*_float32.tflite"


def find_command() -> Path | None:
    """Return the command beside our Python, where the extra `onnx` puts it, or on PATH; else None."""
    beside = shutil.which(COMMAND, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(COMMAND)
    return Path(found) if found else None


def version(command: Path) -> str:
    """Return 'onnx2tf-2.6.9' from files beside the command, as running it takes seconds; else its path."""
    folders = command.resolve().parent.parent.glob(f"lib/python*/site-packages/{COMMAND}-*.dist-info")
    return next((folder.stem for folder in sorted(folders)), str(command))


def convert(onnx: Path, command: Path | None) -> bytes:
    """Return the float network of the file `onnx`.

    Raises EnvironmentProblem when there is no command, ModelFileError when it cannot convert the file, and InputError
    when the file refers to files or operators that are not its own.
    """
    if not onnx.is_file():
        raise ModelFileError("no such file", where=onnx)
    require_contained(onnx)
    if command is None:
        raise EnvironmentProblem(
            f"the command {COMMAND}, which converts .onnx files, is not installed",
            where=onnx,
            hint="on Python 3.12 or newer: pipx install onnx2tf, or pip install 'scons-tinyml[onnx]'; "
            "or give a .tflite that was converted elsewhere",
        )
    with TemporaryDirectory(prefix="tinyml-onnx-") as folder:
        done = subprocess.run(
            [command, "-i", onnx.resolve(), "-o", folder, *_OPTIONS],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
        )
        made = sorted(Path(folder).glob(_RESULT))
        if done.returncode or not made:
            raise ModelFileError(
                f"{version(command)} cannot convert it: {_last_words(done.stdout + done.stderr)}",
                where=onnx,
                hint=f"see what `{COMMAND} -i {onnx.name}` says, or give a .tflite that was converted otherwise",
            )
        return made[0].read_bytes()


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"


def main(request: FromOnnxRequest[Path]) -> None:
    """Convert and write."""
    write_bytes(request.tflite, convert(request.onnx, request.command or find_command()))
