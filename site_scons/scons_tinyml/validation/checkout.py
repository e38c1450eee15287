"""Images in a checkout of published benchmark results, with their boards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from scons_tinyml.records.errors import InputError

Network = Literal["ad", "ic", "kws", "vww"]
NETWORKS: tuple[Network, ...] = get_args(Network)

BOARDS = {
    "DISCO_F746NG": "stm32f746",
    "NUCLEO_G0B1RE": "stm32g0b1",
    "NUCLEO_H7A3ZI": "stm32h7a3",
    "NUCLEO_L4R5ZI": "stm32l4r5",
    "NUCLEO_U575ZI": "stm32u575",
}
"""Names of boards by the name of their folder in a checkout."""

IMAGES = ("**/Release/*.bin", "BUILD/*/*/code*.bin")
"""Paths of images that STM32CubeIDE and Mbed build, below the folder of a network."""

SUBMITTERS = ("closed/*", "*/closed/*", "*/*/closed/*", "*", ".")
"""Paths of submitters' folders, below the root of a checkout or its parents; '.' is such a folder itself."""


@dataclass(frozen=True)
class PublishedImage:
    """A firmware image with the files of its measurement. `log` and `results` need not exist."""

    path: Path
    submitter: str
    board_folder: str
    board: str
    network: Network
    log: Path
    results: Path

    @property
    def name(self) -> str:
        """Submitter, board and network."""
        return f"{self.submitter}/{self.board_folder}/{self.network}"


def find_images(
    directory: Path, *, board: str | None = None, network: str | None = None
) -> list[PublishedImage]:
    """Return all images of supported boards below `directory`, by name. Raises InputError when there are none."""
    found = {image.path: image for pattern in SUBMITTERS for image in _in_submitters(directory, pattern)}
    if not found:
        raise InputError(
            "no images of supported boards are here",
            where=directory,
            hint=f"looked for closed/<submitter>/code/<board>/<network>/ with {' or '.join(IMAGES)}; "
            f"boards: {', '.join(sorted(BOARDS))}; networks: {', '.join(NETWORKS)}",
        )
    chosen = [image for image in found.values() if board in (None, image.board, image.board_folder)]
    chosen = [image for image in chosen if network in (None, image.network)]
    if not chosen:
        wanted = " and ".join(str(item) for item in (board, network) if item)
        there = sorted({image.board for image in found.values()})
        raise InputError(f"no image is for {wanted}", where=directory, hint=f"boards: {', '.join(there)}")
    return sorted(chosen, key=lambda image: image.name)


def _in_submitters(directory: Path, pattern: str) -> Iterator[PublishedImage]:
    submitters = [directory] if pattern == "." else directory.glob(pattern)
    for submitter in submitters:
        for folder, board in BOARDS.items():
            for network in NETWORKS:
                yield from _images(submitter, folder, board, network)


def _images(submitter: Path, folder: str, board: str, network: Network) -> Iterator[PublishedImage]:
    measured = submitter / "results" / folder / network / "performance"
    for pattern in IMAGES:
        for path in sorted((submitter / "code" / folder / network).glob(pattern)):
            yield PublishedImage(
                path=path,
                submitter=submitter.resolve().name,
                board_folder=folder,
                board=board,
                network=network,
                log=measured / "log.txt",
                results=measured / "results.txt",
            )
