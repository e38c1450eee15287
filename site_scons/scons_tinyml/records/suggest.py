"""Suggestions ('did you mean ...') for names that are not known."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_NAME = 100
"""Most characters of a name that is compared: the work grows with its length."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion for `name`, in whose place one of `known` was expected.

    >>> did_you_mean("stm32l3", ["stm32l1", "nrf52840"])
    "did you mean 'stm32l1'? Known: nrf52840, stm32l1"
    """
    from difflib import get_close_matches  # takes a millisecond of every build

    names = sorted(known)
    listed = f"Known: {', '.join(names)}" if names else "there are none"
    close = get_close_matches(name[:_LONGEST_NAME].lower(), names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'? {listed}" if close else listed
