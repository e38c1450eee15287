"""Firmware of a table of expected results, and its measurement in the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import FirmwareFault, InputError
from scons_tinyml.records.expected import ExpectedResult, read_expected
from scons_tinyml.records.paths import locate
from scons_tinyml.records.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

    from scons_tinyml.emulator.image import Image
    from scons_tinyml.emulator.machine import Machine
    from scons_tinyml.emulator.session import Outcome
    from scons_tinyml.records.board import Board


@dataclass(frozen=True)
class ExpectedImage:
    """A row of a table, with its files found."""

    table: Path
    row: ExpectedResult
    path: Path
    script: Path | None
    symbols: Path | None

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.row.name

    @property
    def title(self) -> str:
        """Name of the row."""
        return self.row.name

    @property
    def board(self) -> str:
        """Name of the board."""
        return self.row.board

    @property
    def piece(self) -> str:
        """Measured piece of the run, in words."""
        start = self.row.start or ("script" if self.script is not None else "reset")
        return f"{start} to {self.row.until or 'end of script'}"

    def expected_s(self, clock_hz: int) -> float:
        """Return the measured seconds of one repetition, on a core of `clock_hz`."""
        return self.row.cycles / clock_hz if self.row.cycles is not None else self.row.time or 0.0


def read_images(
    table: Path, project: Path, boards: Collection[str], *, board: str | None = None
) -> list[ExpectedImage]:
    """Return the rows of the TOML file `table`, by name, or only those for `board`.

    Files that a row names lie in `project`, or in the folder of the table if that is elsewhere. Raises RecordError, and
    InputError where no row is for `board`.
    """
    rows = read_expected(table).firmware
    found = [_located(table, project, index, row) for index, row in enumerate(rows)]
    for index, row in enumerate(rows):
        if row.board not in boards:
            raise InputError(
                f"unknown board '{row.board}'; {did_you_mean(row.board, boards)}",
                where=table,
                key=f"firmware.{index}.board",
            )
    chosen = [image for image in found if board in (None, image.board)]
    if not chosen:
        there = ", ".join(sorted({image.board for image in found}))
        raise InputError(f"no row is for {board}", where=table, hint=f"boards: {there}")
    return sorted(chosen, key=lambda image: image.name)


def _located(table: Path, project: Path, index: int, row: ExpectedResult) -> ExpectedImage:
    def find(key: str, text: str) -> Path:
        return locate(text, table.parent, where=table, key=f"firmware.{index}.{key}", project=project)

    return ExpectedImage(
        table=table,
        row=row,
        path=find("image", row.image),
        script=None if row.script is None else find("script", row.script),
        symbols=None if row.symbols is None else find("symbols", row.symbols),
    )


def measure_expected(image: ExpectedImage, board: Board) -> tuple[Machine, Outcome]:
    """Run the firmware of a row on `board`. Return the machine and the counts of all repetitions.

    Raises InputError for its files and places, and FirmwareFault for firmware that does not come to the end of the
    piece.
    """
    from scons_tinyml.emulator.image import read_image
    from scons_tinyml.emulator.machine import Machine
    from scons_tinyml.emulator.script import read_script
    from scons_tinyml.emulator.session import RunRequest, run_session

    row = image.row
    content = read_image(
        image.path,
        origin=board.regions("code")[0].origin,
        load_address=row.load_address,
        symbols=image.symbols,
    )
    request = RunRequest(
        measure_from=_address(image, content, "from", row.start),
        until=frozenset(() if row.until is None else [_address(image, content, "until", row.until) or 0]),
        max_instructions=row.max_instructions,
        script=None if image.script is None else read_script(image.script),
    )
    machine = Machine(board)
    machine.load_image(content, row.load_address)
    outcome = run_session(machine, request)
    if outcome.problem is not None:
        raise outcome.problem
    if outcome.reason == "interrupted":
        raise KeyboardInterrupt
    if row.until is not None and outcome.reason != "address":
        raise FirmwareFault(
            f"the run ended before {row.until} was reached ({outcome.reason})", where=image.path
        )
    return machine, outcome


def _address(image: ExpectedImage, content: Image, key: str, place: str | None) -> int | None:
    if place is None:
        return None
    try:
        return content.address(place)
    except InputError as error:
        raise InputError(
            error.problem, where=image.table, key=f"{image.name}.{key}", hint=error.hint
        ) from None
