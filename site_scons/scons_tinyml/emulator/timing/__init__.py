"""Timing models, one file per core, found by name. Reading a version imports no compiler."""

from __future__ import annotations

from scons_tinyml.emulator.timing.interface import Cost, Rule, RuleNote, TimingModel
from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

__all__ = ["Cost", "Rule", "RuleNote", "TimingModel", "timed_cores", "timing_for"]


CORES = Plugins("scons_tinyml.emulator.timing", provides="MODEL")


def timed_cores() -> tuple[str, ...]:
    """Return the names of the cores that have a timing model."""
    return tuple(sorted(name.replace("_", "-") for name in CORES.names()))


def timing_for(core_name: str) -> TimingModel:
    """Return the model of a core: 'cortex-m4', or 'cortex-m4f' for one with its FPU.

    Raises UnsupportedError.
    """
    core = core_name.removesuffix("fd").removesuffix("f")
    if core not in timed_cores():
        raise UnsupportedError(
            f"no timing model for core '{core_name}'", hint=did_you_mean(core_name, timed_cores())
        )
    model = CORES.load(core).MODEL
    assert isinstance(model, TimingModel)
    return model
