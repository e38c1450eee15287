"""What `build(spec)` of a network file gets.

from scons_tinyml.records.network_spec import NetworkSpec


def build(spec: NetworkSpec) -> keras.Model:
    image = layers.Input(spec.input_shape)
    channels = int(32 * spec.number("width"))
    ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scons_tinyml.records.axis import Value, shown
from scons_tinyml.records.suggest import did_you_mean


@dataclass(frozen=True)
class NetworkSpec:
    """Shapes of a network, and its options: the axes of [variants] that are not built in, with their values."""

    input_shape: tuple[int, ...]
    """Shape of the input, without the batch."""
    classes: int | tuple[int, ...]
    """Number of classes, or of values of a regression; their shape where an output has several sizes."""
    options: Mapping[str, Value] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """Return the option `name`. Raises ValueError for another kind of value, and for an unknown name."""
        found = self._option(name)
        if isinstance(found, bool | str):
            raise ValueError(f"the option {name} is {shown(found)}; expected a number")
        return found

    def whole(self, name: str) -> int:
        """Return the option `name`, a whole number. Raises ValueError as `number` does."""
        found = self.number(name)
        if found != int(found):
            raise ValueError(f"the option {name} is {shown(found)}; expected a whole number")
        return int(found)

    def word(self, name: str) -> str:
        """Return the option `name`. Raises ValueError as `number` does."""
        found = self._option(name)
        if not isinstance(found, str):
            raise ValueError(f"the option {name} is {shown(found)}; expected a word")
        return found

    def flag(self, name: str) -> bool:
        """Return the option `name`. Raises ValueError as `number` does."""
        found = self._option(name)
        if not isinstance(found, bool):
            raise ValueError(f"the option {name} is {shown(found)}; expected true or false")
        return found

    def _option(self, name: str) -> Value:
        if name not in self.options:
            known = did_you_mean(name, self.options)
            raise ValueError(f"[variants] of the model.toml has no axis {name!r} for the network; {known}")
        return self.options[name]
