"""Compare the emulator with hardware: published firmware images and their times.

DIR is a checkout of published MLPerf Tiny results (mlcommons/tiny_results_...), or a folder above or inside it. Every
image of a supported board is booted unmodified, given an input, and timed; its time is put beside the one that its
maker measured on the board. Nothing is copied out of DIR.

The verdict is judged by fixed bands: 5 % for Cortex-M0+, M4 and M33, 10 % for Cortex-M7. The exit code is 2 when an
image is outside of its band, or does not run.

examples:
  tinyml validate ../tiny_results_v1.1
  tinyml validate ../tiny_results_v1.1 --board stm32l4r5 --network kws
  tinyml validate ../tiny_results_v1.1 --json validation.json --jobs 4
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.reports.table import text_table
from scons_tinyml.resources import find_all
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.validation.checkout import NETWORKS, PublishedImage, find_images
from scons_tinyml.validation.compare import Comparison, compare_all
from scons_tinyml.validation.report import (
    as_json,
    core_table,
    image_table,
    notes,
    summarize,
    verdict,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="checkout of published results")
    parser.add_argument("--board", metavar="NAME", help="only images for this board")
    parser.add_argument("--network", choices=NETWORKS, help="only images of this network")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="images at once (default: one per processor, %(default)s)",
    )
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Compare all images. Raises BudgetExceeded when one is outside of its band."""
    if options.jobs < 1:
        raise InputError(f"{options.jobs} is less than 1", where="command line", key="--jobs")
    images = find_images(options.directory, board=options.board, network=options.network)
    comparisons = _compare(images, _boards(options.project), options.jobs)
    if options.json is not None:
        write_json(options.json, as_json(comparisons))
    print(text_table(image_table(comparisons), columns(sys.stdout)))
    print()
    print(text_table(core_table(summarize(comparisons)), columns(sys.stdout)))
    for note in notes(comparisons):
        for line in f"note: {note}".split("\n"):
            print_wrapped(line)
    print_wrapped(verdict(comparisons))
    outside = sum(not item.inside for item in comparisons)
    if outside:
        raise BudgetExceeded(
            f"{outside} of {len(comparisons)} images are outside of their bands", where=options.directory
        )


def _boards(project: Path) -> dict[str, Board]:
    return {name: read_board(path) for name, path in find_all("boards", project).items()}


def _compare(images: list[PublishedImage], boards: dict[str, Board], jobs: int) -> list[Comparison]:
    """Return all comparisons. Progress goes to stderr."""
    for core in sorted({boards[image.board].core for image in images if image.board in boards}):
        prepare(core)
    done: list[Comparison] = []
    for comparison in compare_all(images, boards, jobs):
        done.append(comparison)
        outcome = "failed" if comparison.ratio is None else f"{comparison.ratio:.3f}"
        print_wrapped(f"{len(done)} of {len(images)}: {comparison.image.name} {outcome}", sys.stderr)
    return done
