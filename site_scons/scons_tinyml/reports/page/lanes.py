"""Lanes of the edges of a graph whose nodes lie one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_LANES = 12


@dataclass(frozen=True)
class Edge:
    """An edge from the node in row `begin` to that in row `end`; lane 0 is straight."""

    begin: int
    end: int
    lane: int


def lanes(inputs: Sequence[Sequence[int]]) -> list[Edge]:
    """Return the edges of nodes in rows; row r reads the rows n + 1 for each n in `inputs[r]`, -1 is the first row.

    Edges between neighbours are straight. Others get the first lane that is free over all their rows, the shortest
    first. What does not fit into MOST_LANES shares the last one.
    """
    pairs = sorted(
        {(one + 1, row) for row, given in enumerate(inputs) for one in given if 0 <= one + 1 < row},
        key=lambda pair: (pair[1] - pair[0], pair),
    )
    taken: list[list[tuple[int, int]]] = []
    found = []
    for begin, end in pairs:
        if end - begin == 1:
            found.append(Edge(begin, end, 0))
            continue
        free = (
            lane
            for lane, spans in enumerate(taken)
            if all(end <= first or last <= begin for first, last in spans)
        )
        lane = next(free, min(len(taken), MOST_LANES - 1))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((begin, end))
        found.append(Edge(begin, end, lane + 1))
    return found
