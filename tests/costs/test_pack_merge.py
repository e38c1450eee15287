"""Merging is commutative, associative and idempotent, and keeps the newest row of a key."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.cli.main import main
from scons_tinyml.costs.packs.files import pack_text, read_pack
from scons_tinyml.costs.packs.merge import merged, preferred
from support.cost_rows import KEY, ROW, groups
from support.effort import examples

NOW = "2026-01-02T03:04:05+00:00"


@given(groups, groups)
def test_commutative(first, second):
    assert merged(first, second) == merged(second, first)


@given(groups, groups, groups)
def test_associative(first, second, third):
    assert merged(merged(first, second), third) == merged(first, merged(second, third))


@given(groups)
def test_idempotent(group):
    assert merged(merged(group), merged(group)) == merged(group)
    assert merged(group, group) == merged(group)


@given(st.lists(groups, max_size=4))
def test_one_row_of_each_key_and_none_that_was_not_there(parts):
    rows = [row for part in parts for row in part]
    found = merged(*parts)
    assert [row.key.digest for row in found] == sorted({row.key.digest for row in rows})
    assert all(row in rows for row in found)
    newest = {row.key: max(other.measured_at for other in rows if other.key == row.key) for row in rows}
    assert {row.key: row.measured_at for row in found} == newest


def test_the_newer_measurement_wins_and_then_it_is_the_same_for_everybody():
    newer = replace(ROW, cycles=999, measured_at="2025-01-01T00:00:00+00:00")
    assert preferred(ROW, newer) == preferred(newer, ROW) == newer
    other = replace(ROW, cycles=1001)
    assert preferred(ROW, other) == preferred(other, ROW)
    elsewhere = replace(ROW, origin="pack a 0", board="mine")
    assert preferred(elsewhere, other).cycles == preferred(ROW, other).cycles


@settings(deadline=None, max_examples=examples(30))
@given(groups, groups)
def test_files_do_not_depend_on_the_order_and_swallow_themselves(tmp_path_factory, first, second):
    folder = tmp_path_factory.mktemp("merge")
    for name, rows in (("a", first), ("b", second)):
        (folder / f"{name}.jsonl").write_text(pack_text(merged(rows), name, NOW))

    def merge(*names):
        paths = [str(folder / f"{name}.jsonl") for name in names]
        main(["costs", "merge", *paths, "--name", "both", "-o", str(folder / "out.jsonl")])
        return (folder / "out.jsonl").read_text()

    both = merge("a", "b")
    assert merge("b", "a") == both
    (folder / "both.jsonl").write_text(both)
    assert merge("both") == merge("both", "both") == merge("a", "both", "b") == both
    read = [read_pack(folder / f"{name}.jsonl").rows for name in ("a", "b")]
    assert read_pack(folder / "both.jsonl").rows == merged(*read)


def test_rows_that_disagree_are_told(tmp_path, capsys):
    newer = replace(ROW, cycles=1101, measured_at="2025-01-01T00:00:00+00:00")
    for name, row in (("a", ROW), ("b", newer)):
        (tmp_path / f"{name}.jsonl").write_text(pack_text([row], name, NOW))
    main(
        [
            "costs",
            "merge",
            *(str(tmp_path / f"{name}.jsonl") for name in "ab"),
            "-o",
            str(tmp_path / "c.jsonl"),
        ]
    )
    shown = capsys.readouterr()
    assert shown.out == f"{tmp_path / 'c.jsonl'}: 1 rows of 2\n"
    assert shown.err == (
        f"tinyml: warning: {KEY.digest[:12]} reference/conv_2d_int8: 1,000 cycles in one pack, "
        "1,101 in the newer one, which is kept\n"
    )
    (found,) = read_pack(tmp_path / "c.jsonl").rows
    assert found == replace(newer, origin=read_pack(tmp_path / "b.jsonl").rows[0].origin)
