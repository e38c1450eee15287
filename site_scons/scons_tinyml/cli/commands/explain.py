"""Explain what holds a network back on a board, and the cheapest ways out.

BOARD and MODEL name a build: the folders of its results. The answer is made of these: of what was measured for it, and
of files of `scons frontier`, `scons measure` and `scons matrix` where they are there. The image runs twice in the
emulator, once without wait states. Nothing is built.

examples:
  tinyml explain stm32l1 catdetector
  tinyml explain stm32l1 catdetector --about flash
  tinyml explain stm32l1 catdetector --json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import get_args

from scons_tinyml.cli.boards import find_board
from scons_tinyml.cli.output import add_json_option, add_project_option
from scons_tinyml.library.explanation.explain import explain, require_build
from scons_tinyml.library.results import read_results
from scons_tinyml.records.explanation import Scarce
from scons_tinyml.records.file_names import require_result_name
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.explanation import lines
from scons_tinyml.resources import find_all, results_folder


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("board", metavar="BOARD", help="of 'tinyml boards'")
    parser.add_argument("model", metavar="MODEL", help="folder of the results, in that of the board")
    parser.add_argument("--about", choices=get_args(Scarce), help="what to save (default: what is scarcest)")
    add_json_option(parser)
    add_project_option(parser)


def run(options: Namespace) -> None:
    """Print the explanation. Raises InputError where nothing was built."""
    board = find_board(options.board, options.project, "BOARD")
    require_result_name("model", options.model, "command line", "MODEL")
    folder = options.project / results_folder() / board.name / options.model
    models = find_all("models", options.project)
    require_build(folder, board.name, options.model, models)
    results = read_results(folder, board)
    found = explain(results, models.get(results.report.model), options.about)
    if options.json:
        print(json.dumps(found.model_dump(mode="json"), indent=2))
        return
    for line in lines(found):
        print_wrapped(line)
