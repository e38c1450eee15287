"""A throw-away project that is built with the tool of this checkout, as somebody else's repository would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_BUILT = re.compile(
    r"^(train|quantize|samples|graph|fetch|compile|archive|generate|measure|plan|link|run|sizes|report|judge) +(\S+)$"
)

SCONSTRUCT = f"""\
env = Environment(tools=["tinyml"], toolpath=[{str(ROOT / "site_scons" / "site_tools")!r}])
Help(env.TinymlOverview(), append=False)
if ARGUMENTS:
    Default(env.TinymlFirmware(**ARGUMENTS))
else:
    print(env.TinymlOverview(), end="")
    Exit(0)
"""


@dataclass(frozen=True)
class Outcome:
    """What one call of scons did."""

    code: int
    output: str
    errors: str

    @property
    def built(self) -> list[tuple[str, str]]:
        """Stage and first target of everything that was made, in order."""
        found = (_BUILT.match(line) for line in self.output.splitlines())
        return [(match[1], match[2]) for match in found if match]

    @property
    def stages(self) -> list[str]:
        """Stages that ran, without repetition, in order."""
        return list(dict.fromkeys(stage for stage, _ in self.built))


class Project:
    """A folder with an SConstruct; `cache` is shared by all projects of a test session."""

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.folder = folder
        self.cache = cache
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "SConstruct").write_text(SCONSTRUCT)

    def scons(self, *arguments: str, environment: dict[str, str] | None = None) -> Outcome:
        """Run scons with `arguments` and wait."""
        cache = (
            [f"cache={self.cache}"] if self.cache and any("=" in argument for argument in arguments) else []
        )
        done = subprocess.run(
            [sys.executable, "-m", "SCons", "-Q", *arguments, *cache],
            cwd=self.folder,
            env=self.environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run scons in a process group of its own, so that it can be killed with its children."""
        return subprocess.Popen(
            [sys.executable, "-m", "SCons", "-Q", *arguments],
            cwd=self.folder,
            env=self.environment(None),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @staticmethod
    def environment(changes: dict[str, str] | None) -> dict[str, str]:
        """The environment of a build: ours, with the package of this checkout, and `changes`."""
        return {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), **(changes or {})}

    def report(self, target: str, model: str) -> dict[str, Any]:
        """The report of a build."""
        found: dict[str, Any] = json.loads(
            (self.folder / "build" / target / model / "report.json").read_text()
        )
        return found

    def take(self, *names: str) -> None:
        """Copy folders of this checkout (such as 'boards') into the project, so that they can be edited."""
        for name in names:
            shutil.copytree(ROOT / name, self.folder / name, dirs_exist_ok=True)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, by `new` in a file of the project."""
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))
