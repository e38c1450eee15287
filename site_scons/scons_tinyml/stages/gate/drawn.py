"""Files of all formats of a report, beside its report.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.history import history_line
from scons_tinyml.records.wrapping import PLAIN_COLUMNS
from scons_tinyml.reports.beside import NOTHING, Beside
from scons_tinyml.reports.firmware import view_of_judged
from scons_tinyml.reports.formats import file_names, find_format
from scons_tinyml.reports.places import with_places
from scons_tinyml.stages.files import write_text
from scons_tinyml.stages.gate.history import append
from scons_tinyml.stages.gate.report_file import Judged


def write_drawn(
    report: Judged, path: Path, drawn: Sequence[Path], history: str = "", beside: Beside = NOTHING
) -> None:
    """Write `report`, the file `path`, into each file of `drawn` in the format that has a file of this name.

    Pages show `beside` too: results that the stage has as sources, as no build reads others. The file `history` gets a
    line before, if there is such a file. Raises InputError, EnvironmentProblem.
    """
    by_file = {file: name for name, file in file_names().items()}
    view = with_places(view_of_judged(report, path, beside=beside), Path())
    if history:
        line = history_line(report)
        lines = append(Path(history), line)
        view = replace(view, history=tuple(one for one in lines if one.subject == line.subject))
    for file in drawn:
        write_text(file, find_format(by_file[file.name]).render(view, PLAIN_COLUMNS))
