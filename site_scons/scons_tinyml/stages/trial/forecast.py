"""Forecasts of a variant from a gated build of the model itself on the same board.

Weights and activations are known from the sketch. All else of flash and RAM, such as code and stack, is taken to stay;
cycles are taken to grow with the work of each kind of layer. A forecast orders the trials of a search, and drops what
cannot fit. No figure of a front is one: each of its points is built.
"""

from __future__ import annotations

from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.trial.records import Basis, Forecast, Sketch


def forecast(sketch: Sketch, basis: Basis) -> Forecast:
    """Return the figures of a variant with `sketch`."""
    flash = basis.flash_bytes + sketch.weight_bytes - basis.sketch.weight_bytes
    ram = basis.ram_bytes + sketch.arena_bytes - basis.sketch.arena_bytes
    latency = basis.slow_s * cycles_of(sketch, basis) / basis.cycles
    used = {"flash": flash, "ram": ram, "latency": latency}
    over = [used[name] / limit - 1 for name, limit in basis.limits.items() if name in used]
    return Forecast(flash, ram, latency, max(over, default=-1.0), _cannot_fit(sketch, basis))


def cycles_of(sketch: Sketch, basis: Basis) -> float:
    """Return the cycles that the work of `sketch` takes at the rates of `basis`; new kinds at its mean rate."""
    known_work = basis.sketch.work
    mean = basis.cycles / max(1, sum(known_work.values()))
    found = 0.0
    for kind, work in sketch.work.items():
        known = known_work.get(kind)
        found += work * (basis.cycles_by_kind.get(kind, 0) / known if known else mean)
    return found


def _cannot_fit(sketch: Sketch, basis: Basis) -> str:
    """Return which limit of memory the weights or activations alone exceed, '' if none."""
    needs = {"flash": ("weights", sketch.weight_bytes), "ram": ("activations", sketch.arena_bytes)}
    for name, (what, size) in needs.items():
        if name in basis.limits and size > basis.limits[name]:
            limit = format_bytes(round(basis.limits[name]))
            return f"{basis.board}: {what} of {format_bytes(size)} are more than {limit} of {name}"
    return ""


def dropped(sketch: Sketch, bases: tuple[Basis, ...]) -> str:
    """Return why a variant need not be trained: it cannot fit on any board, or is forecast far over a limit on all.

    '' if it may fit on one of them. A forecast errs, so it has to miss a limit by more than MOST_ERROR.
    """
    reasons = []
    for basis in bases:
        found = forecast(sketch, basis)
        if not found.cannot_fit and found.overshoot <= MOST_ERROR:
            return ""
        over = f"{basis.board}: forecast {found.overshoot:.0%} over a limit"
        reasons.append(found.cannot_fit or over)
    return "; ".join(reasons)


MOST_ERROR = 1.0
"""Share of a limit by which a forecast has to miss it before a variant is dropped.

Of 12 variants of the cat detector on three boards, forecasts of flash were up to 1.74 and of RAM up to 1.90 times what
was built: code and scratch are taken to be those of the first build.
"""
