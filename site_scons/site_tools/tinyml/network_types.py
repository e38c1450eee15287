"""Types of a network: what the command line says, and else its model.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from scons_tinyml.records.errors import InputError

from .commandline.command_line import KEPT_OPTIONS, NO_LAYER
from .nodes import given
from .nodes.models import Network


def in_types(network: Network, arguments: Mapping[str, str]) -> Network:
    """Return `network` in the types that `arguments` name, and else its model.toml. Raises InputError."""
    found = _mode(arguments.get("quantize"), network)
    typed = {key: _layer_names(key, arguments[key]) for key in KEPT_OPTIONS if key in arguments}
    _check_typed(found, typed)
    described = _described(found, typed, network, asked=arguments.get("quantize") == found)
    floats, wide = ({**described, **typed}.get(key, ()) for key in KEPT_OPTIONS)
    keys = tuple(key for key, names in described.items() if names)
    return replace(network, mode=found, keep_float=floats, keep_int16=wide, described_types=keys)


def other_type(network: Network, arguments: Mapping[str, str]) -> str:
    """Return the mode that `arguments` ask for where `network` has another one by itself, '' elsewhere."""
    asked = arguments.get("quantize")
    return asked if asked is not None and asked != _mode(None, network) else ""


def _check_typed(mode: str, typed: Mapping[str, tuple[str, ...]]) -> None:
    """Raise InputError for layers on the command line that a network of `mode` cannot have in other types."""
    for key in typed:
        if mode in ("given", "float"):
            raise InputError(
                f"names layers of a network that is quantized here, and this one is {_as_it_is(mode)}",
                where="command line",
                key=key,
                hint="representative=FILE names samples, with which a given float network is quantized"
                if mode == "given"
                else "leave it out: all layers are float32",
            )
    if mode == "int16x8" and typed.get("keep_int16"):
        raise InputError(
            "names layers of an int8 network; with quantize=int16x8 all have activations of 16 bits",
            where="command line",
            key="keep_int16",
        )
    if both := sorted({*typed.get("keep_float", ())} & {*typed.get("keep_int16", ())}):
        raise InputError(
            f"names {both[0]}, which keep_float names too", where="command line", key="keep_int16"
        )


def _described(
    mode: str, typed: Mapping[str, tuple[str, ...]], network: Network, *, asked: bool
) -> dict[str, tuple[str, ...]]:
    """Return the layers that model.toml keeps in other types, by key, without what the command line decides.

    The command line decides keys and layers of `typed`, and all layers if it `asked` for a `mode` that has one type.
    Raises InputError for layers of a network that is not quantized for another reason.
    """
    named = {key: tuple(dict.fromkeys(network.model.quantization.get(key, ()))) for key in KEPT_OPTIONS}
    if mode in ("given", "float"):
        for key in (key for key in KEPT_OPTIONS if named[key] and not asked):
            raise InputError(
                f"names layers of a network that is quantized here, and this one is {_as_it_is(mode)}",
                where=network.file,
                key=f"quantization.{key}",
                hint="leave it out, or quantize the network: quantization.mode says so, with samples of [dataset]",
            )
        return {}
    if mode == "int16x8":
        named["keep_int16"] = ()
    decided = {name for names in typed.values() for name in names}
    return {
        key: tuple(name for name in names if name not in decided)
        for key, names in named.items()
        if key not in typed
    }


def _as_it_is(mode: str) -> str:
    return "used as it is" if mode == "given" else "float"


def _layer_names(key: str, text: str) -> tuple[str, ...]:
    if text == NO_LAYER:
        return ()
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise InputError(
                f"'{name}' is no name of a layer, such as conv_2d_0",
                where="command line",
                key=key,
                hint="scons diagnose target=BOARD model=MODEL lists them",
            )
    return names


def _mode(option: str | None, network: Network) -> str:
    """Return 'given' for a network used as it is, else 'int8', 'int16x8' or 'float'. Raises InputError."""
    model, source = network.model, network.source
    default = str(model.quantization.get("mode", "int8"))
    if source is not None and network.is_as_it_is:
        if given.has_representative(model):
            return option or default
        if option is not None:
            raise InputError(
                f"{source.name} is used as it is: a {source.suffix} is not quantized again",
                where="command line",
                key="quantize",
                hint=f"representative=FILE names samples, with which a float {source.suffix} becomes int8",
            )
        return "given"
    if source is not None and not given.is_quantized(model):
        if option in ("int8", "int16x8"):
            raise InputError(
                f"{source.name} cannot be quantized without representative samples",
                where="command line",
                key="quantize",
                hint="representative=FILE names some; or describe it in a model.toml with source and [dataset], "
                "or give an int8 .tflite",
            )
        return "float"
    return option or default
