"""What the commands take into a database, and what they leave alone."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from scons_tinyml.cli.main import main
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.files import pack_text, read_pack
from scons_tinyml.costs.packs.intake import take_in
from scons_tinyml.costs.packs.merge import merged
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.stages import command
from support.cost_rows import KEY, ROW, groups
from support.effort import examples

NOW = "2026-01-02T03:04:05+00:00"
LATER = "2025-01-01T00:00:00+00:00"
M4 = replace(ROW, key=replace(KEY, core="cortex-m4f", kernel="cmsis_nn/b"), board="stm32l4")


@pytest.fixture
def project(tmp_path):
    """`write(name, *rows)` makes a pack, `call(...)` runs `tinyml costs`, `rows()` is what the database has."""

    class Project:
        folder = tmp_path
        database = tmp_path / ".tinyml" / "costs.sqlite3"

        def write(self, name, *rows):
            path = tmp_path / f"{name}.jsonl"
            path.write_text(pack_text(merged(rows), name, NOW))
            return path

        def call(self, *arguments):
            return command.call(main, ["costs", *map(str, arguments), "--project", str(tmp_path)])

        def record(self, *rows):
            with CostDatabase.open(self.database) as database:
                database.record(*rows)

        def rows(self):
            with CostDatabase.open(self.database) as database:
                return set(database.all_rows())

    return Project()


def from_pack(path, *rows):
    header = read_pack(path).header
    facts = {"pack_name": header.name, "pack_digest": header.digest, "signer": header.signer}
    return {replace(row, origin=f"pack {path.stem} {header.digest[:12]}", **facts) for row in rows}


def test_export_and_import_are_inverse_but_for_the_origin(project, capsys):
    project.record(ROW, M4)
    path = project.folder / "all.jsonl"
    assert project.call("export", path) == 0
    project.database.unlink()
    assert project.call("import", path) == 0
    assert project.rows() == from_pack(path, ROW, M4)
    assert capsys.readouterr().out == f"{path}: 2 rows\n{path}: 2 rows taken, 0 there already\n"
    again = project.folder / "again.jsonl"
    assert project.call("export", again) == 0
    project.database.unlink()
    assert project.call("import", again) == 0
    origins = {row.origin for row in from_pack(path, ROW)}
    assert {row.origin for row in project.rows()} == origins  # who measured is not forgotten on the way
    assert {row.pack_name for row in project.rows()} == {"again"}  # and who has handed it on is known, too


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (["--core", "cortex-m3"], [ROW]),
        (["--board", "stm32l4"], [M4]),
        (["--kernel", "cmsis_nn/b"], [M4]),
        (["--core", "cortex-m3", "--kernel", "cmsis_nn/b"], []),
    ],
)
def test_a_part_is_exported(project, options, rows):
    project.record(ROW, M4)
    path = project.folder / "part.jsonl"
    assert project.call("export", *options, path) == 0
    assert set(read_pack(path).attributed) == from_pack(path, *rows)


def test_an_export_that_fails_leaves_the_old_file(project, capsys):
    project.record(ROW)
    path = project.folder / "old.jsonl"
    path.write_text("old")
    assert project.call("export", "--name", "../x", path) == 1
    assert path.read_text() == "old"
    assert 'name: found "../x", expected text that matches' in capsys.readouterr().err


def test_what_is_there_is_not_taken_again(project, capsys):
    path = project.write("a", ROW, M4)
    assert project.call("import", path, path) == 0
    assert "0 rows taken, 2 there already" in capsys.readouterr().out
    project.record(ROW)
    assert project.call("import", path) == 0
    assert ROW in project.rows()  # what was measured here stays what it is


def test_the_newer_of_two_is_kept(project):
    newer = replace(ROW, cycles=1010, measured_at=LATER)
    old, new = project.write("old", ROW), project.write("new", newer)
    for order in ((old, new), (new, old)):
        assert project.call("import", *order) == 0
        assert project.rows() == from_pack(new, newer)
        project.database.unlink()


def test_an_outlier_is_listed_and_left_out_and_the_others_are_taken(project, capsys):
    project.record(ROW)
    odd = replace(ROW, cycles=1200, measured_at=LATER)
    path = project.write("odd", odd, M4)
    told = (
        f"{KEY.digest[:12]} reference/conv_2d_int8 on cortex-m3 (emulator): 1,200 cycles, "
        "+20.0 % from the 1,000 of the other row of its kind\n"
    )
    assert project.call("import", path) == 1
    shown = capsys.readouterr()
    assert shown.out == f"{path}: 1 rows taken, 0 there already\n  left out: {told}"
    assert shown.err == (
        "tinyml: error: tinyml costs import: 1 of the rows disagree by more than 10 % with others of their "
        "kind and were left out\n  look at how they were measured; --accept-outliers takes them\n"
    )
    assert project.rows() == {ROW} | from_pack(path, M4)
    assert project.call("import", "--accept-outliers", path) == 0
    assert capsys.readouterr().out == f"{path}: 1 rows taken, 1 there already\n  taken on purpose: {told}"
    assert project.rows() == from_pack(path, odd, M4)


def test_on_purpose_an_older_row_is_taken_too(project):
    newer = replace(ROW, cycles=1200, measured_at=LATER)
    project.record(newer)
    path = project.write("old", ROW)
    assert project.call("import", path) == 1
    assert project.rows() == {newer}
    assert project.call("import", "--accept-outliers", path) == 0
    assert project.rows() == from_pack(path, ROW)


def test_json(project, capsys):
    project.record(ROW)
    path = project.write("odd", replace(ROW, cycles=1200), M4)
    assert project.call("import", "--json", path) == 1
    outlier = {
        "digest": KEY.digest,
        "kernel": KEY.kernel,
        "cycles": 1200,
        "others_cycles": 1000,
        "taken": False,
    }
    assert json.loads(capsys.readouterr().out) == {
        str(path): {
            "digest": read_pack(path).header.digest,
            "signer": None,
            "taken": 1,
            "present": 0,
            "outliers": [outlier],
        }
    }


def test_a_bad_pack_takes_the_good_ones_down(project):
    good, bad = project.write("good", ROW), project.write("bad", M4)
    bad.write_text(bad.read_text().replace('"cycles":1000', '"cycles":1002'))
    assert project.call("import", good, bad) == 1
    assert not project.database.exists()


def test_nothing_but_the_database_is_written(project):
    """Whatever a pack is called, and whatever its texts look like."""
    hostile = replace(
        ROW, key=replace(KEY, flags="$(touch pwned) `touch pwned` ; ../../pwned", compiler="/etc/passwd")
    )
    path = project.write(
        "..hidden..".strip("."), hostile, replace(M4, origin="../../pwned", tool_version="../x")
    )
    assert project.call("import", path) == 0
    names = {found.name for found in project.folder.rglob("*")}
    assert {name for name in names if not name.startswith("costs.sqlite3")} == {".tinyml", path.name}


def test_a_database_that_cannot_be_written_keeps_what_it_has(project, monkeypatch):
    project.record(ROW)

    def fails(*_):
        raise EnvironmentProblem("the disk is full")

    monkeypatch.setattr(CostDatabase, "_write", fails)
    assert project.call("import", project.write("a", M4)) == 1
    monkeypatch.undo()
    assert project.rows() == {ROW}


def test_without_a_database_there_is_nothing_to_export(project):
    with pytest.raises(InputError, match="there is no such database"):
        main(["costs", "export", "x.jsonl", "--project", str(project.folder)])
    assert [*project.folder.iterdir()] == []


@settings(deadline=None, max_examples=examples(40))
@given(groups, groups)
def test_the_order_of_imports_does_not_matter(tmp_path_factory, first, second):
    def imported(*parts):
        with CostDatabase.open(tmp_path_factory.mktemp("db") / "costs.sqlite3") as database:
            for part in parts:
                take_in(database, merged(part))
            return tuple(replace(row, origin="", board="") for row in database.all_rows())

    both = imported(first, second)
    assert imported(second, first) == both == imported(first, second, first)
