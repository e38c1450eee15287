"""Ways out of what holds a network back, one file each, found by name.

A file has `ORDER`, the place of its ways among all: options of the command line come before changes of a file, and
these before other hardware. `ways(case)` yields changes of which the effect is known, the cheapest first, and others of
which a command finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from operator import itemgetter

from scons_tinyml.library.explanation.scarce import used
from scons_tinyml.library.results import Results
from scons_tinyml.records.explanation import NotMeasured, Scarce, WayOut
from scons_tinyml.records.limits import COMMAND_LINE
from scons_tinyml.records.report import LimitInForce
from scons_tinyml.registry import Plugins
from scons_tinyml.stages.gate.wording import amounts
from scons_tinyml.stages.plan.problem import Figures

WAYS = Plugins("scons_tinyml.library.explanation.ways", provides="ways")
_OPTIONS = ("flash", "ram", "latency")
MOST = 3
"""Number of ways that an explanation has."""


@dataclass(frozen=True)
class Case:
    """A build, the resource that is to be saved, and the options that name the network on a command line."""

    results: Results
    about: Scarce
    subject: str

    @property
    def build(self) -> str:
        """Command that makes the build again, with the budgets of its command line."""
        return self.build_for(self.results.board.name)

    def build_for(self, board: str, without: str = "") -> str:
        """Return the command for `board`, without the budget `without`."""
        limits = self.results.report.limits.items()
        asked = {key: limit for key, limit in limits if limit.source == COMMAND_LINE and key in _OPTIONS}
        budgets = (f" {key}={_as_option(limit)}" for key, limit in asked.items() if key != without)
        return f"scons target={board} {self.subject}{''.join(budgets)}"

    @property
    def now(self) -> float:
        """Use of the resource: bytes, or seconds at the slow end of the band."""
        return used(self.results.report)[self.about]

    def way(
        self,
        way: str,
        change: str,
        command: str,
        evidence: str,
        *,
        flash_bytes: int | None = None,
        ram_bytes: int | None = None,
        latency_s: float | None = None,
    ) -> WayOut:
        """Return a way with figures, which are judged by the limits of the build."""
        after: dict[str, float | None] = {"flash": flash_bytes, "ram": ram_bytes, "latency": latency_s}
        return WayOut(
            way=way,
            change=change,
            command=command,
            flash_bytes=flash_bytes,
            ram_bytes=ram_bytes,
            latency_s=latency_s,
            keeps_limits=self._keeps_limits(after),
            evidence=evidence,
        )

    def _keeps_limits(self, after: dict[str, float | None]) -> bool | None:
        limits = {name: limit for name, limit in self.results.report.limits.items() if name in after}
        over = [
            value > limits[name].value
            for name, value in after.items()
            if name in limits and value is not None
        ]
        unknown = any(after[name] is None for name in limits)
        return False if any(over) else None if unknown else True

    def of_choice(self, way: str, option: str, command: str, figures: Figures) -> WayOut:
        """Return the way to other kernels with `figures`. It keeps limits if it does with a reserve for linking."""
        forecast = self.results.situation.forecast
        after = amounts(self.results.situation, figures)
        found = self.way(
            way,
            option,
            command,
            "measured rows of this build, and its stack",
            flash_bytes=round(after["flash"]),
            ram_bytes=round(after["ram"]),
            latency_s=after["latency"],
        )
        sure, possible = figures.within(forecast.sure), figures.within(forecast.limits)
        return found.model_copy(update={"keeps_limits": True if sure else None if possible else False})

    def saves(self, way: WayOut) -> bool:
        """Return whether `way` needs less of the resource."""
        return self.after(way) < self.now

    def after(self, way: WayOut) -> float:
        """Return the use of the resource with `way`, infinite where it is not known."""
        found = {"flash": way.flash_bytes, "ram": way.ram_bytes, "latency": way.latency_s}[self.about]
        return inf if found is None else found


def ways_out(case: Case) -> tuple[tuple[WayOut, ...], tuple[NotMeasured, ...]]:
    """Return the MOST cheapest ways that save the resource of `case`, and those of which nothing is known yet.

    Ways that keep all limits come first, then the cheapest kind, then the order of its file.
    """
    modules = [WAYS.load(name) for name in WAYS.names()]
    found = [(module.ORDER, way) for module in modules for way in module.ways(case)]
    known = [(order, way) for order, way in found if isinstance(way, WayOut) and case.saves(way)]
    known.sort(key=lambda pair: (not pair[1].keeps_limits, pair[0]))
    unknown = sorted(
        ((order, way) for order, way in found if isinstance(way, NotMeasured)), key=itemgetter(0)
    )
    return tuple(_distinct(way for _, way in known))[:MOST], tuple(way for _, way in unknown)


def _as_option(limit: LimitInForce) -> str:
    """Return a limit of sizes or time as an option has it: '48KiB', '14ms'."""
    if limit.unit == "bytes":
        return f"{limit.value / 1024:.6g}KiB"
    return f"{limit.value * 1e3:.6g}ms"


def _distinct(ways: Iterable[WayOut]) -> Iterator[WayOut]:
    """Yield `ways` without those that have the same figures as one before them."""
    seen = set()
    for way in ways:
        figures = (way.flash_bytes, way.ram_bytes, way.latency_s)
        if figures not in seen:
            seen.add(figures)
            yield way
