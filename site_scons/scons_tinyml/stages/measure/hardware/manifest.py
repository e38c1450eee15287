"""Content of a network's measuring images, written beside them for the stage that listens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import EnvironmentProblem
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
    """Return the manifest in `path`. Raises EnvironmentProblem when this version did not write it."""
    try:
        content = files.read_json(path)
        found = Manifest(
            firmware=content["firmware"],
            board=content["board"],
            clock_hz=content["clock_hz"],
            images=tuple(_image(image) for image in content["images"]),
            refused=tuple(Refusal(**refusal) for refusal in content["refused"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnvironmentProblem(f"no list of images: {error}", where=path) from None
    if found.firmware != VERSION:
        raise EnvironmentProblem(f"is of {found.firmware}, not of {VERSION}", where=path)
    return found


def _image(content: dict[str, Any]) -> ImageRecord:
    trials = tuple(TrialRecord(**trial) for trial in content["trials"])
    return ImageRecord(content["name"], content["digest"], trials)
