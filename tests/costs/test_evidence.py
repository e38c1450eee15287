"""A latency is made of hardware rows alone or of emulator rows alone; and the comparison of the two."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.cli.main import main
from scons_tinyml.costs.compare import Ratio, compare
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.evidence import class_of_network, keys_by_class, rows_of_class
from scons_tinyml.costs.marks import hardware_mark
from support.cost_rows import KEY, ROW

HARDWARE = replace(ROW, key=replace(KEY, evidence="hardware", timing_version="firmware 1"), instructions=None)
BOTH = {"hardware": HARDWARE, "emulator": ROW}


def hardware(cycles, **changes):
    return replace(HARDWARE, cycles=cycles, key=replace(HARDWARE.key, **changes))


def emulator(cycles, **changes):
    return replace(ROW, cycles=cycles, key=replace(KEY, **changes))


def test_hardware_wins_where_every_layer_has_it():
    by_layer = {0: {"a": BOTH, "b": {"emulator": ROW}}, 2: {"a": {"hardware": HARDWARE}}}
    assert class_of_network(by_layer) == "hardware"
    assert rows_of_class(by_layer, "hardware") == {0: {"a": HARDWARE}, 2: {"a": HARDWARE}}


def test_one_layer_without_hardware_takes_it_from_all():
    by_layer = {0: {"a": BOTH}, 2: {"a": {"emulator": ROW}, "b": BOTH}, 3: {"a": {"emulator": ROW}}}
    assert class_of_network(by_layer) == "emulator"
    assert rows_of_class(by_layer, "emulator") == {0: {"a": ROW}, 2: {"a": ROW, "b": ROW}, 3: {"a": ROW}}


def test_classes_that_are_both_incomplete_make_no_latency():
    assert class_of_network({0: {"a": {"hardware": HARDWARE}}, 1: {"a": {"emulator": ROW}}}) is None
    assert class_of_network({0: {}}) is None


@given(
    st.dictionaries(
        st.integers(0, 4),
        st.dictionaries(
            st.sampled_from("abc"),
            st.sets(st.sampled_from(["hardware", "emulator"])).map(
                lambda found: {name: BOTH[name] for name in found}
            ),
            max_size=3,
        ),
        max_size=4,
    )
)
def test_a_network_is_never_of_two_classes(by_layer):
    evidence = class_of_network(by_layer)
    if evidence is None:
        assert all(
            any(not any(name in rows for rows in kernels.values()) for kernels in by_layer.values())
            for name in BOTH
        )
        return
    rows = rows_of_class(by_layer, evidence)
    assert rows.keys() == by_layer.keys()
    assert all(kernels for kernels in rows.values())
    assert {row.key.evidence for kernels in rows.values() for row in kernels.values()} <= {evidence}


def test_keys_by_class():
    assert keys_by_class(KEY, "firmware 1") == {"hardware": HARDWARE.key, "emulator": KEY}


def test_ratios_of_what_both_have_measured():
    rows = [
        hardware(1000),
        emulator(1100),
        hardware(500, attributes=(("input_height", 56),)),
        emulator(450, attributes=(("input_height", 56),)),
        emulator(1000, timing_version="cortex-m3-2"),
        hardware(100, kernel="cmsis_nn/b"),
        emulator(100, kernel="cmsis_nn/b"),
        emulator(7, flags="-O3"),
        hardware(7, memory="{}"),
        emulator(9, core="cortex-m4f"),
    ]
    expected = [
        Ratio("cortex-m3", "cortex-m3-1", "all", 3, 1.0, 0.9, 1.1),
        Ratio("cortex-m3", "cortex-m3-1", "cmsis_nn/b", 1, 1.0, 1.0, 1.0),
        Ratio("cortex-m3", "cortex-m3-1", "reference/conv_2d_int8", 2, 1.0, 0.9, 1.1),
        Ratio("cortex-m3", "cortex-m3-2", "all", 1, 1.0, 1.0, 1.0),
        Ratio("cortex-m3", "cortex-m3-2", "reference/conv_2d_int8", 1, 1.0, 1.0, 1.0),
    ]
    assert compare(rows) == compare(reversed(rows)) == expected


def test_the_newest_of_several_hardware_rows_is_compared():
    newer = replace(hardware(1000, timing_version="firmware 2"), measured_at="2025-01-01T00:00:00+00:00")
    for rows in ([newer, hardware(500), emulator(1000)], [hardware(500), newer, emulator(1000)]):
        assert [ratio.median for ratio in compare(rows)] == [1.0, 1.0]


def test_the_command(tmp_path, capsys):
    with CostDatabase.open(tmp_path / ".tinyml" / "costs.sqlite3") as database:
        database.record(hardware(1000), emulator(1050))
    main(["costs", "compare", "--project", str(tmp_path)])
    assert capsys.readouterr().out == (
        "core       timing_version  kernel                  n  median    min    max\n"
        "cortex-m3  cortex-m3-1     all                     1   1.050  1.050  1.050\n"
        "cortex-m3  cortex-m3-1     reference/conv_2d_int8  1   1.050  1.050  1.050\n"
    )
    main(["costs", "compare", "--json", "--project", str(tmp_path)])
    assert '"median": 1.05,' in capsys.readouterr().out


def test_the_command_where_nothing_can_be_compared(tmp_path, capsys):
    with CostDatabase.open(tmp_path / ".tinyml" / "costs.sqlite3") as database:
        database.record(emulator(1050))
    main(["costs", "compare", "--project", str(tmp_path)])
    assert capsys.readouterr().out == (
        "nothing was measured both in the emulator and on a board; scons measure port= measures on one\n"
    )
    main(["costs", "compare", "--json", "--project", str(tmp_path)])
    assert capsys.readouterr().out == "[]\n"


def test_builds_are_told_when_rows_of_hardware_come_and_go(tmp_path):
    mark = hardware_mark(tmp_path / "costs.sqlite3")
    with CostDatabase.open(tmp_path / "costs.sqlite3") as database:
        database.record(ROW)
        assert not mark.exists()
        database.record(HARDWARE)
        came = mark.read_text()
        database.record(ROW)
        assert mark.read_text() == came
        database.delete([HARDWARE.key.digest])
        assert mark.read_text() != came
    assert sorted(path.name for path in tmp_path.glob("*hardware*")) == ["costs.sqlite3.hardware"]
