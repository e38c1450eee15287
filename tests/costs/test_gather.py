"""Gathering of databases: the order does not matter, nothing is taken twice, and damage is an error."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.cli.main import main
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.gather import Gathered, gather, proof_order, row_order
from scons_tinyml.costs.key import ProofKey
from scons_tinyml.costs.rows import Proof
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.stages import command
from support.cost_rows import KEY, ROW, rows
from support.effort import examples

PROOF_KEY = ProofKey(
    "1" * 64, "reference/a", "2" * 64, "", "arm-none-eabi-gcc 12.2.1", "-O2", "cortex-m3", "an oracle"
)
PROOF = Proof(PROOF_KEY, 10, 0, 0, None, "2024-01-02T03:04:05+00:00", "0.1.0", "a" * 64)
SIGNER = "ed25519:" + "0" * 64

any_rows = st.builds(
    lambda row, evidence, signer: replace(row, key=replace(row.key, evidence=evidence), signer=signer),
    rows,
    st.sampled_from(["emulator", "hardware"]),
    st.sampled_from(["", SIGNER]),
)
proofs = st.builds(
    lambda layer, differing, second: replace(
        PROOF,
        key=replace(PROOF_KEY, layer_digest=layer * 64),
        differing_bytes=differing,
        checked_at=f"2024-01-02T03:04:0{second}+00:00",
    ),
    st.sampled_from("12"),
    st.integers(0, 2),
    st.integers(0, 2),
)
contents = st.tuples(st.lists(any_rows, max_size=6), st.lists(proofs, max_size=4))


def make(path, found, proven=()):
    """Make a database with one row for each key, the last of `found`."""
    with CostDatabase.open(path) as database:
        database.record(*found)
        database.record_proof(*proven)
    return path


def content(path):
    with CostDatabase.open(path) as database:
        return [*database.all_rows()], [*database.all_proofs()]


def gathered(folder, *sources):
    """Return the content of a new database after gathering `sources` into it in this order."""
    path = folder / "-".join(["of", *(source.stem for source in sources)])
    with CostDatabase.open(path) as database:
        for source in sources:
            gather(source, database)
    return content(path)


@given(any_rows, any_rows)
def test_order_of_rows_is_total(first, second):
    second = replace(second, key=first.key)
    assert (row_order(first) == row_order(second)) == (first == second)
    assert (row_order(first) < row_order(second)) != (row_order(first) >= row_order(second))


@given(proofs, proofs)
def test_order_of_proofs_is_total(first, second):
    second = replace(second, key=first.key)
    assert (proof_order(first) == proof_order(second)) == (first == second)


@settings(deadline=None, max_examples=examples(15))
@given(contents, contents, contents)
def test_any_order_and_any_number_of_times(tmp_path_factory, first, second, third):
    folder = tmp_path_factory.mktemp("gather")
    a, b, c = (make(folder / name, *each) for name, each in zip("abc", (first, second, third), strict=True))
    whole = gathered(folder, a, b, c)
    assert gathered(folder, c, a, b) == gathered(folder, b, c, a, c, b, b) == whole
    partly = make(folder / "partly", *gathered(folder, b, c))
    assert gathered(folder, a, partly) == whole  # associative
    kept, proven = whole
    everything = [row for path in (a, b, c) for row in content(path)[0]]
    for row in kept:
        assert row == max((other for other in everything if other.key == row.key), key=row_order)
    assert {row.key for row in kept} == {row.key for row in everything}
    assert {proof.key for proof in proven} == {
        proof.key for _, each in (first, second, third) for proof in each
    }


def test_hardware_row_of_a_pack_replaces_no_own_one(tmp_path):
    on_board = replace(KEY, evidence="hardware")
    own = replace(ROW, key=on_board, instructions=None)
    newer = replace(
        own, cycles=900, measured_at="2025-01-01T00:00:00+00:00", origin="pack x 0", pack_name="x"
    )
    a, b = make(tmp_path / "a", [own]), make(tmp_path / "b", [newer])
    assert gathered(tmp_path, a, b) == gathered(tmp_path, b, a) == ([own], [])


def test_sources_stay_as_they_are(tmp_path):
    source = make(tmp_path / "a", [ROW], [PROOF])
    before = source.read_bytes()
    source.chmod(0o444)
    assert gathered(tmp_path, source) == ([ROW], [PROOF])
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.glob("a*")] == ["a"]


def test_rows_that_a_killed_job_has_left_in_the_log_count(tmp_path):
    with CostDatabase.open(tmp_path / "a") as database:
        database.record(ROW)
        database.record_proof(PROOF)
        (tmp_path / "killed").mkdir()
        for part in ("a", "a-wal"):
            shutil.copy(tmp_path / part, tmp_path / "killed")
    assert (tmp_path / "killed" / "a").stat().st_size < (tmp_path / "killed" / "a-wal").stat().st_size
    assert gathered(tmp_path, tmp_path / "killed" / "a") == ([ROW], [PROOF])


def test_impossible_dates_are_left_out(tmp_path):
    """One in the future would win for ever."""
    late = "2999-01-01T00:00:00+00:00"
    source = make(tmp_path / "a", [replace(ROW, measured_at=late)], [replace(PROOF, checked_at=late)])
    assert gathered(tmp_path, source) == ([], [])


def test_damaged_database_is_an_error_and_stays(tmp_path):
    source = tmp_path / "a"
    source.write_bytes(b"This was a database once. " * 400)
    with CostDatabase.open(tmp_path / "all") as database:
        with pytest.raises(EnvironmentProblem) as caught:
            gather(source, database)
        assert str(caught.value) == (
            f"{source}: the database cannot be used (file is not a database)\n"
            "  leave it out: what it lacks, the next build measures"
        )
        with pytest.raises(InputError, match=r"none: there is no such database$"):
            gather(tmp_path / "none", database)
        assert database.count() == {"costs": 0, "proofs": 0}
    assert [path.name for path in tmp_path.glob("a.*")] == []


def test_command(tmp_path, capsys):
    apart = replace(ROW, cycles=1101, measured_at="2025-01-01T00:00:00+00:00")
    a, b = make(tmp_path / "a", [ROW], [PROOF]), make(tmp_path / "b", [apart], [PROOF])
    words = ["costs", "gather", str(a), str(b), "--project", str(tmp_path), "--database", "all"]
    for first, second in (
        ("1 rows and 1 proofs taken, 0", "1 rows and 0 proofs taken, 1"),
        ("0 rows and 0 proofs taken, 2", "0 rows and 0 proofs taken, 2"),
    ):
        assert command.call(main, words) == 0
        shown = capsys.readouterr()
        assert shown.out == f"{a}: {first} there already\n{b}: {second} there already\n"
        assert shown.err == (
            f"tinyml: warning: {KEY.digest[:12]} reference/conv_2d_int8: 1,000 cycles in one database, "
            "1,101 in the newer one, which is kept\n"
        )
    assert content(tmp_path / "all") == ([apart], [PROOF])
    with CostDatabase.open(tmp_path / "all") as database:
        assert gather(b, database) == Gathered(0, 0, 2, ())
