"""Comparison of predicted with published times, for one image and for many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.records.cores import core
from scons_tinyml.records.errors import InputError, TinymlError
from scons_tinyml.validation.checkout import NETWORKS, PublishedImage
from scons_tinyml.validation.published import published_seconds


@dataclass(frozen=True)
class Comparison:
    """Comparison of one image. `problem` is the reason for a missing prediction or published time."""

    image: PublishedImage
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
        """Predicted seconds of one inference, at the clock that the image sets."""
        return self.cycles / self.clock_hz if self.cycles is not None and self.clock_hz else None

    @property
    def ratio(self) -> float | None:
        """Ratio of predicted to published time."""
        predicted = self.predicted_s
        return predicted / self.published_s if predicted is not None and self.published_s else None

    @property
    def inside(self) -> bool:
        """True if the prediction is inside of the band, false without a prediction."""
        return self.ratio is not None and abs(self.ratio - 1) <= core(self.core).images_within


def compare(image: PublishedImage, board: Board) -> Comparison:
    """Measure `image` on `board` and compare it with its published time. Errors become its `problem`."""
    from scons_tinyml.emulator.timing import timing_for
    from scons_tinyml.validation.run import measure

    comparison = Comparison(image, board.core, timing_for(board.core).version)
    try:
        published = published_seconds(image)
        measured = measure(image.path, board, image.network)
    except TinymlError as error:
        return Comparison(image, comparison.core, comparison.timing_model, problem=str(error))
    return Comparison(
        image,
        comparison.core,
        comparison.timing_model,
        cycles=measured.cycles_per_inference,
        instructions=measured.instructions_per_inference,
        clock_hz=measured.clock_hz,
        published_s=published,
        differences=measured.differences,
    )


def compare_all(
    images: Sequence[PublishedImage], boards: Mapping[str, Board], jobs: int
) -> Iterator[Comparison]:
    """Yield comparisons as they are ready, slow networks first, from `jobs` processes. Raises InputError."""
    unknown = sorted({image.board for image in images} - set(boards))
    if unknown:
        raise InputError(f"there is no descriptor of {', '.join(unknown)}", where="boards")
    tasks = [(image, boards[image.board]) for image in sorted(images, key=_slowness)]
    workers = min(jobs, len(tasks))
    yield from _in_processes(tasks, workers) if workers > 1 else (compare(*task) for task in tasks)


def _slowness(image: PublishedImage) -> int:
    return -NETWORKS.index(image.network)


def _in_processes(tasks: Sequence[tuple[PublishedImage, Board]], workers: int) -> Iterator[Comparison]:
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
