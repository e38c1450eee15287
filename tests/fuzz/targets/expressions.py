"""Expressions of kernels, and numbers with units."""

from scons_tinyml.records.expression import Expression
from scons_tinyml.records.printed import least_fraction, most_bytes, most_fraction, most_seconds
from scons_tinyml.records.units import parse_bytes, parse_hertz, parse_seconds

TOKENS = (b"min(", b"max(", b" if ", b" else ", b" and ", b" not ", b"//", b"%", b"**", b"<<", b"KiB")
_NAMES = {"a": 3, "b": 0, "c": 2**40}


def seeds() -> list[bytes]:
    return [
        b"2 * a * b + max(c, 1) if a > 1 and not b else 0",
        b"a // (b - 1)",
        b"64 KiB",
        b"3.21 ms",
        b"0.9694",
    ]


def execute(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for read in (
        lambda: Expression(text).evaluate(_NAMES),
        *(lambda parse=parse: parse(text) for parse in (parse_bytes, parse_hertz, parse_seconds)),
        *(
            lambda parse=parse: parse(text)
            for parse in (most_bytes, most_seconds, most_fraction, least_fraction)
        ),
    ):
        try:
            read()
        except ValueError:
            continue
