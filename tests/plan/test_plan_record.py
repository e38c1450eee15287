from __future__ import annotations

import json
from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import LayerPlan, Plan, Rejection, read_plan, write_plan

PLAN = Plan(
    MemoryPlan({0: 0, 2: 64, 10: 16}, {1: 128}, arena_bytes=144, lower_bound_bytes=144),
    (
        LayerPlan(
            0,
            "relu_0",
            "RELU",
            "a/x",
            None,
            123,
            0,
            (Rejection("b/x", "slower", 456), Rejection("c/x", "no")),
        ),
        LayerPlan(1, "reshape_1", "RESHAPE", None, "aliased", None, 0, ()),
    ),
)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(PLAN, path)
    assert read_plan(path) == PLAN
    assert Plan.from_json(json.loads(json.dumps(PLAN.to_json()))) == PLAN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not what its stage writes: JSONDecodeError"),
        ("[]", "is not what its stage writes: TypeError"),
        ("{}", "is not what its stage writes: KeyError"),
        ('{"schema_version": 9}', "found schema_version 9, expected 3"),
        ('{"schema_version": 1, "memory": {"offsets": {"x": 1}}}', "found schema_version 1, expected 3"),
        (
            '{"schema_version": 3, "memory": {"offsets": {"x": 1}}, "layers": []}',
            r"plan\.json: memory\.offsets\.x\.\[key\]: is not what its stage writes: Input should be a valid integer",
        ),
        (
            '{"schema_version": 3, "layers": [], "memory": {"offsets": {}, "scratch_offsets": {}, "arena_bytes": "x", '
            '"lower_bound_bytes": 0}}',
            r"plan\.json: memory\.arena_bytes: is not what its stage writes: Input should be a valid integer",
        ),
        ("[" * 100_000, "found lists and objects 100000 deep, the limit is 64"),
    ],
)
def test_other_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_plan(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_plan(tmp_path / "plan.json")
