"""Each thing that a row depends on makes it stale when it changes, with a reason that says what it was and is."""

import json
from dataclasses import replace

import pytest

from scons_tinyml.costs.current import Circumstances, Current
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.stale import CAUSES, Reason, digests, groups, reasons, unknown

MEMORY = json.dumps({"code": {"kind": "flash"}, "flash": {"wait_states": 1, "data_cache": None}})
OTHER = json.dumps({"code": {"kind": "flash"}, "flash": {"wait_states": 2}})
FAR = json.dumps({"code": {"kind": "ram"}, "stack": {"kind": "ram"}, "flash": {"wait_states": 9}})


@pytest.fixture
def measured(row):
    return row(memory=MEMORY, timing_version="cortex-m3-1")


@pytest.fixture
def current(measured):
    """Everything as it was when the row was measured."""
    key = measured.key
    return Current(
        compilers={key.core: key.compiler},
        flags={(key.core, key.kernel): key.flags},
        sources={key.kernel: key.kernel_digest},
        generators={"generated/dense"},
        memories={key.core: {MEMORY: "stm32l1", FAR: "far"}},
        timing_versions={("emulator", key.core): key.timing_version},
        oracle="tflite-micro 1",
    )


def why(row, current):
    return reasons(Circumstances.of(row), current)


def test_what_was_measured_today_is_current(measured, proof, current):
    assert why(measured, current) == why(proof(), current) == ()
    assert unknown(Circumstances.of(measured), current) == unknown(Circumstances.of(proof()), current) == ()


@pytest.mark.parametrize(
    ("kernel", "told"),
    [
        ("generated/dense", []),
        ("generated/dense.unrolled", []),
        ("generated/densely", ["there is no kernel generated/densely"]),
    ],
)
def test_kernels_of_a_generator_that_is_there_are_not_gone(measured, current, kernel, told):
    row = replace(measured, key=replace(measured.key, kernel=kernel, code_digest="a" * 64))
    assert [reason.text for reason in why(row, current)] == told


CHANGES = [
    (
        {"core": "cortex-m9"},
        [("board", "no board has the core cortex-m9")],
    ),
    (
        {"compiler": "arm-none-eabi-gcc 11"},
        [("compiler", "the compiler was arm-none-eabi-gcc 11, is arm-none-eabi-gcc 12.2.1")],
    ),
    (
        {"flags": "-mcpu=cortex-m3 -O3 -g"},
        [("flags", "the flags had -O3 -g, have -O2 instead")],
    ),
    (
        {"flags": "-O2 -mcpu=cortex-m3"},
        [("flags", "the flags were -O2 -mcpu=cortex-m3, are -mcpu=cortex-m3 -O2")],
    ),
    (
        {"kernel": "reference/gone"},
        [("kernel", "there is no kernel reference/gone")],
    ),
    (
        {"kernel_digest": "f" * 64},
        [("sources", "the sources of reference/conv_2d_int8 were ffffffffffff, are 000000000000")],
    ),
    (
        {"memory": OTHER},
        [
            (
                "memory",
                "no cortex-m3 board has this memory system; on stm32l1 "
                "flash.data_cache was absent, is null, flash.wait_states was 2, is 1",
            )
        ],
    ),
    (
        {"timing_version": "cortex-m3-0"},
        [("timing", "the timing model was cortex-m3-0, is cortex-m3-1")],
    ),
    (
        {"timing_version": "cortex-m3-0", "compiler": "x"},
        [
            ("compiler", "the compiler was x, is arm-none-eabi-gcc 12.2.1"),
            ("timing", "the timing model was cortex-m3-0, is cortex-m3-1"),
        ],
    ),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_every_change_is_told(measured, current, change, expected):
    changed = replace(measured, key=replace(measured.key, **change))
    assert why(changed, current) == tuple(Reason(*reason) for reason in expected)


def test_a_proof_by_another_oracle(proof, current):
    assert why(proof(oracle="tflite-micro 0"), current) == (
        Reason("oracle", "the oracle was tflite-micro 0, is tflite-micro 1"),
    )


def test_what_does_not_say_from_which_object(measured, proof, current):
    for found in (measured, proof()):
        assert why(replace(found, object_digest=""), current) == (
            Reason("object", "it does not say which object it was measured from"),
        )


def test_every_cause_is_tested():
    tested = {cause for _, expected in CHANGES for cause, _ in expected}
    assert tested | {"oracle", "object"} == set(CAUSES)


def test_the_board_of_the_row_is_compared_first(measured, current):
    changed = replace(measured, key=replace(measured.key, memory=OTHER), board="far")
    (reason,) = why(changed, current)
    assert reason.text.startswith("no cortex-m3 board has this memory system; on far code.kind was")


def test_no_board_of_the_core_can_be_timed(measured, current):
    (reason,) = why(measured, replace(current, memories={measured.key.core: {}}))
    assert reason == Reason("memory", "no cortex-m3 board has this memory system")


def test_what_is_not_here_makes_nothing_stale(measured, proof, current):
    nothing = replace(current, sources={measured.key.kernel: None}, timing_versions={}, oracle=None)
    assert why(measured, nothing) == why(proof(oracle="x"), nothing) == ()
    assert unknown(Circumstances.of(measured), nothing) == (
        "the sources of reference are not on this machine",
        "which version measures emulator rows of cortex-m3 is not known",
    )
    assert unknown(Circumstances.of(proof()), nothing) == (
        "the sources of reference are not on this machine",
        "the oracle is not installed on this machine",
    )


def test_hardware_rows_are_judged_by_their_firmware(measured, current):
    hardware = replace(measured, key=replace(measured.key, evidence="hardware", timing_version="bench-1"))
    later = replace(current, timing_versions={("hardware", measured.key.core): "bench-2"})
    assert why(hardware, later) == (Reason("timing", "the measuring firmware was bench-1, is bench-2"),)
    assert why(hardware, current) == ()
    assert unknown(Circumstances.of(hardware), current) != ()


def test_stale_rows_are_never_found(tmp_path, measured, current):
    """Whatever has changed is part of the key that a build asks for."""
    changed = [replace(measured, key=replace(measured.key, **change)) for change, _ in CHANGES]
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(*changed)
        assert all(why(row, current) for row in database.all_rows())
        assert database.find([measured.key]) == {}
        database.record(measured)
        assert list(database.find([measured.key]).values()) == [measured]


def test_groups_hold_all_rows_and_all_proofs_once(tmp_path, measured, proof, current):
    layers = [replace(measured, key=replace(measured.key, attributes=(("n", n),))) for n in range(5)]
    old = [replace(row, key=replace(row.key, timing_version="0")) for row in layers[:3]]
    with CostDatabase.open(tmp_path / "costs.db") as database:
        database.record(*layers, *old)
        database.record_proof(proof(), proof(oracle="0"), proof(oracle="0", layer_digest="2" * 64))
        found = groups(database, current)
        assert sorted((group.table, group.rows, len(group.reasons)) for group in found) == [
            ("costs", 3, 1),
            ("costs", 5, 0),
            ("proofs", 1, 0),
            ("proofs", 2, 1),
        ]
        stale = [digest for group in found if group.reasons for digest in digests(database, group)]
        assert len(stale) == 5
        assert {row.key.digest for row in old} < set(stale)
        assert digests(database, found[0], limit=1) == digests(database, found[0])[:1]
        assert database.delete(stale) == 5
        assert sorted(database.all_rows(), key=lambda row: row.key.attributes) == layers
        assert list(database.all_proofs()) == [proof()]
