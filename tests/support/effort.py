"""Numbers of examples of properties: few and always the same by default, many new ones with --effort."""

from __future__ import annotations

from hypothesis import settings

_factor = 1


def set_effort(factor: int) -> None:
    """Try every property on `factor` times as many examples, which are new ones each time if `factor` is not 1."""
    global _factor
    _factor = factor
    settings.register_profile("tests", max_examples=100 * factor, derandomize=factor == 1, deadline=None)
    settings.load_profile("tests")


def examples(count: int) -> int:
    """Return the number of examples for `max_examples`, where `count` are usual."""
    return count * _factor
