"""Sentences about the effect of other kernels on a build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scons_tinyml.records.names import shorten
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.stages.gate.misses import FIGURES, Goal, Miss
from scons_tinyml.stages.gate.situation import Situation, Way
from scons_tinyml.stages.gate.solutions import Solution, changed
from scons_tinyml.stages.plan.problem import Choice, Figures, Spending

MOST_NAMED = 3
"""Maximum number of changed layers that are named; above it only their number is."""

NAMES: Mapping[Goal, str] = {"flash": "flash", "ram": "RAM", "latency": "latency"}
Amounts = Mapping[Goal, float]
"""Bytes and seconds, as the gate compares them with limits."""


def solution_sentence(situation: Situation, found: Solution) -> str:
    """Describe a solution: 'conv_3 (layer 3) with reference/conv_2d_int8 frees 2.1 KiB of flash ...'."""
    before, after = amounts(situation, situation.figures), amounts(situation, found.figures)
    limits = _limits(situation, situation.forecast.limits)
    one = len(changed(situation, found.choice)) == 1
    wanted = [goal for goal in FIGURES if before[goal] > max(after[goal], limits[goal])]
    gains = [_gain(goal, before[goal] - after[goal], one) for goal in wanted]
    prices = [_amount(goal, after[goal] - before[goal]) for goal in FIGURES if after[goal] > before[goal]]
    price = f" for {_and(prices)}" if prices else ""
    outcome = ("passes" if one else "pass") if found.surely else _narrowly(situation, after, limits)
    return (
        f"{_changes(situation, found.choice)} {_and(gains)}{price}: {outcome}{_way(found.way, found.choice)}"
    )


def hopeless_sentence(situation: Situation, found: Sequence[Miss]) -> str:
    """Describe the least miss of each limit: 'the smallest miss of any choice of kernels is 1.2 KiB ...'."""
    return "; ".join(_miss(situation, miss) for miss in found)


def conflict_sentence(situation: Situation, found: Sequence[Miss]) -> str:
    """Describe limits that exclude each other: 'no choice of kernels keeps both limits: flash <= ...'."""
    limits = _limits(situation, situation.forecast.limits)

    def need(miss: Miss) -> str:
        kept = _and(f"{NAMES[goal]} <= {_shown(goal, limits[goal])}" for goal in miss.kept)
        needed = _amount(miss.goal, amounts(situation, miss.figures)[miss.goal])
        return f"{kept} {'needs' if len(miss.kept) == 1 else 'need'} {needed}"

    together = "both limits" if len(found) == 2 else f"all {len(found)} limits"
    return f"no choice of kernels keeps {together}: {', '.join(need(miss) for miss in reversed(found))}"


def amounts(situation: Situation, figures: Figures) -> Amounts:
    """Return the flash, RAM and latency that the gate would find in an image with `figures`."""
    forecast = situation.forecast
    return {
        "flash": forecast.flash_bytes(figures),
        "ram": forecast.ram_bytes(figures),
        "latency": forecast.latency_s(figures),
    }


def _limits(situation: Situation, spending: Spending) -> Amounts:
    """Return limits in the same units. RAM has the lesser of its own limit and that of the arena's region."""
    beside_arena = situation.figures.ram_bytes - situation.figures.arena_bytes
    ram = [spending.ram_bytes, spending.arena_bytes and spending.arena_bytes + beside_arena]
    least_ram = min((limit for limit in ram if limit is not None), default=None)
    slow = spending.slow_cycles
    figures = Figures(slow or 0, spending.flash_bytes or 0, least_ram or 0, 0, slow_cycles=slow or 0)
    known = {"flash": spending.flash_bytes, "ram": least_ram, "latency": slow}
    found = amounts(situation, figures)
    return {goal: found[goal] if known[goal] is not None else float("inf") for goal in FIGURES}


def _miss(situation: Situation, miss: Miss) -> str:
    goal, limit = miss.goal, _limits(situation, situation.forecast.limits)[miss.goal]
    over = amounts(situation, miss.figures)[goal] - limit
    of_all = "choice of kernels that keeps the other limits" if miss.kept else "choice of kernels"
    if over == amounts(situation, situation.figures)[goal] - limit:
        return f"no {of_all} misses the limit of {NAMES[goal]} by less"
    amount = f"{_shown(goal, over)} of {NAMES[goal]}"
    return f"the smallest miss of any {of_all} is {amount}, {_how(situation, miss)}"


def _how(situation: Situation, miss: Miss) -> str:
    """Return options that choose kernels of equal figures, or else the changes by layer."""
    for way in situation.ways():
        if situation.whole_problem.figures(way.choice) == miss.figures:
            return f"with {way.options}"
    return f"by {_changes(situation, miss.choice)}"


def _narrowly(situation: Situation, after: Amounts, limits: Amounts) -> str:
    """Describe the room left under limits that are kept, but not surely."""
    sure = _limits(situation, situation.forecast.sure)
    close = [goal for goal in FIGURES if after[goal] > sure[goal]]
    room = _and(f"{_shown(goal, limits[goal] - after[goal])} of {NAMES[goal]}" for goal in close)
    return f"may pass, with {room} left, less than linking and running may add"


def _changes(situation: Situation, choice: Choice) -> str:
    layers = changed(situation, choice)
    if len(layers) > MOST_NAMED:
        return f"other kernels on {len(layers)} layers"
    names = {layer.index: shorten(layer.name) for layer in situation.graph.layers}
    return _and(f"{names[layer]} (layer {layer}) with {choice[layer]}" for layer in layers)


def _way(way: Way | None, choice: Choice) -> str:
    if way is None:
        return ""
    return f", with {way.options}" if way.choice == choice else f"; {way.options} finds kernels that do"


def _gain(goal: Goal, amount: float, one: bool) -> str:
    verb = "save" if goal == "latency" else "free"
    return f"{verb}{'s' if one else ''} {_amount(goal, amount)}"


def _amount(goal: Goal, amount: float) -> str:
    shown = _shown(goal, amount)
    return shown if goal == "latency" else f"{shown} of {NAMES[goal]}"


def _shown(goal: Goal, amount: float) -> str:
    return format_seconds(amount) if goal == "latency" else format_bytes(round(amount))


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
