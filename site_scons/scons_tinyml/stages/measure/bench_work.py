"""Benches as work of an executor: on a worker of a cluster they come from texts, with all files that they need.

The kit has the board, the start-up object, the archives of compiled kernels and the headers of generated code. A worker
compiles and links with the compiler of that name on its own PATH, and both machines compare its digests. So a worker
needs no shared disk, and its result depends on the texts alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.names import shorten
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages.executors.facts import machine_facts
from scons_tinyml.stages.executors.work import Fact, Facts
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.toolchain import Toolchain, find_toolchain
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.measure.bench import BenchJob, BenchResult, LayerBench, run_bench
from scons_tinyml.stages.measure.identity import compiler_text
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.native_code.prepare import prepare

PACKAGES = ("unicorn", "capstone", "pyelftools", "numpy", "numba", "llvmlite")
"""Packages that make, load or run images, or compile the emulator's timing."""
_COMPILER = "compiler"
_HEADERS = "*.h"
_MOST_CYCLES = 2**53
_MOST_CHARACTERS = 1000


@dataclass(frozen=True)
class _File:
    name: str
    data: bytes


@dataclass(frozen=True)
class _KitText:
    board: Board
    compiler: str
    """Name of the compiler, without a folder."""
    startup: bytes
    archives: tuple[_File, ...]
    headers: tuple[tuple[_File, ...], ...]
    """Headers of each include folder, in the order of search."""


@dataclass(frozen=True)
class _Task:
    graph: Graph
    item: Implementation
    samples: tuple[Sample, ...]
    timing: bool
    placement: str


class BenchWork:
    """Benches of one campaign, whose images `builder` builds."""

    module = __name__
    run = staticmethod(run_bench)

    def __init__(self, builder: ImageBuilder) -> None:
        self._builder = builder

    def kit(self) -> bytes:
        """Return the board and all files that images are built of, which stay the same."""
        return self._kit

    @cached_property
    def _kit(self) -> bytes:
        builder = self._builder
        return to_wire(
            _KitText(
                board=builder.board,
                compiler=Path(builder.toolchain.path).name,
                startup=builder.startup.read_bytes(),
                archives=tuple(_File(path.name, path.read_bytes()) for path in builder.archives),
                headers=tuple(tuple(_headers(folder)) for folder in builder.include_folders),
            )
        )

    def facts(self) -> Facts:
        """Return compiler, libraries and packages of this machine."""
        found = compiler_text(self._builder.board, self._builder.toolchain)
        name = Path(self._builder.toolchain.path).name
        remedy = f"have the same {name} first on the PATH of the worker"
        return {_COMPILER: Fact(found, remedy), **machine_facts(PACKAGES)}

    def task(self, job: BenchJob) -> bytes:
        """Return network, implementation and samples of a bench."""
        bench = job.bench
        return to_wire(_Task(bench.graph, bench.item, bench.samples, job.timing, job.placement))

    def result(self, text: bytes) -> BenchResult:
        """Return the result of a bench. Raises WrongValue for one that no run can have."""
        found = from_wire(BenchResult, text)
        numbers = (
            found.cycles,
            found.instructions,
            found.compared_bytes,
            found.differing_bytes,
            found.max_ulps,
        )
        if min(numbers) < 0 or max(numbers) > _MOST_CYCLES or found.differing_bytes > found.compared_bytes:
            raise WrongValue(f"found the numbers {numbers}, which no run has", "cycles")
        for said in filter(None, (found.fault, found.misfit)):
            if said != visible(said) or len(said) > _MOST_CHARACTERS:
                raise WrongValue(f"found the text '{shorten(visible(said), _MOST_CHARACTERS)}'", "fault")
        return found


class _BenchKit:
    """The files of a kit in a folder, with the compiler of this machine."""

    def __init__(self, text: _KitText, folder: Path) -> None:
        self._text, self._folder = text, folder
        _write(folder, [_File("startup.o", text.startup), *text.archives])
        for number, headers in enumerate(text.headers):
            _write(folder / f"include{number}", headers)
        self._found: ImageBuilder | None = None

    def facts(self) -> Mapping[str, str]:
        """Return compiler, libraries and packages of this machine; compile the emulator's native code."""
        facts = {name: fact.value for name, fact in machine_facts(PACKAGES).items()}
        try:
            toolchain = find_toolchain(self._text.compiler, self._folder / "programs.json")
            self._found = self._builder(toolchain)
            prepare(self._text.board.core)
            return facts | {_COMPILER: compiler_text(self._text.board, toolchain)}
        except TinymlError as error:
            return facts | {_COMPILER: str(error)}

    def run(self, task: bytes) -> bytes:
        """Return the result of the bench in `task`."""
        found = from_wire(_Task, task)
        if self._found is None:
            raise WrongValue("a bench before the check of this machine", "task")
        bench = LayerBench(found.graph, found.item, found.samples)
        result = run_bench(BenchJob(bench, self._found, found.timing, found.placement))
        return to_wire(result)

    def _builder(self, toolchain: Toolchain) -> ImageBuilder:
        return ImageBuilder(
            board=self._text.board,
            toolchain=toolchain,
            include_folders=tuple(self._folder / f"include{n}" for n in range(len(self._text.headers))),
            startup=self._folder / "startup.o",
            archives=tuple(self._folder / file.name for file in self._text.archives),
        )


def open_kit(text: bytes, folder: Path) -> _BenchKit:
    """Return the kit in `text`, with its files in `folder`. Raises WrongValue for any other text."""
    return _BenchKit(from_wire(_KitText, text), folder)


def _headers(folder: Path) -> Iterator[_File]:
    for path in sorted(folder.rglob(_HEADERS)):
        yield _File(path.relative_to(folder).as_posix(), path.read_bytes())


def _write(folder: Path, files: Sequence[_File]) -> None:
    """Write `files` below `folder`. Raises WrongValue for a name that leads elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        name = PurePosixPath(file.name)
        if name.is_absolute() or ".." in name.parts or not name.parts or "\0" in file.name:
            raise WrongValue(f"found the name '{visible(file.name)}', expected one inside of the kit", "name")
        write_bytes(folder / name, file.data)
