"""How many examples properties are tried on: few and always the same ones in CI, many new ones with --effort."""

from __future__ import annotations

from hypothesis import settings

_factor = 1


def set_effort(factor: int) -> None:
    """Try every property on `factor` times as many examples, new ones each time when there are more than usual."""
    global _factor
    _factor = factor
    settings.register_profile("tests", max_examples=100 * factor, derandomize=factor == 1, deadline=None)
    settings.load_profile("tests")


def examples(count: int) -> int:
    """Examples to draw where `count` are usual, for `max_examples`."""
    return count * _factor
