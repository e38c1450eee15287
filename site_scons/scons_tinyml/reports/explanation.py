"""An explanation as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.explanation import (
    Explanation,
    HeldBack,
    HotLayer,
    MemorySystem,
    NotMeasured,
    Scarce,
    WayOut,
)
from scons_tinyml.records.report import format_value
from scons_tinyml.records.units import format_bytes, format_hertz, format_seconds
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.cells import figure

_NAMES: dict[Scarce, str] = {"flash": "flash", "ram": "RAM", "latency": "time"}


def lines(found: Explanation) -> Iterator[str]:
    """Yield the lines of `found`, with names escaped. Paragraphs have an empty line between them."""
    yield from map(visible, _lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    core = f"{found.core} at {format_hertz(found.clock_hz)}"
    yield f"{found.model} ({found.quantization}) on {found.target}: {found.part}, {core}: {found.verdict.upper()}"
    yield from (f"  {message}" for message in found.errors)
    yield ""
    yield f"what holds it back: {_NAMES[found.about]} ({found.why})"
    for one in found.held_back:
        yield from _held(one)
    yield ""
    yield f"cycles{_multiplying(found)}"
    for layer in found.layers:
        yield from _layer(layer)
    yield from _memory(found.memory)
    yield ""
    yield from _ways(found)
    if found.not_measured:
        yield ""
        yield "not measured yet:"
        for unknown in found.not_measured:
            yield from _not_measured(unknown)


def _held(one: HeldBack) -> Iterator[str]:
    used = format_value(one.unit, one.used)
    if one.limit is None:
        yield f"  {_NAMES[one.resource]}: {used}, without a limit"
    else:
        limit = format_value(one.unit, one.limit)
        yield f"  {_NAMES[one.resource]}: {used} of {limit}, {figure(one.share or 0, 'share')} ({one.limit_source})"
    if one.parts:
        parts = ", ".join(f"{part.name} {part.percent:.1f} %" for part in one.parts)
        yield f"    most: {parts}"
    if one.advice:
        yield f"    try: {one.advice}"


def _multiplying(found: Explanation) -> str:
    if found.multiplying is None:
        return ":"
    return f": {figure(found.multiplying, 'share')} of them are multiplications with {found.multiply}"


def _layer(layer: HotLayer) -> Iterator[str]:
    per_mac = "" if layer.cycles_per_mac is None else f", {layer.cycles_per_mac:.2f} a MAC"
    multiplying = (
        "" if layer.multiplying is None else f", {figure(layer.multiplying, 'share')} of them multiplications"
    )
    cycles = f"{layer.percent:.1f} %, {layer.cycles:,} cycles"
    yield f"  layer {layer.index} ({layer.operator}): {cycles}{per_mac}{multiplying}"
    if layer.faster:
        yield f"    faster, but not chosen: {layer.faster}"


def _memory(memory: MemorySystem | None) -> Iterator[str]:
    if memory is None:
        return
    yield (
        f"  memory: wait states take {figure(memory.waiting, 'share')}: {memory.cycles:,} cycles, and "
        f"{memory.cycles_without_waits:,} without any, in the emulator"
    )
    yield f"    {memory.text}"


def _ways(found: Explanation) -> Iterator[str]:
    saved = {"flash": "less flash", "ram": "less RAM", "latency": "less time"}[found.about]
    if not found.ways:
        yield f"no way to {saved} is known from what was measured"
        return
    yield f"ways to {saved}, the cheapest first:"
    used = {one.resource: one.used for one in found.held_back}
    for number, way in enumerate(found.ways, 1):
        yield f"  {number}. {way.change}: {', '.join(_effect(way, used))}{_outcome(way)}"
        yield f"     {way.command}"
        yield f"     from {way.evidence}"


def _effect(way: WayOut, used: dict[Scarce, float]) -> Iterator[str]:
    if way.flash_bytes is not None:
        yield f"{format_bytes(way.flash_bytes)} of flash ({_change_bytes(way.flash_bytes - round(used['flash']))})"
    if way.ram_bytes is not None:
        yield f"{format_bytes(way.ram_bytes)} of RAM ({_change_bytes(way.ram_bytes - round(used['ram']))})"
    if way.latency_s is not None:
        change = way.latency_s - used["latency"]
        yield f"{format_seconds(way.latency_s)} ({_sign(change)}{format_seconds(abs(change))})"


def _change_bytes(change: int) -> str:
    return f"{_sign(change)}{format_bytes(abs(change))}"


def _sign(change: float) -> str:
    return "-" if change < 0 else "+"


def _outcome(way: WayOut) -> str:
    return {True: ": keeps the limits", False: ": breaks a limit", None: ": may keep the limits"}[
        way.keeps_limits
    ]


def _not_measured(one: NotMeasured) -> Iterator[str]:
    yield f"  {one.change}"
    yield f"    {one.command}"
