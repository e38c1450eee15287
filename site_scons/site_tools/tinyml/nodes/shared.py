"""Nodes that several builds of one SConstruct share, and folders that each of them needs for itself."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from itertools import chain, count
from typing import Any

from scons_tinyml.records.errors import InputError

_makers: dict[Any, Hashable] = {}
"""What makes a node: equal makers make equal files."""
_owners: dict[str, Any] = {}
"""Whose results a folder holds."""


def is_made(nodes: Collection[Any], maker: Hashable) -> bool:
    """Return whether `maker` makes `nodes` already, or note that it will. Raises InputError if another one does."""
    for node in nodes:
        if _makers.setdefault(node, maker) != maker:
            raise InputError(
                f"two builds of the SConstruct would write {node}, with different contents",
                where="SConstruct",
                hint="give one of them another target, name= or TINYML_BUILD",
            )
    return all(node.has_builder() for node in nodes)


def claim(folder: str, names: Iterable[str], owner: Any) -> str:
    """Return the first of `names` below `folder` that is free, or is of an equal `owner` already.

    After the last one come numbers: 'net-2', 'net-3'.
    """
    first = list(names)
    numbered = (f"{first[-1]}-{number}" for number in count(2))
    return next(
        name for name in chain(first, numbered) if _owners.setdefault(f"{folder}/{name}", owner) == owner
    )
