"""Native steps of the timing models, found by name."""

from __future__ import annotations

from scons_tinyml.registry import Plugins

STEPS = Plugins("scons_tinyml.emulator.timing.native", provides="step")
