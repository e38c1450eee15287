"""Variants of a model: `catdetector:width=0.5,size=20` is catdetector with other values on two of its axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.axis import Axis, Value, listed, shown, value_of
from scons_tinyml.records.built_in_axes import BUILT_IN, SEED
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean

if TYPE_CHECKING:
    from scons_tinyml.records.model import Model

_MOST_AXES = 20
_LONGEST_NAME = 80
"""Most characters of the name of a variant: it becomes part of paths and C names."""
_MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Variant:
    """A model with the values of a variant, whose axes have no other values any more."""

    model: Model
    text: str
    """Values that differ from those of the model itself, by the names of their axes: 'size=20,width=0.5'."""
    values: Mapping[str, Value]
    """Value of every axis of [variants]."""


def default_of(model: Model, axis: str) -> Value:
    """Return the value on `axis` that `model` has itself."""
    return BUILT_IN[axis].get(model) if axis in BUILT_IN else model.variants[axis].first


def check_axes(model: Model) -> None:
    """Raise ValueError for axes that `model` cannot have, and for values that they cannot have."""
    if model.variants and model.training is None and model.random_weights is None:
        raise ValueError("variants: are of a network that is made here, and this one is given by 'source'")
    if len(model.variants) > _MOST_AXES:
        raise ValueError(f"variants: has {len(model.variants)} axes, the limit is {_MOST_AXES}")
    for name, axis in model.variants.items():
        if name not in BUILT_IN:
            continue
        if axis.default is not None:
            raise ValueError(
                f"variants.{name}: the default of a built-in axis is what the rest of this file says"
            )
        try:
            for value in axis.choices:
                BUILT_IN[name].changed(model, value)
        except ValueError as error:
            raise ValueError(f"variants.{name}: {error}") from None


def variant_of(model: Model, text: str) -> Variant:
    """Return the variant `text` of `model`. Raises InputError for an axis or a value that `model` does not have."""
    chosen = _chosen(model, text)
    values = {name: chosen.get(name, default_of(model, name)) for name in {**model.variants, **chosen}}
    other = {name: value for name, value in sorted(chosen.items()) if value != default_of(model, name)}
    made = model
    for name in other:
        made = BUILT_IN[name].changed(made, other[name]) if name in BUILT_IN else made
    fixed = {name: Axis(values=(values[name],)) for name in model.variants if name not in BUILT_IN}
    made = made.model_copy(update={"variants": fixed, "name": _name(model.name, other)})
    return Variant(made, variant_text(other), values)


def variant_text(values: Mapping[str, Value]) -> str:
    """Return `values` as the command line has them, by name."""
    return ",".join(f"{name}={shown(value)}" for name, value in sorted(values.items()))


def options_of(model: Model) -> dict[str, Value]:
    """Return the options of the network file of `model`: its axes that are not built in, with their values."""
    return {name: axis.first for name, axis in model.variants.items() if name not in BUILT_IN}


def read_variant(path: Path, text: str | None) -> Model:
    """Return the variant `text` of the model in `path`, a model.toml; None or '' for the model itself.

    Raises RecordError, InputError.
    """
    from scons_tinyml.records.model import read_model

    return variant_of(read_model(path), text or "").model


def _chosen(model: Model, text: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for part in text.split(",") if text else ():
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise _wrong(f"'{part}' is no axis with a value, such as {_example(model)}")
        if name in found:
            raise _wrong(f"names the axis '{name}' twice")
        found[name] = _value(model, name, value)
    return found


def _value(model: Model, name: str, text: str) -> Value:
    if name not in model.variants and (name != SEED or model.source is not None):
        known = {*model.variants, *(() if model.source is not None else (SEED,))}
        raise _wrong(f"{model.name} has no axis '{name}'; {did_you_mean(name, known)}")
    if name == SEED:
        if not (text.isascii() and text.isdigit() and int(text) <= _MOST_SEED):
            raise _wrong(f"found {name}={text}; expected a whole number from 0 to {_MOST_SEED}")
        return int(text)
    default = default_of(model, name)
    choices = model.variants[name].choices
    known_values = choices if default in choices else (*choices, default)
    value = value_of(text, known_values)
    if value is None:
        raise _wrong(f"found {name}={text}; the axis has {listed(known_values)}")
    return value


def _example(model: Model) -> str:
    return next((f"{name}={shown(axis.choices[-1])}" for name, axis in model.variants.items()), f"{SEED}=2")


def _name(model: str, other: Mapping[str, Value]) -> str:
    """Return the name of a variant: 'catdetector-size20-width0.5', with a digest in the place of a long end."""
    parts = (
        f"-{name}{'-' if isinstance(value, str) else ''}{shown(value)}"
        for name, value in sorted(other.items())
    )
    end = "".join(parts)
    if len(end) > _LONGEST_NAME:
        end = f"-{sha256(end.encode()).hexdigest()[:12]}"
    return f"{model}{end}"


def _wrong(problem: str) -> InputError:
    return InputError(problem, where="command line", key="model")
