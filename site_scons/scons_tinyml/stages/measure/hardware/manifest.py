"""Content of a network's measuring images, written beside them for the stage that listens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.typed import from_values
from scons_tinyml.stages import files
from scons_tinyml.stages.measure.hardware.firmware import VERSION


@dataclass(frozen=True)
class TrialRecord:
    """A trial of an image; the board's result is checked against it."""

    layer: int
    kernel: str
    compared_bytes: int
    max_ulps: int
    """Largest accepted distance in ulps of float results from the oracle's."""
    scratch_bytes: int
    object_digest: str
    """Digest of the objects that the kernel in the image was linked from."""

    @property
    def name(self) -> str:
        """Name in messages."""
        return f"{self.kernel} on layer {self.layer}"


@dataclass(frozen=True)
class ImageRecord:
    """An image: the stem of its file names, and the digest in its banner."""

    name: str
    digest: str
    trials: tuple[TrialRecord, ...]


@dataclass(frozen=True)
class Refusal:
    """A trial without a row, with the reason."""

    layer: int
    kernel: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """All images of a network for a board, and the trials that fit into no image."""

    firmware: str
    board: str
    clock_hz: int
    images: tuple[ImageRecord, ...]
    refused: tuple[Refusal, ...]


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write `manifest` as JSON."""
    files.write_json(path, asdict(manifest))


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in `path`. Raises InputError for another content, EnvironmentProblem of another version."""
    found = files.read_record(path, lambda values: from_values(Manifest, values))
    if found.firmware != VERSION:
        raise EnvironmentProblem(f"is of {found.firmware}, not of {VERSION}", where=path)
    return found
