"""Flash an image with pyOCD, an extra. Without it, a person flashes the files beside the manifest.

With `pyocd`, pyOCD detects the chip, which works when the probe is part of the board. `pyocd:stm32l475xg`
names the chip (`pyocd list --targets`; targets of packs appear after `pyocd pack install`).
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from scons_tinyml.records.errors import InputError, MissingExtra
from scons_tinyml.stages.measure.hardware.problems import BoardProblem

TOOL = "pyocd"


def check_upload(upload: str) -> None:
    """Raise InputError for another tool than pyOCD, MissingExtra when it is not installed."""
    if upload.partition(":")[0] != TOOL:
        raise InputError(f"'{upload}' is no way to flash; expected {TOOL} or {TOOL}:<target>", key="upload")
    if find_spec(TOOL) is None:
        raise MissingExtra(
            "pyocd",
            "pyOCD is not installed",
            key="upload",
            otherwise="in a checkout pip install pyocd; or flash the files by hand and leave upload= out",
        )


def flash(image: Path, upload: str) -> None:
    """Write the .hex file `image` to the flash of the board and start it. Raises BoardProblem."""
    target = upload.partition(":")[2]
    choice = ["--target", target] if target else []
    done = subprocess.run(
        [sys.executable, "-P", "-m", TOOL, "load", *choice, str(image)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
        raise BoardProblem(
            f"pyOCD did not flash it: {said[-1]}",
            where=image,
            hint=f"is the probe plugged in (pyocd list)? is the chip known (upload={TOOL}:<target>)?",
        )
