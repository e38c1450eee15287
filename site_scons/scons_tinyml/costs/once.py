"""`functools.cached_property` without its lock, which Python 3.12 took out: an import asks it 400,000 times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801 (used as `property` is)
    """A property that is computed when it is first asked for, and kept in the instance's dictionary."""

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type) -> Value:
        """The value; the next time it is found in the instance itself, and nobody comes here."""
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
