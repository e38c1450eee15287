"""Show the pages of builds in a browser of this machine.

FOLDER is that of the builds, or any folder in it; the default is build. Its pages are listed, such as reports and
comparisons. Only this machine reaches the server, until Ctrl-C. It sends .html and .json files of the folder, follows
no link, and writes nothing.

examples:
  tinyml serve
  tinyml serve build/stm32l1/catdetector --open
  tinyml serve --port 8000
"""

from __future__ import annotations

import sys
import webbrowser
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.wrapping import print_message, print_wrapped
from scons_tinyml.resources import results_folder

_LARGEST_PORT = 65535


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "folder", type=Path, nargs="?", default=results_folder(), metavar="FOLDER", help="folder of the pages"
    )
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="TCP port (default: a free one)")
    parser.add_argument("--open", action="store_true", help="show the list of pages in a browser")


def run(options: Namespace) -> None:
    """Serve until Ctrl-C. Raises InputError where there is no such folder, EnvironmentProblem for a port in use."""
    from scons_tinyml.cli.serving.server import PageServer

    if not options.folder.is_dir():
        raise InputError("there is no such folder", where=options.folder, hint="a build makes it")
    try:
        server = PageServer(options.folder, options.port)
    except OSError as error:
        problem = f"port {options.port} cannot be used: {error.strerror}"
        raise EnvironmentProblem(problem, hint="without --port it is a free one") from error
    with server:
        print_wrapped(f"pages in {options.folder}, until Ctrl-C: {server.url}")
        sys.stdout.flush()
        if options.open and not webbrowser.open(server.url):
            print_message("no browser was found; open the address by hand")
        server.serve_forever()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 <= int(text) <= _LARGEST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port from 0 to {_LARGEST_PORT:,}")
    return int(text)
