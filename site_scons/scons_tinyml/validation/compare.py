"""Comparison of predicted with published times, for one image and for many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.records.cores import core
from scons_tinyml.records.errors import InputError, TinymlError
from scons_tinyml.validation.checkout import NETWORKS, PublishedImage
from scons_tinyml.validation.expected import ExpectedImage, measure_expected
from scons_tinyml.validation.published import published_seconds

AnyImage = PublishedImage | ExpectedImage


@dataclass(frozen=True)
class _Figures:
    """Counts of one inference or repetition, and what it took on the board."""

    cycles: float
    instructions: float
    clock_hz: int
    published_s: float
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Comparison of one image. `problem` is the reason for a missing prediction or published time."""

    image: AnyImage
    core: str
    timing_model: str
    cycles: float | None = None
    instructions: float | None = None
    clock_hz: int | None = None
    published_s: float | None = None
    differences: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def predicted_s(self) -> float | None:
        """Predicted seconds of one inference or repetition, at the clock that the image sets."""
        return self.cycles / self.clock_hz if self.cycles is not None and self.clock_hz else None

    @property
    def ratio(self) -> float | None:
        """Ratio of predicted to published time."""
        predicted = self.predicted_s
        return predicted / self.published_s if predicted is not None and self.published_s else None

    @property
    def band(self) -> float:
        """Relative band of the image: that of its row in a table, or that of its core."""
        given = self.image.row.within if isinstance(self.image, ExpectedImage) else None
        return core(self.core).images_within if given is None else given

    @property
    def inside(self) -> bool:
        """True if the prediction is inside of the band, false without a prediction."""
        return self.ratio is not None and abs(self.ratio - 1) <= self.band


def compare(image: AnyImage, board: Board) -> Comparison:
    """Measure `image` on `board` and compare it with its published time. Errors become its `problem`."""
    from scons_tinyml.emulator.timing import timing_for

    model = timing_for(board.core).version
    try:
        figures = _of_row(image, board) if isinstance(image, ExpectedImage) else _of_published(image, board)
    except TinymlError as error:
        return Comparison(image, board.core, model, problem=str(error))
    return Comparison(image, board.core, model, **vars(figures))


def _of_published(image: PublishedImage, board: Board) -> _Figures:
    from scons_tinyml.validation.run import measure

    published = published_seconds(image)
    measured = measure(image.path, board, image.network)
    return _Figures(
        cycles=measured.cycles_per_inference,
        instructions=measured.instructions_per_inference,
        clock_hz=measured.clock_hz,
        published_s=published,
        differences=measured.differences,
    )


def _of_row(image: ExpectedImage, board: Board) -> _Figures:
    machine, outcome = measure_expected(image, board)
    return _Figures(
        cycles=(outcome.cycles or 0) / image.row.repetitions,
        instructions=outcome.instructions / image.row.repetitions,
        clock_hz=machine.core_clock_hz,
        published_s=image.expected_s(machine.core_clock_hz),
        differences=tuple(machine.differences()),
    )


def compare_all(images: Sequence[AnyImage], boards: Mapping[str, Board], jobs: int) -> Iterator[Comparison]:
    """Yield comparisons as they are ready, slow networks first, from `jobs` processes. Raises InputError."""
    unknown = sorted({image.board for image in images} - set(boards))
    if unknown:
        raise InputError(f"there is no descriptor of {', '.join(unknown)}", where="boards")
    tasks = [(image, boards[image.board]) for image in sorted(images, key=_slowness)]
    workers = min(jobs, len(tasks))
    yield from _in_processes(tasks, workers) if workers > 1 else (compare(*task) for task in tasks)


def _slowness(image: AnyImage) -> int:
    return -NETWORKS.index(image.network) if isinstance(image, PublishedImage) else 0


def _in_processes(tasks: Sequence[tuple[AnyImage, Board]], workers: int) -> Iterator[Comparison]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(compare, *task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
