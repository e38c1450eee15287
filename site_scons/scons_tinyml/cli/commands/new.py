"""Make a project that builds: SConstruct, network with budgets, CI file.

Without --model the network is a small example. Existing files are never overwritten.

examples:
  tinyml new firmware
  tinyml new firmware --board stm32l1 --model wakeword.tflite
  tinyml new .
"""

from __future__ import annotations

import shlex
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.visible import visible
from scons_tinyml.resources import find_all
from scons_tinyml.stages.firmware.toolchain import COMPILER, PACKAGES

if TYPE_CHECKING:
    from scons_tinyml.cli.new_project.project import Network

DEFAULT_BOARD = "stm32l4"


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the project; it may exist")
    parser.add_argument(
        "--board", default=DEFAULT_BOARD, help=f"see `tinyml boards` (default: {DEFAULT_BOARD})"
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="a .tflite, .keras or .onnx file of yours")


def run(options: Namespace) -> None:
    """Write the files and print what to do next. Raises InputError."""
    from scons_tinyml.cli.new_project.project import NAME, example, own_network, write_project

    known = [name for name in find_all("boards", options.folder) if NAME.fullmatch(name)]
    if options.board not in known:
        raise InputError(
            f"there is no board '{options.board}'; {did_you_mean(options.board, known)}", where="--board"
        )
    network = example() if options.model is None else own_network(options.model)
    for path in write_project(options.folder, options.board, network):
        print(visible(f"wrote {options.folder / path}"))
    print("next:")
    for command in _next_commands(options.folder, network):
        print(visible(f"  {command}"))


def _next_commands(folder: Path, network: Network) -> Iterator[str]:
    """Yield what a person does next, one line each."""
    if network.extra:
        yield f"pip install 'scons-tinyml{network.extra}'"
    if shutil.which(COMPILER) is None:
        yield f"apt-get install {PACKAGES}"
    if folder.resolve() != Path.cwd():
        yield f"cd {shlex.quote(str(folder))}"
    yield "scons                 builds, runs in the emulator, and checks the budgets"
    yield "scons latency=1us     fails with exit code 2: over a budget of the command line"
    yield f"models/{network.name}/model.toml has the budgets, and names the network"
