"""Compare the emulator with hardware: firmware whose time or cycles a board has shown.

PATH is a checkout of published MLPerf Tiny results (mlcommons/tiny_results_...), or a folder above or inside it. Every
image of a supported board is booted unmodified, given an input, and timed; its time is put beside the one that its
maker measured on the board. Nothing is copied out of the folder.

Or PATH is a table of expected results of any other firmware, a TOML file:

  [[firmware]]
  name = "aes-encrypt"
  image = "aes.elf"             # ELF, Intel HEX or raw
  board = "stm32f103"
  from = "encrypt"              # NAME, NAME+OFFSET or ADDRESS
  until = "encrypt_done"
  cycles = 1640                 # or time = "22.8 us", of one repetition
  source = "table 2 of the paper"

Optional keys: script (lines as of 'tinyml run'; with the step 'measure' it says where the measurement begins, and its
end is the end), repetitions, symbols, load_address, max_instructions, and within, which replaces the band of the core.

The verdict is judged by fixed bands: 5 % for Cortex-M0+, M4 and M33, 10 % for Cortex-M7. The exit code is 0 when all
are inside, 2 when one is outside or does not run, and 1 when a table or an option is wrong.

examples:
  tinyml validate ../tiny_results_v1.1
  tinyml validate ../tiny_results_v1.2 --board stm32l4r5 --network kws
  tinyml validate expected.toml --json validation.json --jobs 4
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.cli.output import add_project_option
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.wrapping import columns, print_wrapped
from scons_tinyml.reports.table import text_table
from scons_tinyml.resources import find_all
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.native_code.prepare import prepare
from scons_tinyml.validation.checkout import NETWORKS, find_images
from scons_tinyml.validation.compare import AnyImage, Comparison, compare_all
from scons_tinyml.validation.expected import read_images
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
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="checkout of published results, or a table of expected ones"
    )
    parser.add_argument("--board", metavar="NAME", help="only images for this board")
    parser.add_argument("--network", choices=NETWORKS, help="only images of this network of a checkout")
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
    boards = {name: read_board(path) for name, path in find_all("boards", options.project).items()}
    comparisons = _compare(_images(options, boards), boards, options.jobs)
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
            f"{outside} of {len(comparisons)} images are outside of their bands", where=options.path
        )


def _images(options: Namespace, boards: dict[str, Board]) -> Sequence[AnyImage]:
    """Return the images of a checkout, or those of a table. Raises InputError."""
    if not options.path.is_file():
        return find_images(options.path, board=options.board, network=options.network)
    if options.network is not None:
        raise InputError(
            "a table of expected results has no networks to choose from",
            where="command line",
            key="--network",
        )
    return read_images(options.path, options.project, boards, board=options.board)


def _compare(images: Sequence[AnyImage], boards: dict[str, Board], jobs: int) -> list[Comparison]:
    """Return all comparisons. Progress goes to stderr."""
    for core in sorted({boards[image.board].core for image in images if image.board in boards}):
        prepare(core)
    done: list[Comparison] = []
    for comparison in compare_all(images, boards, jobs):
        done.append(comparison)
        outcome = "failed" if comparison.ratio is None else f"{comparison.ratio:.3f}"
        print_wrapped(f"{len(done)} of {len(images)}: {comparison.image.name} {outcome}", sys.stderr)
    return done
