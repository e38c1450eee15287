"""Passes, and a runner that checks the network again after each pass that changed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Generic, TypeVar

from scons_tinyml.records.errors import InternalError

Network = TypeVar("Network")
"""Representation that a pass rewrites: `TfliteModel` or `Graph`."""

Notes = tuple[str, ...]
"""Sentences for the user, one for each kind of change. Empty if and only if the pass changed nothing."""

Findings = Callable[[Network], Sequence[str]]
"""Problems of a network, empty when it is valid."""


@dataclass(frozen=True)
class Pass(Generic[Network]):
    """A rewrite of a network that keeps the values of all outputs.

    `rewrite` returns the network and its notes. It may change a `TfliteModel` in place. Its docstring
    describes the rewrite, and the reason why outputs stay equal.
    """

    name: str
    """Name of the file, 'fold_constants'."""
    rewrite: Callable[[Network], tuple[Network, Notes]]

    @property
    def description(self) -> str:
        """Docstring of `rewrite`."""
        return cleandoc(self.rewrite.__doc__ or "")


def run_passes(
    passes: Sequence[Pass[Network]], network: Network, findings: Findings[Network], where: Path | None = None
) -> tuple[Network, Notes]:
    """Run `passes` in order; return the last network and the notes of all of them.

    An invalid network is rewritten too, as its reader reports the problem better. Raises InternalError when a
    pass makes a valid network of the file `where` invalid.
    """
    notes: Notes = ()
    valid: bool | None = None
    for one in passes:
        if valid is None:
            valid = not findings(network)
        network, found = one.rewrite(network)
        notes += found
        if found and valid:
            _require_valid(one.name, findings(network), where)
    return network, notes


def _require_valid(name: str, problems: Sequence[str], where: Path | None) -> None:
    if problems:
        raise InternalError(f"the pass {name} made a network that is not valid: {problems[0]}", where=where)
