"""An exploration from beginning to end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from scons_tinyml.explore.export import check_name, export_variant
from scons_tinyml.explore.front import front, thinned
from scons_tinyml.explore.gated import Builds, Built
from scons_tinyml.explore.repeat import FOLDER, repeats_of
from scons_tinyml.explore.request import ExploreRequest
from scons_tinyml.explore.result import Outcome, explored
from scons_tinyml.explore.search import OBJECTIVES, Search, Searched, candidates
from scons_tinyml.explore.space import Space, space_of
from scons_tinyml.explore.study import FILE, Study, study_name
from scons_tinyml.records.board import read_board
from scons_tinyml.records.explored import Explored, Repeats
from scons_tinyml.records.exploring import PLACE, RESULT
from scons_tinyml.records.metric import Better
from scons_tinyml.records.model import read_model
from scons_tinyml.records.visible import visible_lines
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.explored import text
from scons_tinyml.reports.page.explored import page
from scons_tinyml.stages.data.file import write_data
from scons_tinyml.stages.data.read import read_unscaled
from scons_tinyml.stages.executors.choose import executor
from scons_tinyml.stages.executors.work import Executor
from scons_tinyml.stages.files import write_json, write_text
from scons_tinyml.stages.guarded import guarded
from scons_tinyml.stages.metrics import better_of
from scons_tinyml.stages.trial.trial_work import TrialWork

_PAGE = "explore.html"
_DATA = "data.npz"
_OF_MODEL = (".py", ".toml")


def run(request: ExploreRequest[Path]) -> Explored:
    """Explore, write the result and its page, and return it. Raises InputError, EnvironmentProblem."""
    model = read_model(request.model)
    space = space_of(model, request.model)
    folder = request.build / PLACE / model.name
    made = check_name(request.out, Path("models")) if request.out else None
    _write_data(request, folder / _DATA)
    metric, declared = next(iter(model.metrics.items()))
    better = better_of(declared)
    with executor(request.scheduler, request.workers, {}) as found:
        outcome = _explored(request, space, folder, found, metric, better)
    result = explored(outcome)
    write_json(folder / RESULT, result.model_dump(mode="json", by_alias=True))
    write_text(folder / _PAGE, page(result, folder))
    print(visible_lines(text(result)))
    print()
    print_wrapped(f"result: {folder / RESULT}")
    print_wrapped(f"page: {folder / _PAGE}")
    if made is not None and result.winner is not None:
        print_wrapped(f"model: {export_variant(request.model, result.winner, made)}")
    return result


def _explored(
    request: ExploreRequest[Path],
    space: Space,
    folder: Path,
    executor: Executor,
    metric: str,
    better: Better,
) -> Outcome:
    boards = tuple(read_board(path) for path in request.boards)
    work = TrialWork(request.model, folder / _DATA)
    name = study_name(_depends(request, work, folder / _DATA))
    study = Study(folder / FILE, name, space, OBJECTIVES, request.seed)
    builds = Builds(space.model, request.build, request.arguments)
    searched = Search(request, space, boards, builds, study, work, executor, better).run()
    built = _built(request, searched, builds, better)
    repeats = _repeated(request, space, searched, built, work, executor, folder / FOLDER / name)
    return Outcome(space, metric, better, request.seed, request.made_of, name, searched, built, repeats)


def _write_data(request: ExploreRequest[Path], data: Path) -> None:
    """Write the splits that all variants share; files of anybody are read in a process with limits."""
    model = read_model(request.model)

    def work() -> None:
        write_data(data, read_unscaled(model, request.model, request.outside))

    if model.dataset is not None and model.dataset.script is not None:
        work()
    else:
        guarded(work, request.model)


def _depends(request: ExploreRequest[Path], work: TrialWork, data: Path) -> Mapping[str, str]:
    """Return all that trials depend on: another study begins when one of them changes."""
    files = sorted(path for path in request.model.parent.rglob("*") if path.suffix in _OF_MODEL)
    return {
        **{f"file {path.relative_to(request.model.parent)}": _digest(path) for path in files},
        **{name: fact.value for name, fact in work.facts().items()},
        **{f"board {path.stem}": _digest(path) for path in request.boards},
        "data": _digest(data),
        "limits": request.limits,
        "builds": " ".join(request.arguments),
        "seed": str(request.seed),
        "generation": str(request.generation),
    }


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _built(
    request: ExploreRequest[Path], searched: Searched, builds: Builds, better: Better
) -> dict[str, list[Built]]:
    """Build what may be on the front of each board, beside the model itself."""
    found: dict[str, list[Built]] = {}
    for basis, first in zip(searched.bases, searched.first, strict=True):
        known = candidates(searched, basis, better)
        best = thinned(front(known, lambda one: one[1]), lambda one: one[1], request.points)
        texts = [tried.variant for tried, _ in best if tried.variant != first.variant]
        found[basis.board] = [first, *(builds.run(basis.board, variant) for variant in texts)]
    return found


def _repeated(
    request: ExploreRequest[Path],
    space: Space,
    searched: Searched,
    built: Mapping[str, list[Built]],
    work: TrialWork,
    executor: Executor,
    folder: Path,
) -> dict[str, Repeats]:
    """Train what was built with more seeds."""
    if request.repeats < 2:
        return {}
    variants = dict.fromkeys(one.variant for some in built.values() for one in some if one.report is not None)
    print_wrapped(f"  training {len(variants)} variants with {request.repeats} seeds each", sys.stderr)
    return repeats_of(
        space.model,
        variants,
        request.repeats,
        work=work,
        executor=executor,
        folder=folder,
        known=searched.tried,
    )
