"""Builders of `env`: one for each artefact, and each can be the source of the next.

    float_model = env.TinymlFloatModel("out/cat.keras", "models/cat/model.toml")
    quantized = env.TinymlQuantizedModel("out/cat.tflite", float_model)
    code = env.TinymlCSource("out/cat.c", quantized, TINYML_BOARD="stm32l1")
    env.TinymlFirmware("out/firmware.elf", code)

A source may also be a file of anybody, so that a build begins half-way. docs/builders.md has all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import firmware, networks, short_form
from .base import Builder

BUILDERS: Mapping[str, Callable[..., list[Any]]] = {
    "TinymlFloatModel": Builder("TinymlFloatModel", networks.float_model),
    "TinymlQuantizedModel": Builder("TinymlQuantizedModel", networks.quantized_model),
    "TinymlCSource": Builder("TinymlCSource", firmware.c_source),
    "TinymlLibrary": Builder("TinymlLibrary", firmware.library),
    "TinymlFirmware": short_form.Either(Builder("TinymlFirmware", firmware.firmware)),
    "TinymlReport": Builder("TinymlReport", firmware.report),
    "TinymlGate": Builder("TinymlGate", firmware.gate),
}
"""Methods of the environment by name."""
