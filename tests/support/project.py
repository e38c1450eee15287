"""Throw-away projects that are built with scons: clones of this repository, and projects of other people."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scons_tinyml.records.kernel import read_kernel_set

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 240
ANSWERS = ("frontier.json", "why.json", "placements.json")
_STAGES = (
    "data|train|quantize|evaluate|convert|read|graph|fit|fetch|needed|compile|archive|generate|measure|footprint|plan|explain|link|run"
    "|compare|sizes|report|judge|export|web"
)
_BUILT = re.compile(rf"^({_STAGES}) +((?:build|out|second)/.+)$")

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
    """Result of one call of scons."""

    code: int
    output: str
    errors: str

    @property
    def built(self) -> list[tuple[str, str]]:
        """Stage and first target of each made artefact, in order."""
        found = (_BUILT.match(line) for line in self.output.splitlines())
        return [(match[1], match[2]) for match in found if match]

    @property
    def stages(self) -> list[str]:
        """Stages that ran, without repetition, in order."""
        return list(dict.fromkeys(stage for stage, _ in self.built))

    def made(self, stage: str) -> list[str]:
        """Return the names of the files that `stage` made, without folders, sorted."""
        return sorted(Path(target).name for found, target in self.built if found == stage)


_NOTHING = """\
from scons_tinyml.stages.lowering.generators import Generator


class Nothing(Generator):
    def lower(self, view, core):
        return ()


GENERATOR = Nothing()
"""


@dataclass(frozen=True)
class Project:
    """A folder with an SConstruct. Every build gets `cache` and `costs`, if they are set."""

    folder: Path
    cache: Path | None = None
    costs: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_others(cls, folder: Path, **options: Any) -> Project:
        """Make an empty project that uses the tool, boards and kernels of this checkout."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "SConstruct").write_text(SCONSTRUCT)
        return cls(folder, environment={"PYTHONPATH": str(ROOT / "site_scons")}, **options)

    @classmethod
    def clone(cls, folder: Path, **options: Any) -> Project:
        """Copy the files that a build of this repository reads, except for its kernels and models."""
        project = cls(folder, environment={"PYTHONPATH": ""}, **options)
        folder.mkdir(parents=True)
        for name in ("SConstruct", "LICENSE"):
            shutil.copy(ROOT / name, folder)
        project.take("site_scons", "boards")
        return project

    def copy(self, folder: Path, **options: Any) -> Project:
        """Copy the project, with everything that was built in it, to another place."""
        shutil.copytree(self.folder, folder)
        return Project(folder, environment=self.environment, **{"cache": self.cache, **options})

    def take(self, *names: str) -> None:
        """Copy folders of this checkout (such as 'boards') into the project, so that they can be edited."""
        for name in names:
            shutil.copytree(ROOT / name, self.folder / name, dirs_exist_ok=True)

    def take_kernels(self, *names: str) -> None:
        """Copy the kernel sets, with only the kernels called `names`, and without seeds.

        A set without any of them keeps its first kernel: there is no set without kernels. Sets of generators that are
        not in `names` get one that generates nothing, and so hide the shipped ones.
        """
        self.take("kernels")
        shutil.rmtree(self.folder / "kernels" / "costs")
        for path in (self.folder / "kernels").glob("*/set.toml"):
            kernels = read_kernel_set(path.parent)[1]
            if not kernels:
                if path.parent.name not in names:
                    for generator in path.parent.glob("*.py"):
                        generator.unlink()
                    (path.parent / "nothing.py").write_text(_NOTHING)
                continue
            kept = {kernel.name for kernel in kernels} & set(names) or {kernels[0].name}
            for kernel in kernels:
                if kernel.name not in kept:
                    (path.parent / f"{kernel.name.partition('/')[2]}.toml").unlink()
                    for source in kernel.sources:
                        (path.parent / source).unlink(missing_ok=True)

    def scons(self, *arguments: str, environment: dict[str, str] | None = None) -> Outcome:
        """Run scons with `arguments`, and wait for its end."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run scons in a process group of its own, so that it can be killed with its children."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(None),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        shared = {"cache": self.cache, "costs": self.costs}
        given = [f"{name}={path}" for name, path in shared.items() if path is not None]
        is_build = any(argument.startswith(("target=", "model=")) for argument in arguments)
        return [sys.executable, "-m", "SCons", "-Q", *arguments, *(given if is_build else [])]

    def _environment(self, changes: dict[str, str] | None) -> dict[str, str]:
        return {**os.environ, **self.environment, **(changes or {})}

    def results(self, target: str, model: str) -> Path:
        """Return the folder of a build's results."""
        return self.folder / "build" / target / model

    def report(self, target: str, model: str) -> dict[str, Any]:
        """Return the report of a build."""
        found: dict[str, Any] = json.loads((self.results(target, model) / "report.json").read_text())
        return found

    def published(self, target: str, model: str) -> dict[str, bytes]:
        """Return the contents of the published files and the report of a build, by name."""
        files = (path for path in self.results(target, model).iterdir() if path.is_file())
        working = (
            "fit.json",
            "kernels.json",
            "measurements.json",
            "schedules.json",
            "footprint.json",
            "plan.json",
            "run.json",
            "sizes.json",
            "agreement.json",
            *ANSWERS,
        )
        return {path.name: path.read_bytes() for path in files if path.name not in working}

    def rows(self) -> dict[str, tuple[str, str]]:
        """Return kernel and time of every measurement in the project's database, by the digest of its key."""
        database = self.costs or self.folder / ".tinyml" / "costs.sqlite3"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            found = connection.execute("select digest, kernel, measured_at from costs")
            return {digest: (kernel, measured_at) for digest, kernel, measured_at in found}

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, by `new` in a file of the project."""
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))

    def insert_line(self, name: str, line: str) -> None:
        """Put `line` before the first one of a file of the project."""
        path = self.folder / name
        path.write_text(f"{line}\n{path.read_text()}")


def files_below(folder: Path) -> Iterator[str]:
    """Return the names of all files below `folder`, relative to it, sorted."""
    return iter(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))


Write = Callable[..., Project]
"""Function that writes the SConstruct and the SConscripts of a project."""
