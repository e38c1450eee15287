"""Records: what a frozen dataclass does, without a method that is generated for each class."""

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from scons_tinyml.records.record import Record, declared
from scons_tinyml.stages.codegen.request import CodegenRequest


class Point(Record):
    """Has a field without a default, one with, one that is made, and one that does not count."""

    x_mm: int
    y_mm: int = 2
    labels: tuple[str, ...] = field(default_factory=lambda: ("a",))
    about: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Same:
    """The same fields in a dataclass."""

    x_mm: int
    y_mm: int = 2
    labels: tuple[str, ...] = field(default_factory=lambda: ("a",))
    about: str = field(default="", compare=False, repr=False)


@pytest.mark.parametrize(
    "values, named",
    [((1,), {}), ((1, 3), {"about": "b"}), ((), {"x_mm": 4, "labels": ()}), ((1, 2, (), "c"), {})],
)
def test_a_record_has_the_values_of_a_dataclass(values, named):
    ours, theirs = Point(*values, **named), Same(*values, **named)
    assert vars(ours) == vars(theirs)
    assert repr(ours) == repr(theirs).replace("Same", "Point")
    assert [one.name for one in fields(ours)] == [one.name for one in fields(theirs)]


@pytest.mark.parametrize("kind", [Point, CodegenRequest])
def test_what_a_class_declares_is_what_its_fields_say(kind):
    found = declared(kind)
    assert list(found) == [one.name for one in fields(kind)]
    for one in fields(kind):
        ours = found[one.name]
        assert (ours.default, ours.default_factory) == (one.default, one.default_factory)
        assert (ours.compare, ours.repr, ours.metadata) == (one.compare, one.repr, one.metadata)


@pytest.mark.parametrize(
    "values, named, message",
    [
        ((), {}, "Point needs x_mm"),
        ((1,), {"x_mm": 1}, "Point has 4 fields, each is given once"),
        ((1, 2, (), "", 5), {}, "Point has 4 fields, each is given once"),
        ((1,), {"z_mm": 1}, "Point has no field z_mm"),
    ],
)
def test_wrong_arguments_are_type_errors(values, named, message):
    with pytest.raises(TypeError, match=message):
        Point(*values, **named)
    with pytest.raises(TypeError):
        Same(*values, **named)


def test_fields_that_do_not_compare_do_not_count():
    assert Point(1, about="b") == Point(1, about="c")
    assert hash(Point(1, about="b")) == hash(Point(1, about="c"))
    assert Point(1) != Point(2)
    assert Point(1) != Same(1)


def test_a_record_is_frozen_and_replaced():
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x_mm = 2
    with pytest.raises(FrozenInstanceError):
        del point.x_mm
    assert replace(point, y_mm=5) == Point(1, 5)
