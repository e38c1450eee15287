"""Records as texts for other processes: the same after the way, and nothing else than declared types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orjson import dumps, loads

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.kernel import Kernel, read_kernel_set
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.wire import from_wire, to_wire
from support.effort import examples

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Left:
    place: int


@dataclass(frozen=True)
class Right:
    place: int


@dataclass(frozen=True)
class Tree:
    data: bytes
    sides: tuple[Left | Right | None, ...]
    options: Mapping[str, int | float | bool | str | tuple[int, ...] | None]
    by_number: Mapping[int, tuple[str, float]]


trees = st.builds(
    Tree,
    data=st.binary(max_size=20),
    sides=st.lists(
        st.builds(Left, st.integers(-9, 9)) | st.builds(Right, st.integers(-9, 9)) | st.none()
    ).map(tuple),
    options=st.dictionaries(
        st.text(max_size=5),
        st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans()
        | st.text(max_size=5)
        | st.lists(st.integers(0, 9)).map(tuple)
        | st.none(),
    ),
    by_number=st.dictionaries(
        st.integers(-9, 9), st.tuples(st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False))
    ),
)
TREE = Tree(b"\0\1", (Left(1), Right(2), None), {"a": 1.0, "b": True, "c": (1, 2)}, {3: ("x", 0.5)})


@settings(max_examples=examples(100))
@given(trees)
def test_a_record_is_the_same_after_the_way(tree):
    found = from_wire(Tree, to_wire(tree))
    assert found == tree
    assert [type(value) for value in found.options.values()] == [
        type(value) for value in tree.options.values()
    ]
    assert to_wire(found) == to_wire(tree)


@pytest.mark.parametrize("path", sorted((ROOT / "boards").glob("*.toml")), ids=lambda path: path.stem)
def test_boards_are_the_same_but_for_the_address_of_their_schema(path):
    board = read_board(path)
    assert from_wire(Board, to_wire(board)) == board.model_copy(update={"schema_url": None})


def test_kernels_are_the_same():
    for folder in ("reference", "cmsis_nn"):
        for kernel in read_kernel_set(ROOT / "kernels" / folder)[1]:
            assert from_wire(Kernel, to_wire(kernel)) == kernel.model_copy(update={"schema_url": None})


def changed(change):
    values = loads(to_wire(TREE))
    change(values)
    return dumps(values)


WRONG = {
    "no JSON": (b"{", ": is not JSON"),
    "a list": (b"[]", ": found \\[\\], expected an object with 'f'"),
    "another type": (changed(lambda v: v.update(t="Path")), ": found 'Path', expected Tree"),
    "a field that is missing": (
        changed(lambda v: v["f"].pop("data")),
        ": found other fields than Tree has: data",
    ),
    "a field too many": (changed(lambda v: v["f"].update(x=1)), ": found other fields than Tree has: x"),
    "text for bytes": (
        changed(lambda v: v["f"].update(data="AA==")),
        "data: found 'AA==', expected an object",
    ),
    "no base64": (changed(lambda v: v["f"].update(data={"b": "A"})), "data: found 'A', expected base64"),
    "an unknown side": (
        changed(lambda v: v["f"]["sides"][0].update(t="Tree")),
        "sides.0: found .*, expected another type",
    ),
    "a number of another kind": (
        changed(lambda v: v["f"]["sides"][1]["f"].update(place=2.0)),
        "sides.1.place: found 2.0, expected int",
    ),
    "a truth for a number": (
        changed(lambda v: v["f"]["sides"][1]["f"].update(place=True)),
        "sides.1.place: found True, expected int",
    ),
    "a pair of three": (
        changed(lambda v: v["f"]["by_number"]["m"][0].append(1)),
        "by_number.0: found .*, expected tuple",
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG)
def test_other_texts_are_refused_with_the_place(text, problem):
    with pytest.raises(WrongValue) as caught:
        from_wire(Tree, text)
    assert re.match(problem, f"{caught.value.key}: {caught.value}"), f"{caught.value.key}: {caught.value}"


def test_a_board_against_its_rules_is_refused():
    values = loads(to_wire(read_board(ROOT / "boards" / "stm32l4.toml")))
    values["f"]["memory"][0]["origin"] = 2**32
    with pytest.raises(WrongValue, match="less than"):
        from_wire(Board, dumps(values))


def test_values_without_a_form_are_a_bug():
    with pytest.raises(TypeError, match="set has no form as text"):
        to_wire(Left({1}))


def _nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("tfmb"), inner, max_size=3)


any_json = st.recursive(st.none() | st.integers(0, 9) | st.text(max_size=3), _nested, max_leaves=8)


@settings(max_examples=examples(100))
@given(any_json)
def test_any_json_is_refused_with_one_error(value):
    with pytest.raises(WrongValue):
        from_wire(Tree, dumps(value))
