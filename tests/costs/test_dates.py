"""Dates of rows: of the calendar, since 2020, and not in the future."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scons_tinyml.costs import dates
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.dates import fault_of, latest
from scons_tinyml.costs.packs.files import loose_text, pack_text, read_loose, read_pack
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from support.cost_rows import ROW

LAST = "2026-03-01T00:00:00+00:00"
CREATED = "2026-01-02T03:04:05+00:00"


def ahead(**lead: int) -> str:
    return (datetime.now(UTC) + timedelta(**lead)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2020-01-01T00:00:00+00:00", None),
        (LAST, None),
        ("2024-02-29T23:59:59+00:00", None),
        ("2026-03-01T00:00:01+00:00", f"expected {LAST} or earlier: a day ahead of now"),
        ("9999-12-31T23:59:59+00:00", f"expected {LAST} or earlier: a day ahead of now"),
        ("2019-12-31T23:59:59+00:00", "expected 2020 or later"),
        ("0001-01-01T00:00:00+00:00", "expected 2020 or later"),
        ("0000-01-01T00:00:00+00:00", "expected a day of the calendar"),
        ("2025-02-29T00:00:00+00:00", "expected a day of the calendar"),
        ("2025-02-31T00:00:00+00:00", "expected a day of the calendar"),
        ("2025-01-01T24:00:00+00:00", "expected a time such as 2026-01-31T12:00:00+00:00"),
        ("2025-01-01", "expected a time such as 2026-01-31T12:00:00+00:00"),
        ("yesterday", "expected a time such as 2026-01-31T12:00:00+00:00"),
        ("٢٠٢٥-01-01T00:00:00+00:00", "expected a time such as 2026-01-31T12:00:00+00:00"),
    ],
)
def test_dates(text: str, fault: str | None) -> None:
    assert fault_of(text, LAST) == fault


def test_a_day_ahead_is_another_clock_and_more_is_the_future() -> None:
    assert fault_of(ahead(hours=23), latest()) is None
    assert fault_of(ahead(hours=25), latest()) is not None


def test_a_clock_that_was_never_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reset(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Reset:  # type: ignore[override] # noqa: ARG003
            return cls(1970, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(dates, "datetime", Reset)
    with pytest.raises(EnvironmentProblem, match=r"^clock of this machine: says 1970-01-01T00:00:00\+00:00"):
        latest()


@pytest.mark.parametrize(
    "text",
    [
        "2019-06-01T00:00:00+00:00",
        "2025-02-31T00:00:00+00:00",
        pytest.param(ahead(days=400), id="ahead"),  # workers must give it one name
    ],
)
def test_packs_and_seeds_with_other_dates_are_refused(tmp_path: Path, text: str) -> None:
    fault = f'found "{text}", {(fault_of(text, latest()) or "")[:17]}'
    row = replace(ROW, measured_at=text)
    for name, content, read, place in (
        ("pack", pack_text([row], "team", CREATED), read_pack, "2: measured_at"),
        ("seeds", loose_text([row]), read_loose, "1: measured_at"),
        ("header", pack_text([ROW], "team", text), read_pack, "1: created"),
    ):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(content)
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}:{place}: {fault}")


@pytest.mark.parametrize("text", ["9999-01-01T00:00:00+00:00", "\x1b[2J"])
def test_rows_of_a_database_from_elsewhere_with_other_dates_do_not_count(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "costs.db"
    other = replace(ROW, key=replace(ROW.key, core="cortex-m4f"))
    with CostDatabase.open(path) as database:
        database.record(ROW, other)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update costs set measured_at = ? where digest = ?", [text, ROW.key.digest])
        connection.commit()
    with CostDatabase.open(path) as database:
        for _ in range(2):
            assert database.find([ROW.key, other.key]) == {other.key.digest: other}
        told = capsys.readouterr().err
        assert told.startswith(f"tinyml: warning: {path}: {ROW.key.digest[:12]}: measured_at: found ")
        assert (told.count("\n"), "\x1b" in told) == (1, False)
        database.record(ROW)  # measured again
        assert database.find([ROW.key]) == {ROW.key.digest: ROW}


def test_proofs_of_other_dates_do_not_count_either(tmp_path: Path, proof: object) -> None:
    made = proof()  # type: ignore[operator]
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record_proof(replace(made, checked_at="9999-01-01T00:00:00+00:00"))
        assert database.find_proofs([made.key]) == {}
        database.record_proof(made)
        assert database.find_proofs([made.key]) == {made.key.digest: made}


def test_an_export_leaves_them_out(tmp_path: Path) -> None:
    from scons_tinyml.cli.main import main

    def exported(row: CostRow) -> str:
        with CostDatabase.open(tmp_path / "costs.db") as database:
            database.record(row)
        main(
            [
                "costs",
                "export",
                "--loose",
                "--database",
                str(tmp_path / "costs.db"),
                str(tmp_path / "x.jsonl"),
            ]
        )
        return (tmp_path / "x.jsonl").read_text()

    assert exported(ROW) == loose_text([ROW])
    assert exported(replace(ROW, measured_at="9999-01-01T00:00:00+00:00")) == ""
