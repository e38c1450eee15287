"""Tables of expected results: cycles or times that firmware takes on a board, for `tinyml validate`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from scons_tinyml.records.quantities import Seconds
from scons_tinyml.records.texts import ProjectPath, Prose
from scons_tinyml.records.toml_file import FileRecord, Record, read_record

_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
_PLACE = r"^\S(.*\S)?$"
_MOST_INSTRUCTIONS = 10**15
"""The counters of the emulator have 64 bits."""
_MOST_ROWS = 1000


class ExpectedResult(Record):
    """Firmware on a board, the piece of its run that was measured there, and what that piece took."""

    name: str = Field(pattern=_NAME, max_length=100, description="name in the report")
    image: ProjectPath = Field(description="ELF, Intel HEX or raw image, relative to the folder of this file")
    board: str = Field(pattern=_NAME, max_length=100, description="of 'tinyml boards'")
    cycles: float | None = Field(
        default=None, gt=0, lt=2**63, description="measured cycles of one repetition"
    )
    time: Seconds | None = Field(
        default=None, gt=0, description="measured time of one repetition, in place of cycles"
    )
    start: str | None = Field(
        default=None,
        alias="from",
        pattern=_PLACE,
        max_length=4096,
        description="NAME, NAME+OFFSET or ADDRESS where the piece begins; left out, at reset or where the "
        "script says 'measure'",
    )
    until: str | None = Field(
        default=None,
        pattern=_PLACE,
        max_length=4096,
        description="NAME, NAME+OFFSET or ADDRESS where the piece ends; left out, at the end of the script",
    )
    script: ProjectPath | None = Field(
        default=None, description="dialogue with the firmware, as 'tinyml run --script' takes it"
    )
    repetitions: int = Field(
        default=1, ge=1, lt=2**31, description="how often the piece does what was measured once"
    )
    symbols: ProjectPath | None = Field(
        default=None, description="ELF file with the names of an image without"
    )
    load_address: int | None = Field(default=None, ge=0, lt=2**32, description="where a raw image lies")
    max_instructions: int = Field(
        default=2_000_000_000, ge=1, le=_MOST_INSTRUCTIONS, description="when to give up, counted from reset"
    )
    within: float | None = Field(
        default=None, gt=0, lt=1, description="relative band; left out, the band of the board's core"
    )
    source: Prose = Field(description="document or measurement that the figure comes from")

    @model_validator(mode="after")
    def _is_one_figure_of_one_piece(self) -> ExpectedResult:
        if (self.cycles is None) == (self.time is None):
            raise ValueError('expected cycles or time, one of them: cycles = 1640, or time = "5.66 ms"')
        if self.until is None and self.script is None:
            raise ValueError("nothing says where the piece ends: add until, or a script")
        return self


class ExpectedResults(FileRecord):
    """All results of one file."""

    name: Prose
    firmware: tuple[ExpectedResult, ...] = Field(min_length=1, max_length=_MOST_ROWS)

    @field_validator("firmware")
    @classmethod
    def _names_differ(cls, firmware: tuple[ExpectedResult, ...]) -> tuple[ExpectedResult, ...]:
        names = [row.name for row in firmware]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the name '{twice}' is there more than once")
        return firmware


def read_expected(path: Path) -> ExpectedResults:
    """Return the results in the TOML file `path`. Raises RecordError."""
    return read_record(path, ExpectedResults, name=path.stem)
