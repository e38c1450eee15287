"""All variants of a model, as places on its axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

from scons_tinyml.records.axis import Value
from scons_tinyml.records.built_in_axes import SEED
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model
from scons_tinyml.records.variants import default_of, variant_of, variant_text

Place = tuple[int, ...]
"""Number of the value on each axis."""


@dataclass(frozen=True)
class Space:
    """Axes that are searched, with their values in order; the values of the model itself are among them."""

    model: Model
    axes: Mapping[str, tuple[Value, ...]]

    @property
    def size(self) -> int:
        """Number of variants."""
        return prod(len(values) for values in self.axes.values())

    def text(self, place: Place) -> str:
        """Return the variant at `place` as the command line has it, '' for the model itself."""
        named = zip(self.axes.items(), place, strict=True)
        return variant_of(self.model, variant_text({name: values[at] for (name, values), at in named})).text

    def place(self, text: str) -> Place:
        """Return the place of the variant `text`."""
        values = variant_of(self.model, text).values
        return tuple(choices.index(values[name]) for name, choices in self.axes.items())

    def smallest(self) -> str:
        """Return the variant with the first value on each axis: numbers are in ascending order."""
        return self.text(tuple(0 for _ in self.axes))

    def places(self) -> Iterator[Place]:
        """Yield all places in a fixed order."""
        yield from product(*(range(len(values)) for values in self.axes.values()))


def space_of(model: Model, where: Path) -> Space:
    """Return the space of `model`, which the file `where` describes. Raises InputError for one without variants."""
    if model.training is None:
        raise InputError(
            "explore trains variants, and this network is not trained", where=where, key="training"
        )
    axes = {name: _values(model, name) for name in model.variants if name != SEED}
    if not axes:
        hint = "[variants] with axes such as width = [0.5, 1.0], which build(spec) in network.py gets"
        raise InputError(
            "there is nothing to explore: it has no axes", where=where, key="variants", hint=hint
        )
    return Space(model, axes)


def _values(model: Model, name: str) -> tuple[Value, ...]:
    default = default_of(model, name)
    choices = model.variants[name].choices
    found = choices if default in choices else (*choices, default)
    return found if any(isinstance(value, str) for value in found) else tuple(sorted(found))
