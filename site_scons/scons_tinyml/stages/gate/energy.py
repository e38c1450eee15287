"""Energy of an inference, estimated from the currents of a board file."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.records.report import EnergyUse, Latency


def energy_use(board: Board, latency: Latency, inferences_per_hour: float | None) -> EnergyUse | None:
    """Return the energy of an inference that takes `latency`, None for a board without a supply.

    Power is that of the data sheet in run mode: peripherals, wake-up and losses of a regulator come on top.
    """
    supply = board.supply
    if supply is None:
        return None
    watts = supply.voltage * supply.run_current
    keys = ("supply.voltage", "supply.run_current", "supply.sleep_current")
    found = EnergyUse(
        voltage_v=supply.voltage,
        run_current_a=supply.run_current,
        sleep_current_a=supply.sleep_current,
        joules=watts * latency.value,
        low_joules=watts * latency.low,
        high_joules=watts * latency.high,
        inferences_per_hour=inferences_per_hour,
        source="; ".join(board.sources[key] for key in keys if key in board.sources),
    )
    if inferences_per_hour is None:
        return found
    return found.model_copy(update={"average_power_w": found.power_w(inferences_per_hour, latency.high)})
