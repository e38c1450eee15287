"""Energy of an inference and battery life, an estimate from the currents of a data sheet."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.records.report import EnergyUse, Report
from scons_tinyml.reports.cells import Cell, Column, Table, figure
from scons_tinyml.reports.page import Key, Picture
from scons_tinyml.reports.page.chart import Bar, bars
from scons_tinyml.reports.view import View

ORDER = 70
RATES = (1, 10, 60, 600, 3600, 36_000)
"""Inferences an hour of the table."""
CELL_MAH, CELL_V = 225, 3.0
"""Capacity and voltage of a CR2032: IEC 60086-2 names the type; makers give 220 to 240 mAh."""
_SHELF_DAYS = 3650
"""Days after which the cell has discharged itself, as makers state about 10 years."""
COLUMNS = (
    *(Column("inferences an hour", "count"), Column("awake", "share")),
    *(
        Column("average power", "watts", missing="unknown"),
        Column("of it inferences", "share", missing="unknown"),
    ),
    Column("days on a CR2032", "count", missing="unknown"),
)


def draw(view: View) -> Picture | None:
    """Return the energy, None for a board file without currents."""
    report, energy = view.report, view.report.energy
    if energy is None:
        return None
    low, high = (figure(value, "joules") for value in (energy.low_joules, energy.high_joules))
    lead = f"About {figure(energy.joules, 'joules')} an inference ({low} to {high}), an estimate from the data sheet."
    rates = sorted({*RATES, *((energy.inferences_per_hour,) if energy.inferences_per_hour else ())})
    possible = [rate for rate in rates if rate * report.latency_s.high <= 3600]
    powers = [(rate, energy.power_w(rate, report.latency_s.high)) for rate in possible]
    drawn = bars(
        [_bar(rate, power, energy, report) for rate, power in powers if power is not None],
        name="energy",
        most=1,
        title="Average power by inferences an hour, and the part of it that they take",
        text=lead,
    )
    known = any(power is not None for _, power in powers)
    return Picture(
        "Energy",
        lead,
        svg=drawn if known else None,
        keys=(Key("c1", "power for inferences"), Key("track", "power for sleep between them"))
        if known
        else (),
        table=Table(COLUMNS, tuple(_row(rate, power, energy, report) for rate, power in powers)),
        caption="Average power with sleep between inferences, at the slow end of the latency's band",
        notes=tuple(_notes(energy)),
    )


def _bar(rate: float, power: float, energy: EnergyUse, report: Report) -> Bar:
    days = _days(power)
    life = "more than 10 years" if days > _SHELF_DAYS else f"{days:,.0f} days"
    part = _of_inferences(rate, power, energy, report)
    return Bar(
        name=f"{figure(rate, 'count')} an hour",
        value=part,
        shown=f"{figure(power, 'watts')} · {figure(part, 'share')}",
        also=f"{life} on a CR2032",
        style="c1",
    )


def _of_inferences(rate: float, power: float, energy: EnergyUse, report: Report) -> float:
    """Return the part of the average power that inferences take."""
    awake = rate * report.latency_s.high / 3600
    return min(awake * energy.voltage_v * energy.run_current_a / power, 1)


def _days(power: float) -> float:
    return CELL_MAH * 1e-3 * CELL_V / power / 24


def _row(rate: float, power: float | None, energy: EnergyUse, report: Report) -> tuple[Cell, ...]:
    awake = rate * report.latency_s.high / 3600
    if power is None:
        return rate, awake, None, None, None
    return rate, awake, power, _of_inferences(rate, power, energy, report), _days(power)


def _notes(energy: EnergyUse) -> Iterator[str]:
    sleep = "" if energy.sleep_current_a is None else f", {energy.sleep_current_a * 1e6:g} uA asleep"
    awake = f"{energy.voltage_v:g} V and {energy.run_current_a * 1e3:g} mA awake"
    yield (
        f"Of {awake}{sleep}. Peripherals, waking up, losses of a regulator and the battery's own discharge come on "
        f"top. A CR2032 has {CELL_MAH} mAh at {CELL_V:g} V."
    )
    yield f"Sources: {energy.source}."
