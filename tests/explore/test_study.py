"""Trials in a file: the same ones whatever is done first, and after a kill."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.explore.study import Study, Values
from support.explorations import space, tried

SIZE = 4


def values(found):
    return Values((-found.accuracy, float(found.sketch.weight_bytes)), -1.0)


def opened(path: Path, seed: int = 1) -> Study:
    return Study(path, "name", space(), 2, seed)


def generation(study: Study, number: int, *, backwards: bool = False, most: int = SIZE) -> bool:
    """Do `most` trials of a generation; return whether it is complete, and told."""
    wanted = study.generation(number, SIZE, ("", "width=0.5") if number == 0 else ())
    known = study.tried
    waiting = [trial for trial in sorted(wanted, reverse=backwards) if wanted[trial] not in known]
    for trial in waiting[:most]:
        study.keep(trial, tried(wanted[trial]))
    if len(waiting) > most:
        return False
    study.tell(values)
    return True


def run(path: Path, *, backwards: bool = False) -> list[str]:
    study = opened(path)
    for number in range(3):
        assert generation(study, number, backwards=backwards)
    return list(study.tried)


def test_the_variants_that_are_named_come_first_and_none_comes_twice(tmp_path):
    found = run(tmp_path / "study.sqlite3")
    assert found[:2] == ["", "width=0.5"]
    assert len(found) == len(set(found)) == 3 * SIZE


def test_which_trial_ends_first_changes_nothing(tmp_path):
    assert run(tmp_path / "a.sqlite3") == run(tmp_path / "b.sqlite3", backwards=True)


def test_after_a_kill_the_same_trials_are_done_and_those_that_were_done_are_not(tmp_path):
    whole, path = run(tmp_path / "whole.sqlite3"), tmp_path / "study.sqlite3"
    generation(opened(path), 0)
    assert not generation(opened(path), 1, most=1)
    assert not generation(opened(path), 1, most=2)
    assert len(opened(path).tried) == SIZE + 3
    study = opened(path)
    assert [generation(study, number) for number in range(3)] == [True, True, True]
    assert list(study.tried) == whole


def test_another_seed_tries_others(tmp_path):
    study = opened(tmp_path / "study.sqlite3", seed=2)
    for number in range(3):
        generation(study, number)
    assert list(study.tried) != run(tmp_path / "other.sqlite3")


def test_a_small_space_is_tried_as_a_whole(tmp_path):
    study = opened(tmp_path / "study.sqlite3")
    for number in range(9):
        generation(study, number)
    assert len(study.tried) == space().size
    assert study.generation(9, SIZE, ()) == {}
