"""`functools.cached_property` without the lock that Python 3.11 has: an import of rows reads 400,000 of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801 (a decorator, like `property`)
    """A property that is computed at its first use, and then kept in the instance's dictionary."""

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type) -> Value:
        """Compute, keep and return the value. Later uses find it in the instance and do not call this method."""
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
