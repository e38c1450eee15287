"""A search with trials and builds that nothing computes, from its beginning to its record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.explore.request import ExploreRequest
from scons_tinyml.explore.result import Outcome, explored
from scons_tinyml.explore.run import _built
from scons_tinyml.explore.search import OBJECTIVES, Search, candidates
from scons_tinyml.explore.study import Study
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError
from support.explorations import WHERE, FakeBuilds, Trials, space
from support.project import ROOT

BOARDS = ("stm32l1", "stm32l4")


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A model.toml with limits alone: the search reads its budgets."""
    path = tmp_path / "net" / "model.toml"
    path.parent.mkdir()
    path.write_text('source = "net.tflite"\n[budgets]\nflash = "7500 B"\naccuracy = 0.7\n')
    return path


def search(folder: Path, model: Path, trials: int, executor: Trials, builds: FakeBuilds, **how) -> Search:
    request = ExploreRequest(
        **{
            "model": model,
            "boards": (),
            "build": folder,
            "trials": trials,
            "points": 3,
            "generation": 4,
            **how,
        }
    )
    study = Study(folder / "study.sqlite3", "name", space(), OBJECTIVES, 1)
    boards = tuple(read_board(ROOT / "boards" / f"{name}.toml") for name in BOARDS)
    return Search(request, space(), boards, builds, study, None, executor, "higher")  # type: ignore[arg-type]


def test_the_model_itself_is_built_for_each_board_and_tried_first(tmp_path, model_file):
    builds = FakeBuilds()
    found = search(tmp_path, model_file, 9, Trials(), builds).run()
    assert builds.run_for == [("stm32l1", ""), ("stm32l4", "")]
    assert next(iter(found.tried)) == ""
    assert len(found.tried) == 9


def test_the_order_of_results_changes_no_trial(tmp_path, model_file):
    runs = [
        search(tmp_path / name, model_file, 13, Trials(backwards=backwards), FakeBuilds()).run().tried
        for name, backwards in (("a", False), ("b", True))
    ]
    assert list(runs[0].items()) == list(runs[1].items())


def test_it_goes_on_after_a_kill_and_no_trial_is_done_twice(tmp_path, model_file):
    whole = search(tmp_path / "whole", model_file, 13, Trials(), FakeBuilds()).run().tried
    killed, rest = Trials(most=6), Trials()
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path / "killed", model_file, 13, killed, FakeBuilds()).run()
    found = search(tmp_path / "killed", model_file, 13, rest, FakeBuilds()).run().tried
    assert found == whole
    assert len(killed.done) == 6
    assert not set(killed.done) & set(rest.done)


def test_a_board_without_room_for_the_model_begins_with_the_smallest_variant(tmp_path, model_file):
    found = search(tmp_path, model_file, 3, Trials(), FakeBuilds(impossible=("",))).run()
    assert [built.variant for built in found.first] == ["depth=1,width=0.25"] * 2
    smallest = FakeBuilds(impossible=("", "depth=1,width=0.25"))
    with pytest.raises(
        InputError, match="neither the model nor its smallest variant can be built for stm32l1"
    ):
        search(tmp_path / "none", model_file, 3, Trials(), smallest).run()


def test_the_time_ends_a_search(tmp_path, model_file):
    found = search(tmp_path, model_file, 30, Trials(), FakeBuilds(), seconds=1e-9).run()
    assert list(found.tried) == [""]


def test_what_is_built_may_pass_and_the_record_says_what_was_found(tmp_path, model_file):
    builds = FakeBuilds()
    ours = search(tmp_path, model_file, 32, Trials(), builds)
    searched = ours.run()
    for tried, _ in candidates(searched, searched.bases[0], "higher"):
        assert tried.accuracy >= 0.7
        assert tried.sketch.weight_bytes <= 2500
    built = _built(ours.request, searched, builds, "higher")
    assert [len(some) for some in built.values()] == [4, 4]  # the model itself, and 3 points
    record = explored(Outcome(space(), "accuracy", "higher", 1, "made", "name", searched, built, {}))
    assert (record.variants, len(record.trials), [axis.name for axis in record.axes]) == (
        32,
        32,
        ["width", "depth", "kind"],
    )
    [first, _] = record.boards
    assert {point.variant for point in first.points} == {one.variant for one in built["stm32l1"]}
    assert all(point.report.startswith("build/stm32l1/") for point in first.points)
    by_axis = {price.axis: price for price in record.prices}
    assert by_axis["width"].pairs == 3 * 4 * 2
    assert by_axis["width"].accuracy == pytest.approx(-0.25 * 2.5 / 10)  # 0.0625 on average of depths 1 to 4
    assert by_axis["width"].weight_bytes == pytest.approx(-625)
    assert by_axis["width"].accuracy_per_kib == pytest.approx(0.0625 / ((625 + 156.25) / 1024), rel=1e-3)
    assert record == type(record).model_validate_json(record.model_dump_json(by_alias=True))


def test_a_trial_that_cannot_be_made_ends_nothing(tmp_path, model_file):
    class Failing(Trials):
        def results(self, work, jobs):
            for done in super().results(work, jobs):
                failed = done.result.variant not in ("", "depth=1,width=0.25")
                yield (
                    replace(done, result=replace(done.result, sketch=None, accuracy=None, problem="no"))
                    if (failed)
                    else done
                )

    found = search(tmp_path, model_file, 9, Failing(), FakeBuilds()).run()
    assert sum(bool(one.problem) for one in found.tried.values()) >= 7
    assert WHERE.name == "model.toml"


def test_rivals_are_of_earlier_generations_also_after_a_kill(tmp_path, model_file):
    whole = Trials()
    search(tmp_path / "whole", model_file, 13, whole, FakeBuilds()).run()
    assert whole.rivals[""] == []
    assert all(variant not in rivals for variant, rivals in whole.rivals.items())
    assert {len(rivals) for rivals in whole.rivals.values()} == {0, 1, 5, 9}
    first, second = Trials(most=7), Trials()
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path / "killed", model_file, 13, first, FakeBuilds()).run()
    search(tmp_path / "killed", model_file, 13, second, FakeBuilds()).run()
    assert {**first.rivals, **second.rivals} == whole.rivals
