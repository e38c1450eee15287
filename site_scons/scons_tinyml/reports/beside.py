"""Other files of a build that a page shows too. Each may be absent, and of another time than the report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.frontier import Frontier
from scons_tinyml.records.input_limits import REPORT_BYTES
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.matrix import Matrix
from scons_tinyml.records.placements import Placements
from scons_tinyml.records.quality import Judged, Quality
from scons_tinyml.records.report import Report

FLAME_GRAPH = "profile/profile.speedscope.json"
MOST_FOLDERS = 64
"""Folders beside that of the report that are looked at."""
_Record = TypeVar("_Record", bound=BaseModel)


@dataclass(frozen=True)
class Beside:
    """Files beside a report.json, read and checked; None where there is none."""

    other: Report | None = None
    """The same network on the same board in the other type: float for int8, int8 for float."""
    quality: Quality | None = None
    """Effects of quantization on each layer; without it, `judged` may still say what it does to the test split."""
    judged: Judged | None = None
    flame_graph: str | None = None
    """Path of a profile for speedscope from the folder of the report."""
    frontier: Frontier | None = None
    placements: Placements | None = None
    """Code, weights and activations in other memory."""
    matrix: Matrix | None = None


NOTHING = Beside()


def read_beside(report: Report, path: Path) -> Beside:
    """Return what files around `path`, the report.json of `report`, say of the same network.

    Files that are damaged or of another network are passed over: a page is no place to judge them.
    """
    folder = path.parent
    frontier = _read(folder / "frontier.json", Frontier)
    placements = _read(folder / "placements.json", Placements)
    matrix = next(filter(None, (_read(one, Matrix) for one in _matrices(report, folder))), None)
    return Beside(
        other=next(filter(None, (_other(report, one) for one in _reports(folder))), None),
        quality=next(_of_network(report, _models(folder, "*/quality.json"), Quality, _digests), None),
        judged=next(_of_network(report, _models(folder, "judged*.json"), Judged, _digests_judged), None),
        flame_graph=FLAME_GRAPH if (folder / FLAME_GRAPH).is_file() else None,
        frontier=frontier if frontier and _is_of(report, frontier.model, frontier.target) else None,
        placements=placements if placements and _is_of(report, placements.model, placements.target) else None,
        matrix=matrix if matrix and matrix.model == report.model else None,
    )


def _is_of(report: Report, model: str, target: str) -> bool:
    return (model, target) == (report.model, report.target)


def _of_network(
    report: Report,
    paths: Iterable[Path],
    record: type[_Record],
    digests: Callable[[_Record], Collection[str]],
) -> Iterator[_Record]:
    """Yield the records in `paths` that are of the very network of `report`, whose `digests` they name."""
    for found in filter(None, (_read(path, record) for path in paths)):
        if report.provenance.network_sha256 in digests(found):
            yield found


def _digests(quality: Quality) -> Collection[str]:
    return (quality.network_sha256,)


def _digests_judged(judged: Judged) -> Collection[str]:
    return judged.networks.values()


def _models(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the files of networks: build/common/models/cats/int8/quality.json of build/stm32l1/cats."""
    try:
        yield from sorted((folder.parent.parent / "common" / "models").glob(f"*/{pattern}"))[:MOST_FOLDERS]
    except OSError:
        return


def _matrices(report: Report, folder: Path) -> Iterator[Path]:
    """Yield the files that a matrix of the network may have: build/matrix/cats.json of build/stm32l1/cats."""
    for name in dict.fromkeys((folder.name, report.model)):
        if "/" not in name:
            yield folder.parent.parent / "matrix" / f"{name}.json"


def _reports(folder: Path) -> Iterator[Path]:
    """Yield copies in `folder` with names such as 'report-float.json', then the reports of folders beside it."""
    try:
        yield from sorted(folder.glob("report-*.json"))[:MOST_FOLDERS]
        yield from (
            one / "report.json" for one in sorted(folder.parent.iterdir())[:MOST_FOLDERS] if one != folder
        )
    except OSError:
        return


def _other(report: Report, path: Path) -> Report | None:
    """Return the report in `path` if it is of the same network and board in the other type."""
    found = _read(path, Report)
    if found is None or not _is_of(report, found.model, found.target):
        return None
    return None if found.quantization == report.quantization else found


def _read(path: Path, record: type[_Record]) -> _Record | None:
    try:
        return record.model_validate(read_json(path, most_bytes=REPORT_BYTES)) if path.is_file() else None
    except (OSError, ValueError, InputError, ValidationError):
        return None
