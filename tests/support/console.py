"""Console blocks of the documentation: commands after `$`, and what they print.

A line of dots stands for any lines. Numbers, digests and times are free, because they depend on the processor that
trained a network, and on what a database holds. White space is free too, as widths follow numbers. Words and their
order are not.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROGRAMS = {"scons": ("-m", "SCons", "-Q", "-s"), "tinyml": ("-P", "-m", "scons_tinyml")}
_FREE = re.compile(
    r"\d{4}-\d\d-\d\dT\S+|\bg?(?=[0-9a-f]*\d)[0-9a-f]{7,}\b|0x[0-9a-f]+|[0-9][0-9,]*(?:\.[0-9]+)?",
    re.IGNORECASE,
)
_SCALED = re.compile(r"# (?:B|KiB|MiB|bytes|us|ms|s)\b")


@dataclass(frozen=True)
class Command:
    """A command of a page, and the pieces of text that it prints, in this order."""

    words: tuple[str, ...]
    pieces: tuple[str, ...]

    def run(self, folder: Path) -> str:
        """Run it in `folder` with this Python, and return what it prints to both streams, with 80 columns.

        In a checkout it runs the code of that checkout, elsewhere that of these tests.
        """
        program, *rest = self.words
        own = folder / "site_scons"
        modules = own if own.exists() else ROOT / "site_scons"
        environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(modules)}
        done = subprocess.run(
            [sys.executable, *_PROGRAMS[program], *rest],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def missing(self, printed: str) -> str | None:
        """Return the first piece that `printed` lacks behind the others; None if it has all."""
        rest = _plain(printed)
        for piece in self.pieces:
            _, found, rest = rest.partition(piece)
            if not found:
                return piece
        return None


def commands_of(page: Path) -> list[Command]:
    """Return the commands of all console blocks of `page`."""
    text = "".join(_BLOCK.findall(page.read_text(encoding="utf-8")))
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    return [_command(part) for part in parts[1:]]


def _command(text: str) -> Command:
    line, _, output = text.partition("\n")
    pieces = re.split(r"^\s*\.\.\.$", output, flags=re.MULTILINE)
    found = (_plain(piece) for piece in pieces)
    return Command(tuple(shlex.split(line, comments=True)), tuple(piece for piece in found if piece))


def _plain(text: str) -> str:
    return _SCALED.sub("# unit", _FREE.sub("#", " ".join(text.split())))
