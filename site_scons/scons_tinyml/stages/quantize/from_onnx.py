"""Stage: convert an `.onnx` file to a float `.tflite` with the command `onnx2tf`.

python -m scons_tinyml.stages quantize.from_onnx --onnx IN.onnx --tflite OUT.tflite [--command PATH]

onnx2tf (MIT) writes a `.tflite` without network access, version 2 (Python 3.12 and newer) also without TensorFlow. It
pins the versions of its dependencies, so it is a command of its own environment, not a package that we import.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import MissingExtra, ModelFileError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.network_limits import CONVERTER_MEMORY, CONVERTER_SECONDS, NETWORK_FILE
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.process_limits import limit_memory, limit_time, peak_bytes, reached
from scons_tinyml.stages.quantize.onnx_check import check_onnx
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

    Raises MissingExtra when there is no command, ModelFileError when it cannot convert the file, and InputError
    when the file refers to files or operators that are not its own.
    """
    check_onnx(onnx)
    if command is None:
        raise MissingExtra(
            "onnx",
            f"the command {COMMAND}, which converts .onnx files, is not installed",
            where=onnx,
            otherwise=f"on Python 3.11, `pipx install {COMMAND}`; or give a .tflite that was converted elsewhere",
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
            preexec_fn=_limit,
        )
        _require_within(done, onnx)
        made = sorted(Path(folder).glob(_RESULT))
        if done.returncode or not made:
            raise ModelFileError(
                f"{version(command)} cannot convert it: {_last_words(done.stdout + done.stderr)}",
                where=onnx,
                hint=f"see what `{COMMAND} -i {onnx.name}` says, or give a .tflite that was converted otherwise",
            )
        return read_file(made[0], NETWORK_FILE)


def _limit() -> None:
    """Lower the limits of the converter, in its process."""
    limit_memory(CONVERTER_MEMORY)
    limit_time(CONVERTER_SECONDS)


def _require_within(done: subprocess.CompletedProcess[str], onnx: Path) -> None:
    """Raise ModelFileError when the converter has reached a limit."""
    peak = peak_bytes(resource.getrusage(resource.RUSAGE_CHILDREN))
    limit = reached(done.returncode, done.stdout + done.stderr, peak, CONVERTER_MEMORY, CONVERTER_SECONDS)
    if limit is not None:
        raise limit.refusal("more", ModelFileError, where=onnx)


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"


def main(request: FromOnnxRequest[Path]) -> None:
    """Convert and write."""
    write_bytes(request.tflite, convert(request.onnx, request.command or find_command()))
