"""Builders of `env`: one for each artefact, and each can be the source of the next.

    float_model = env.TinymlFloatModel("out/cat.keras", "models/cat/model.toml")
    quantized = env.TinymlQuantizedModel("out/cat.tflite", float_model)
    code = env.TinymlCSource("out/cat.c", quantized, TINYML_BOARD="stm32l1")
    env.TinymlFirmware("out/firmware.elf", code)

A source may also be a file of anybody, so that a build begins half-way. docs/builders.md has all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from . import short_form
from .base import Builder, Call


def _late(module: str, function: str) -> Callable[[Call], list[Any]]:
    """Return `function` of `module`, which is imported at the first call: a build by the short form needs none."""

    def make(call: Call) -> list[Any]:
        made: list[Any] = getattr(import_module(f".{module}", __package__), function)(call)
        return made

    return make


BUILDERS: Mapping[str, Callable[..., list[Any]]] = {
    "TinymlFloatModel": Builder("TinymlFloatModel", _late("networks", "float_model")),
    "TinymlQuantizedModel": Builder("TinymlQuantizedModel", _late("networks", "quantized_model")),
    "TinymlCSource": Builder("TinymlCSource", _late("firmware", "c_source")),
    "TinymlLibrary": Builder("TinymlLibrary", _late("firmware", "library")),
    "TinymlFirmware": short_form.Either(Builder("TinymlFirmware", _late("firmware", "firmware"))),
    "TinymlReport": Builder("TinymlReport", _late("firmware", "report")),
    "TinymlGate": Builder("TinymlGate", _late("firmware", "gate")),
}
"""Methods of the environment by name."""
