"""The node of the emulator's native code: made beside training and compiling, as it depends on neither."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.native_code.request import NativeCodeRequest

from ..dependencies import signatures
from .stages import add_stage

PACKAGES = ("unicorn", "capstone", "numba")
"""What the emulator stands on."""


def require_native_code(env: Any, core: str, emulating: Any) -> None:
    """Have the nodes `emulating` made after the native code for `core`; they do not depend on it, it is found again."""
    stamp = env.File(f"$TINYML_BUILD/common/native/{core}.json")
    if not stamp.has_builder():
        add_stage(
            env,
            NativeCodeRequest(stamp=stamp, core=core),
            title="emulator",
            values=(signatures.packages(*PACKAGES, "llvmlite"),),
            cached=False,
        )
    env.Requires(emulating, stamp)
