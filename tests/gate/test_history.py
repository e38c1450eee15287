"""Histories: lines are appended whole, once for each build, and read again with limits."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.history import HistoryLine, history_line, read_history
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.gate.history import append
from support.reports import REPORT


def line(flash_bytes: int, model: str = "cats") -> HistoryLine:
    return history_line(REPORT.model_copy(update={"flash_bytes": flash_bytes, "model": model}))


def append_many(path: Path, model: str) -> None:
    for flash_bytes in range(50):
        append(path, line(flash_bytes, model))


def test_a_line_follows_its_schema_and_is_read_again(tmp_path):
    path = tmp_path / "new" / "history.jsonl"
    assert read_history(path) == ()
    assert append(path, line(1)) == read_history(path) == (line(1),)
    [text] = path.read_text().splitlines()
    jsonschema.validate(json.loads(text), json_schema("history"))
    assert line(1).metrics == {"accuracy": 0.9}


def test_a_build_is_not_appended_twice(tmp_path):
    path = tmp_path / "history.jsonl"
    for one in (line(1), line(1), line(7, "dogs"), line(1), line(2), line(1)):
        append(path, one)
    assert read_history(path) == (line(1), line(7, "dogs"), line(2), line(1))


def test_a_line_without_an_end_stays_a_line(tmp_path):
    path = tmp_path / "history.jsonl"
    append(path, line(1))
    path.write_text(path.read_text().rstrip("\n"))
    append(path, line(2))
    assert read_history(path) == (line(1), line(2))


def test_builds_at_the_same_time_lose_no_line(tmp_path):
    path = tmp_path / "history.jsonl"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.starmap(append_many, [(path, "cats"), (path, "dogs")])
    found = read_history(path)
    assert [one.flash_bytes for one in found if one.model == "cats"] == list(range(50))
    assert len(found) == 100


@pytest.mark.parametrize(
    ("text", "problem"), [("{}", "Field required"), ("[", "is not JSON"), ("NaN", "is not JSON")]
)
def test_what_is_no_history_is_refused_and_left_alone(tmp_path, text, problem):
    path = tmp_path / "history.jsonl"
    append(path, line(1))
    path.write_text(whole := path.read_text() + text + "\n")
    with pytest.raises(InputError, match=f"history.jsonl:2.*{problem}"):
        append(path, line(2))
    assert path.read_text() == whole
