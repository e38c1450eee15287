"""Stage: print the report of an image, and publish or withdraw the image.

python -m scons_tinyml.stages gate.judge --report report.json --compiler CC
    --image I --map M --library L --header H
    --elf E --bin B --hex X --published-map M --published-library L --published-header H
"""

from __future__ import annotations

import os
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.formats.summary import FILE_NAME
from scons_tinyml.reports.github import add_to_summary, annotations_of, runs_here
from scons_tinyml.reports.summary import one_line
from scons_tinyml.reports.terminal import print_judged
from scons_tinyml.stages.folder import remove_folder
from scons_tinyml.stages.gate.publish import Images, publish, require_pass, withdraw
from scons_tinyml.stages.gate.report_file import read_judged
from scons_tinyml.stages.gate.requests import JudgeRequest


def main(request: JudgeRequest[Path]) -> None:
    """Print the report. Publish an image that passes; otherwise remove it and raise the error.

    Exports are removed either way: those that are wanted are made again of what is published.
    """
    images = _images(request)
    withdraw(images)
    if request.exports is not None:
        remove_folder(request.exports)
    try:
        report = read_judged(request.report)
    except InputError as error:
        raise InputError(f"no verdict without a report: {error}") from None
    if request.shown == "line":
        print_wrapped(one_line(request.report))
    else:
        print_judged(report, request.report, errors=False)
        if runs_here(os.environ):
            print(annotations_of(report, request.report), end="")
            add_to_summary(request.report.with_name(FILE_NAME), os.environ)
    require_pass(report, request.report)
    publish(images, request.compiler)


def _images(request: JudgeRequest[Path]) -> Images:
    copies = (
        (request.image, request.elf),
        (request.map, request.published_map),
        (request.library, request.published_library),
        *zip(request.headers, request.published_headers, strict=False),
    )
    converted = {"binary": request.bin, "ihex": request.hex}
    return Images(
        image=request.image,
        converted={name: path for name, path in converted.items() if path is not None},
        copies={path: source for source, path in copies if path is not None and source is not None},
    )
