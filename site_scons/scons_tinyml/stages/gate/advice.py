"""Advice of a finding: the one change of network or mode that helps most, by the figures of the report.

`solutions.py` computes the exact effect of other kernels; the report lists it too.
"""

from __future__ import annotations

from math import ceil

from scons_tinyml.records.report import Accuracy, HardwareCycles, Report, format_value
from scons_tinyml.records.units import format_bytes, format_seconds, format_watts
from scons_tinyml.stages.gate.shares import layer_label

INT8_SHARE = 0.25
"""Bytes of an int8 value per byte of a float32 one."""


def for_flash(report: Report, over_by: float) -> str:
    """Change that saves `over_by` bytes of flash, or most of them."""
    weights = report.flash.weight_bytes
    if report.quantization == "float" and weights:
        return _int8(report, "flash", weights, over_by, "weights")
    heaviest = max(report.layers, key=lambda layer: layer.weight_bytes, default=None)
    if heaviest is None or report.flash.code_bytes > weights:
        return (
            f"code takes {format_bytes(report.flash.code_bytes)}, more than the weights: "
            "a network of fewer kinds of layers needs fewer kernels"
        )
    held = format_bytes(heaviest.weight_bytes)
    part = f"{layer_label(heaviest)} holds {held} of weights, the most of all layers"
    if heaviest.weight_bytes > over_by:
        return f"{part}: {_percent(over_by, heaviest.weight_bytes)} fewer weights there would be enough"
    return f"{part}, and {format_bytes(round(over_by))} have to go: use a smaller network"


def for_ram(report: Report, over_by: float) -> str:
    """Change that saves `over_by` bytes of RAM, or most of them."""
    ram, plan = report.ram, report.memory_plan
    if ram.stack_bytes + ram.bss_bytes + ram.data_bytes > ram.arena_bytes:
        size, name = max((ram.stack_bytes, "stack"), (ram.bss_bytes, "bss"), (ram.data_bytes, "data"))
        return (
            f"the {name} takes {format_bytes(size)}, and not the network's arena most of the RAM: begin there"
        )
    if report.quantization == "float":
        return _int8(report, "RAM", ram.arena_bytes, over_by, "arena")
    pair = " and the ".join(f"{part.name} ({format_bytes(round(part.value))})" for part in plan.peak[:2])
    return f"the arena is at its peak with the {pair}: make these smaller, by resolution or by channels"


def for_energy(report: Report, kind: str, limit: float) -> str:
    """Change that keeps a limit of energy or average power."""
    energy = report.energy
    assert energy is not None
    if kind == "energy":
        longest = limit / (energy.voltage_v * energy.run_current_a)
        return f"energy falls with the latency: {format_seconds(longest)} at the slow end of its band would be enough"
    asleep = energy.voltage_v * (energy.sleep_current_a or 0)
    if asleep >= limit:
        return f"sleep alone takes {format_watts(asleep)}: a board of less sleep current is needed"
    awake = (limit - asleep) / (energy.voltage_v * (energy.run_current_a - (energy.sleep_current_a or 0)))
    rate = 3600 * awake / report.latency_s.high
    return f"{rate:.0f} inferences an hour would be enough, or a latency that falls as much"


def for_latency(report: Report, over_by_s: float) -> str:
    """Change that saves `over_by_s` seconds, or most of them."""
    if report.quantization == "float":
        return f"{_int8_version(report)} replaces floating-point kernels by integer ones, the largest gain there is"
    slowest = max(report.layers, key=lambda layer: layer.cycles)
    per_cycle = f", {slowest.macs / slowest.cycles:.2f} MACs a cycle" if slowest.macs else ""
    return (
        f"{layer_label(slowest)} takes {format_seconds(slowest.cycles / report.clock_hz)}{per_cycle}: "
        f"the whole has to shrink by {_percent(over_by_s, report.latency_s.high)}, so begin with that layer"
    )


def for_metric(report: Report, metric: Accuracy, limit: float) -> str:
    """Change that brings `metric` of the deployed network to `limit`."""
    reached = metric.float_
    sign = 1 if metric.better == "higher" else -1
    if report.quantization != "float" and reached is not None and sign * reached >= sign * limit:
        return (
            f"the float network reaches {format_value(metric.unit, reached)}, so quantization is what costs it, "
            "and scons diagnose says in which layers: raise quantization.representative_samples in model.toml, "
            "or deploy with quantize=float"
        )
    return "the network itself does not reach it: train for more epochs, or use a larger one"


def for_drop(report: Report) -> str:
    """Change that brings the quantized network nearer to the float one."""
    size = format_bytes(report.flash.weight_bytes * 4)
    return (
        "scons diagnose says which layers lose it; raise quantization.representative_samples in model.toml; "
        f"quantize=float drops nothing, with about {size} of weights"
    )


def for_evidence(report: Report, found: HardwareCycles) -> str:
    """Way to find the wrong one of two figures."""
    measure = f"scons measure target={report.target} port=PORT again=yes measures it on your board"
    if found.pack is None:
        return f"{measure}; if that changes nothing, the timing model is wrong: please report it"
    return f"tinyml costs prune --pack NAME deletes the rows of a pack; {measure}"


def _int8_version(report: Report) -> str:
    """Return the source of an int8 network: a build, or another file where there are no labelled samples."""
    return "quantize=int8" if report.accuracy else "an int8 version of the file"


def _int8(report: Report, resource: str, size: int, over_by: float, what: str) -> str:
    saved = round(size * (1 - INT8_SHARE))
    enough = "which is enough" if saved >= over_by else "though more is needed"
    less = f"about {format_bytes(saved)} less {resource}"
    return f"{_int8_version(report)} shrinks the {what} to a quarter: {less}, {enough}"


def _percent(part: float, whole: float) -> str:
    """Return the percentage of `part` in `whole`, rounded up."""
    return f"{ceil(round(100 * part / whole, 6))} %"
