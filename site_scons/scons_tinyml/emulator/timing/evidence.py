"""Evidence for a timing model: programs whose cycles were measured on a board, beside the predicted ones.

`evidence/<core>.toml` has all published figures that the model of the core was compared with. It is for one version
of the model: another version has no evidence until the figures are predicted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import Field

from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.records.texts import Prose
from scons_tinyml.records.toml_file import FileRecord, Record, read_record

FOLDER = Path(__file__).with_name("evidence")


class Program(Record):
    """Cycles of one program; those of a time are at the clock of the board."""

    name: Prose
    measured: float = Field(gt=0, description="cycles on the board")
    predicted: float = Field(gt=0, description="cycles by the timing model")
    ratio_before: float | None = Field(
        default=None, gt=0, description="predicted / measured of the version before, where known"
    )


class Group(Record):
    """Programs of one source on one board, all of the same kinds."""

    title: Prose
    board: Prose = Field(
        description="board or chip, with its wait states where they are not the board file's"
    )
    source: Prose = Field(description="publication of the measured cycles")
    note: Prose = Field(default="", description="what has to be known to repeat the prediction")
    kinds: tuple[CodeKind, ...] = Field(min_length=1, description="kinds of code that the programs test")
    fitted: bool = Field(default=False, description="a rule or constant was chosen with them in sight")
    programs: tuple[Program, ...] = Field(min_length=1)


class Evidence(FileRecord):
    """A file of evidence."""

    version: Prose = Field(description="timing model that predicted")
    groups: tuple[Group, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Comparison:
    """One program with what is known of its group."""

    program: Program
    group: Group

    @property
    def ratio(self) -> float:
        """Ratio of predicted to measured cycles."""
        return self.program.predicted / self.program.measured


@cache
def evidence_for(core: str) -> Evidence | None:
    """Return the evidence of a core, None if there is none. Raises RecordError for a file that is none."""
    path = FOLDER / f"{core}.toml"
    return read_record(path, Evidence) if path.is_file() else None


def comparisons(core: str, version: str) -> tuple[Comparison, ...]:
    """Return all comparisons of a version of a core's timing model, in the order of the file."""
    found = evidence_for(core)
    return () if found is None or found.version != version else tuple(_all(found))


def _all(evidence: Evidence) -> Iterator[Comparison]:
    for group in evidence.groups:
        yield from (Comparison(program, group) for program in group.programs)
