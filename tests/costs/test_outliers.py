"""Which rows are of one kind, and which of them disagree with the others."""

from dataclasses import replace

import pytest

from scons_tinyml.costs.outliers import Outlier, disagree, find_outliers, kind
from support.cost_rows import KEY, ROW


def row(cycles, **changes):
    return replace(ROW, cycles=cycles, key=replace(KEY, **changes))


def libraries(name):
    return {"compiler": f"arm-none-eabi-gcc 12.2.1, programs {name}, libraries {name}"}


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [(1000, 1100, False), (1000, 1101, True), (1, 1, False), (1, 2, True), (10, 11, False), (9, 10, True)],
)
def test_more_than_ten_percent_of_the_smaller(first, second, apart):
    assert disagree(first, second) is disagree(second, first) is apart


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        (libraries("ffff"), True),
        (
            {"compiler": "arm-none-eabi-gcc 13.2.1, programs 0123456789abcdef, libraries 0123456789abcdef"},
            False,
        ),
        ({"flags": "-O3"}, False),
        ({"kernel": "cmsis_nn/conv_2d_int8"}, False),
        ({"kernel_digest": "1" * 64}, False),
        ({"core": "cortex-m4f"}, False),
        ({"memory": "{}"}, False),
        ({"operator": "ADD"}, False),
        ({"number_type": "float32"}, False),
        ({"attributes": (("input_height", 56), ("stride_h", 1))}, False),
        ({"evidence": "hardware"}, False),
        ({"timing_version": "cortex-m3-2"}, False),
    ],
)
def test_kinds(changes, same):
    assert (kind(replace(KEY, **changes)) == kind(KEY)) is same


def test_of_hardware_the_firmware_is_no_part_of_the_kind():
    hardware = replace(KEY, evidence="hardware", timing_version="firmware 1")
    assert kind(replace(hardware, timing_version="firmware 2")) == kind(hardware)


def test_the_same_key_with_other_cycles():
    assert find_outliers([row(1101)], [row(1000)]) == (Outlier(row(1101), 1000, 1),)
    assert find_outliers([row(1100)], [row(1000)]) == ()


def test_most_of_the_others_decide():
    good = [row(1000 + number, **libraries(number)) for number in range(3)]
    bad = row(1500, **libraries("bad"))
    assert find_outliers([*good, bad], []) == (Outlier(bad, 1001, 3),)
    assert find_outliers([bad], good) == (Outlier(bad, 1001, 3),)
    assert find_outliers(good, [bad]) == ()


def test_of_two_that_disagree_nobody_knows_which_is_wrong():
    first, second = row(1000, **libraries("a")), row(2000, **libraries("b"))
    assert find_outliers([first, second], []) == (Outlier(first, 2000, 1), Outlier(second, 1000, 1))


def test_other_kinds_say_nothing():
    assert find_outliers([row(5000), row(1000, flags="-O3")], [row(9, core="cortex-m4f")]) == ()


def test_what_is_told():
    told = str(find_outliers([row(1500)], [row(1000)])[0])
    assert told == (
        f"{KEY.digest[:12]} reference/conv_2d_int8 on cortex-m3 (emulator): 1,500 cycles, "
        "+50.0 % from the 1,000 of the other row of its kind"
    )
