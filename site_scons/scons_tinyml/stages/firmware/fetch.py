"""Fetch the external sources of a kernel set: a wheel with a pinned SHA-256.

    python -m scons_tinyml.stages firmware.fetch --set kernels/cmsis_nn --manifest build/.../manifest.json

Only the files that kernels of the set name are unpacked, into the folder of the manifest.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem, InternalError
from scons_tinyml.records.kernel import KernelSet, Wheel, read_kernel_set
from scons_tinyml.records.visible import quoted
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.requests import FetchRequest


def main(request: FetchRequest[Path]) -> None:
    """Entry point of the stage."""
    kernel_set, kernels = read_kernel_set(request.set)
    if kernel_set.external is None:
        raise InternalError("the set has no external sources", where=request.set)
    needed = {name for kernel in kernels for name in kernel.external_sources} | set(
        kernel_set.external_headers
    )
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(kernel_set.external, Path(folder))
        digests = unpack(wheel, kernel_set, sorted(needed), request.manifest.parent)
    files.write_json(request.manifest, {"wheel": kernel_set.external.model_dump(), "files": digests})


def download(wheel: Wheel, folder: Path) -> Path:
    """Download the wheel with pip, which rejects a wrong digest; return its file.

    Raises EnvironmentProblem.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    pip = [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    done = subprocess.run(
        [
            *pip,
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--dest",
            str(folder),
            "--requirement",
            str(requirement),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = list(folder.glob("*.whl"))
    if done.returncode != 0 or not found:
        raise EnvironmentProblem(
            f"{wheel.distribution} {wheel.version} could not be downloaded:{quoted(done.stderr)}",
            hint=f"pip needs to reach its package index once; or give {wheel.override_option}=path of a checkout",
        )
    return found[0]


def unpack(wheel: Path, kernel_set: KernelSet, names: Sequence[str], folder: Path) -> dict[str, str]:
    """Write the files `names` of the wheel below `folder`; return their SHA-256 by name."""
    assert kernel_set.external is not None
    digests = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            try:
                data = archive.read(f"{kernel_set.external.subfolder}/{name}")
            except KeyError:
                raise InternalError(
                    f"{wheel.name} has no {name}", where=f"kernels/{kernel_set.name}"
                ) from None
            files.write_bytes(folder / name, data)
            digests[name] = hashlib.sha256(data).hexdigest()
    return digests
