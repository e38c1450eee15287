"""Rules that a test has turned off."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.timing.native.calls import inlined


@inlined
def applies(state: Any, rule: int) -> bool:
    """Return whether `rule`, an int(NativeRule), is on."""
    return bool(state.off & rule == 0)
