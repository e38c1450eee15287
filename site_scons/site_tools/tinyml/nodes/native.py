"""Node of the emulator's native code, which depends on neither training nor compiling."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.native_code.request import NativeCodeRequest

from ..dependencies import signatures
from ..paths import file
from .stages import add_stage

PACKAGES = ("unicorn", "capstone", "numba")
"""Packages that the emulator depends on."""


def require_native_code(env: Any, core: str, emulating: Any) -> None:
    """Make the native code for `core` before the nodes `emulating`, without a dependency on it."""
    stamp = file(env, f"{env['TINYML_BUILD']}/common/native/{core}.json")
    if not stamp.has_builder():
        add_stage(
            env,
            NativeCodeRequest(stamp=stamp, core=core),
            title="emulator",
            values=(signatures.packages(*PACKAGES, "llvmlite"),),
            cached=False,
        )
    env.Requires(emulating, stamp)
