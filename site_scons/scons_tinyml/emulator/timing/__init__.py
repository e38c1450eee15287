"""Timing models, one file per core, found by name. Reading a version or a band imports no compiler."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from scons_tinyml.emulator.timing.interface import Band, Cost, Rule, RuleNote, TimingModel
from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.suggest import did_you_mean

__all__ = ["Band", "Cost", "Rule", "RuleNote", "TimingModel", "timed_cores", "timing_for"]


def timed_cores() -> tuple[str, ...]:
    """Names of the cores that have a timing model."""
    return tuple(sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("cortex_*.py")))


def timing_for(core_name: str) -> TimingModel:
    """The model of a core ('cortex-m4', or 'cortex-m4f' for one with its FPU). Raises UnsupportedError."""
    core = core_name.removesuffix("fd").removesuffix("f")
    if core not in timed_cores():
        raise UnsupportedError(
            f"no timing model for core '{core_name}'", hint=did_you_mean(core_name, timed_cores())
        )
    model = import_module(f"{__name__}.{core.replace('-', '_')}").MODEL
    assert isinstance(model, TimingModel)
    return model
