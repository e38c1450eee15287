"""What our tables print can be given back, and is a limit that what was printed keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.printed import (
    least_fraction,
    most_bytes,
    most_fraction,
    most_joules,
    most_seconds,
    most_watts,
)
from scons_tinyml.records.units import (
    format_bytes,
    format_fraction,
    format_hertz,
    format_joules,
    format_seconds,
    format_watts,
    parse_hertz,
    parse_seconds,
)

NEAR_UNITS = st.sampled_from((1024, 1024**2)).flatmap(lambda unit: st.integers(unit - 200, unit + 200))


@given(st.integers(1, 2**31) | NEAR_UNITS)
def test_a_printed_size_is_a_limit_that_the_size_keeps(size):
    printed = format_bytes(size)
    for text in (printed, printed.replace(" ", "")):
        limit = most_bytes(text)
        assert size <= limit
        assert format_bytes(limit) == printed != format_bytes(limit + 1)


@given(st.floats(1e-7, 1e4) | st.floats(0.99e-3, 1.01e-3) | st.floats(0.99, 1.01))
def test_a_printed_time_is_a_limit_that_the_time_keeps(seconds):
    printed = format_seconds(seconds)
    for text in (printed, printed.replace(" ", "")):
        limit = most_seconds(text)
        assert seconds <= limit
        assert format_seconds(limit) == printed
    assert format_seconds(parse_seconds(printed)) == printed


@given(st.floats(1e-7, 1e3) | st.floats(0.99e-3, 1.01e-3) | st.floats(0.99, 1.01))
@pytest.mark.parametrize(("shown", "most"), [(format_joules, most_joules), (format_watts, most_watts)])
def test_a_printed_energy_or_power_is_a_limit_that_it_keeps(shown, most, value):
    printed = shown(value)
    for text in (printed, printed.replace(" ", "")):
        limit = most(text)
        assert value <= limit
        assert shown(limit) == printed


@given(st.floats(0.0001, 0.9999))
def test_a_printed_fraction_is_a_limit_that_the_fraction_keeps(value):
    printed = format_fraction(value)
    for text in (printed, float(printed)):
        if str(text) == printed:
            assert least_fraction(text) <= value <= most_fraction(text)
    assert format_fraction(least_fraction(printed)) == format_fraction(most_fraction(printed)) == printed


@given(st.integers(1, 10**9))
def test_a_printed_frequency_is_read_as_it_is_printed(hertz):
    printed = format_hertz(hertz)
    assert format_hertz(parse_hertz(printed)) == printed


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("48KiB", 49_152),
        ("48.0KiB", 49_203),
        ("15.6 KiB", 16_025),
        ("15.65KiB", 16_025),
        ("0.3KiB", 307),
        ("1MiB", 1_048_576),
        ("1.00 MiB", 1_053_818),
        ("16025B", 16_025),
    ],
)
def test_only_what_a_table_prints_stands_for_more(text, size):
    assert most_bytes(text) == size


def test_only_times_that_a_table_prints_stand_for_more():
    assert (most_seconds("40ms"), most_seconds("0.5 ms")) == (0.04, 0.0005)
    assert most_seconds("47.7 ms") == pytest.approx(0.0477, abs=1e-12)
    assert 0.047664 < most_seconds("47.66ms") < 0.047666
    assert (least_fraction("0.88"), least_fraction(0.88), most_fraction("1")) == (0.88, 0.88, 1)
    assert 0.96934 < least_fraction(0.9694) < 0.9694 < most_fraction("0.9694") < 0.96946


@pytest.mark.parametrize("text", ["most", None, True, [0.5]])
def test_no_number_is_no_fraction(text):
    with pytest.raises(ValueError, match="is not a number between 0 and 1"):
        least_fraction(text)
