"""Images in a checkout of published benchmark results, with their boards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from scons_tinyml.records.errors import InputError

Network = Literal["ad", "ic", "kws", "vww"]
NETWORKS: tuple[Network, ...] = get_args(Network)
NETWORK_FOLDERS: dict[Network, tuple[str, ...]] = {
    "ad": ("ad", "anomaly_detection"),
    "ic": ("ic", "image_classification"),
    "kws": ("kws", "keyword_spotting"),
    "vww": ("vww", "visual_wake_words", "person_detection"),
}
"""Folders of a network, in code and in results."""

BOARDS = {
    "DISCO_F746NG": "stm32f746",
    "NUCLEO_G0B1RE": "stm32g0b1",
    "NUCLEO_H7A3ZI": "stm32h7a3",
    "NUCLEO_L4R5ZI": "stm32l4r5",
    "NUCLEO_U575ZI": "stm32u575",
}
"""Names of boards by the name of their folder in a checkout, see `board_of_folder`."""

SUFFIXES = (".hex", ".bin")
"""Suffixes of images. Of two files of one stem the first is taken: Intel HEX has addresses, raw bytes have none."""
IMAGES = ("*", "**/Release/*", "BUILD/*/*/code*")
"""Paths of images without their suffix, below the folder of a network: as copied, by STM32CubeIDE, by Mbed."""

SUBMITTERS = ("closed/*", "*/closed/*", "*/*/closed/*", "*", ".")
"""Paths of submitters' folders, below the root of a checkout or its parents; '.' is such a folder itself."""
_BOARD_FOLDERS = ("*", "*/*")
"""Paths of boards' folders, below `code` and `results`: some submitters have a folder for each of their tools."""
_PERFORMANCE = ("", "performance_")
"""Prefixes of the files of a measurement."""


@dataclass(frozen=True)
class PublishedImage:
    """A firmware image with the files of its measurement. `log` and `results` need not exist."""

    path: Path
    submitter: str
    board_folder: str
    """Folder below `code`: the board, with the variant of the firmware if there are several."""
    board: str
    network: Network
    log: Path
    results: Path
    file: str = ""
    """Path of the image below the folder of its network, where that has more than one."""

    @property
    def piece(self) -> str:
        """Measured piece of the run: an inference of the network."""
        return self.network

    @property
    def title(self) -> str:
        """Submitter and board, and the file where a folder has several images."""
        return "/".join(filter(None, (self.submitter, self.board_folder, self.file)))

    @property
    def name(self) -> str:
        """Submitter, board and network, and the file where a folder has several images."""
        return "/".join(filter(None, (self.submitter, self.board_folder, self.network, self.file)))


def board_of_folder(folder: str) -> str | None:
    """Return the board of a folder, None if there is no file of it.

    The name of the folder begins with that of a board, with '-' or '_' between its parts. Its suffix of a letter and
    the variant of the firmware may follow: 'NUCLEO-U575ZI-Q', 'NUCLEO_L4R5ZI_int8_max_performance'.
    """
    words = folder.split("/")[-1].replace("-", "_")
    return next((board for start, board in BOARDS.items() if re.match(rf"{start}(_|$)", words)), None)


def find_images(
    directory: Path, *, board: str | None = None, network: str | None = None
) -> list[PublishedImage]:
    """Return all images of supported boards below `directory`, by name. Raises InputError when there are none.

    `board` is the name of a board, or of a board's folder with or without a variant.
    """
    found = {image.path: image for pattern in SUBMITTERS for image in _in_submitters(directory, pattern)}
    if not found:
        files = " or ".join(path + suffix for path in IMAGES for suffix in SUFFIXES)
        raise InputError(
            "no images of supported boards are here",
            where=directory,
            hint=f"looked for closed/<submitter>/code/<board>[_<variant>]/<network>/ with {files}; "
            f"boards: {', '.join(sorted(BOARDS))}; networks: {', '.join(NETWORKS)}",
        )
    chosen = [image for image in found.values() if board is None or _is_for(image, board)]
    chosen = [image for image in chosen if network in (None, image.network)]
    if not chosen:
        wanted = " and ".join(str(item) for item in (board, network) if item)
        there = sorted({image.board for image in found.values()})
        raise InputError(f"no image is for {wanted}", where=directory, hint=f"boards: {', '.join(there)}")
    return sorted(chosen, key=lambda image: image.name)


def _is_for(image: PublishedImage, board: str) -> bool:
    return board in (image.board, image.board_folder) or BOARDS.get(board.replace("-", "_")) == image.board


def _in_submitters(directory: Path, pattern: str) -> Iterator[PublishedImage]:
    submitters = [directory] if pattern == "." else directory.glob(pattern)
    for submitter in submitters:
        code = submitter / "code"
        folders = [path for pattern in _BOARD_FOLDERS for path in code.glob(pattern)]
        for folder in (path.relative_to(code).as_posix() for path in folders):
            board = board_of_folder(folder)
            for network in NETWORKS if board else ():
                yield from _images(submitter, folder, board or "", network)


def _images(submitter: Path, folder: str, board: str, network: Network) -> Iterator[PublishedImage]:
    for name in NETWORK_FOLDERS[network]:
        base = submitter / "code" / folder / name
        paths = _files(base)
        for path in paths:
            yield PublishedImage(
                path=path,
                submitter=submitter.resolve().name,
                board_folder=folder,
                board=board,
                network=network,
                log=_measured(submitter, folder, network, "log.txt"),
                results=_measured(submitter, folder, network, "results.txt"),
                file=path.relative_to(base).as_posix() if len(paths) > 1 else "",
            )


def _files(base: Path) -> list[Path]:
    """Return the images in the folder of a network: of files that differ in their suffix only the first."""
    by_stem: dict[Path, Path] = {}
    for suffix in SUFFIXES:
        for pattern in IMAGES:
            for path in base.glob(pattern + suffix):
                by_stem.setdefault(path.with_suffix(""), path)
    return sorted(by_stem.values())


def _measured(submitter: Path, folder: str, network: Network, file: str) -> Path:
    """Return the file of a measurement, the first place of it where there is none."""
    places = [
        submitter / "results" / folder / name / "performance" / f"{prefix}{file}"
        for name in NETWORK_FOLDERS[network]
        for prefix in _PERFORMANCE
    ]
    return next((path for path in places if path.exists()), places[0])
