"""The best choice of kernels under limits, as an integer program.

Variables are 1 when a layer takes an option, when the image has a kernel, and when it has a group of code
parts that the same kernels need; another variable is the arena. Code is paid once because its variable is 1
for any number of users. The arena is at least the bytes needed while any layer runs, with scratch. If the
memory plan misses that bound, a cut adds the real arena for such scratch to the program, and it is solved
again.

At first only variables of kernels and groups are integers. For given kernels each layer nearly always takes
its best option anyway, and branching on a few kernels is faster than on all options. If a layer is still
divided between options, options become integers too, so that the result is always exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scons_tinyml.stages.plan.problem import (
    ORDER,
    Choice,
    Figure,
    Figures,
    Objective,
    Option,
    Problem,
    Spending,
)
from scons_tinyml.stages.plan.solver import TOLERANCE, Program, Terms

_NO_ARENA_BYTES = 2**40
"""Arena size above that of any board."""

MOST_CUTS = 8
"""Number of memory plans that may miss their bound before limits on RAM are lowered by the difference.

Only after that can the choice be worse than the best one; plans of real networks hardly ever miss.
"""


def solve(
    problem: Problem,
    limits: Spending,
    order: tuple[Figure, ...] = ORDER["latency"],
    near: Choice | None = None,
) -> Choice | None:
    """Return the choice with the least figures in `order` within `limits`; None when there is none.

    With `near`, the number of layers with another kernel than in `near` is minimised first. Ties are decided
    by less scratch, and then by name.
    """
    if not problem.options:
        return {} if problem.figures({}).within(limits) else None
    cuts: dict[tuple[tuple[int, int], ...], int] = {}
    while True:
        program = _Assignment(problem, limits, cuts)
        choice = program.best(order, near)
        if choice is None:
            return None
        figures = problem.figures(choice)
        planned_right = "ram_bytes" not in order or figures.arena_bytes <= program.arena_bytes
        if figures.within(limits) and (planned_right or len(cuts) >= MOST_CUTS):
            return choice
        if len(cuts) >= MOST_CUTS:
            limits = _with_room(limits, figures.arena_bytes - program.arena_bytes)
        scratch = tuple(sorted(problem.scratch(choice).items()))
        if scratch in cuts:
            # The arena is within its limit: in sums of millions, HiGHS tolerates an excess of 1.
            limits = _lowered(limits, figures)
        cuts[scratch] = figures.arena_bytes


def _with_room(limits: Spending, missed_by_bytes: int) -> Spending:
    """Return `limits` less the bytes by which memory plans miss their bound, so that the next one fits."""

    def less(limit: int | None) -> int | None:
        return None if limit is None else limit - missed_by_bytes

    return replace(
        limits,
        ram_bytes=less(limits.ram_bytes),
        arena_bytes=less(limits.arena_bytes),
        shared_bytes=less(limits.shared_bytes),
    )


def _lowered(limits: Spending, figures: Figures) -> Spending:
    """Return `limits`, each lowered by the excess of `figures`."""
    slow_cycles, flash_bytes, ram_bytes, arena_bytes, added_bytes, shared_bytes = (
        None if limit is None else limit - max(used - limit, 0) for used, limit in figures.against(limits)
    )
    return replace(
        limits,
        slow_cycles=slow_cycles,
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        arena_bytes=arena_bytes,
        added_bytes=added_bytes,
        shared_bytes=limits.shared_bytes if shared_bytes is None else shared_bytes,
    )


def best(problem: Problem, limits: Spending, objective: Objective = "latency") -> Choice | None:
    """Return the best choice for `objective` within `limits`, None when there is none."""
    if objective == "latency":
        choice = problem.fastest()
        if problem.figures(choice).within(limits):
            return choice
    return solve(problem, limits, ORDER[objective])


class _Assignment:
    """One program, with the cuts found so far."""

    def __init__(
        self, problem: Problem, limits: Spending, cuts: Mapping[tuple[tuple[int, int], ...], int]
    ) -> None:
        self._problem = problem
        self._program = Program()
        self.arena_bytes = 0
        self._taken = {
            (layer, option.kernel): self._program.variable(high=float(_fits(problem, limits, layer, option)))
            for layer, options in problem.options.items()
            for option in options
        }
        self._add_layers()
        self._arena = self._program.variable(problem.least_arena_bytes, _NO_ARENA_BYTES)
        self._flash, self._data = self._add_code()
        self._add_arena()
        for scratch, arena_bytes in cuts.items():
            self._add_cut(dict(scratch), arena_bytes)
        self._add_limits(limits)

    def best(self, order: tuple[Figure, ...], near: Choice | None = None) -> Choice | None:
        """Minimise the changes against `near`, then one figure after the other, each kept at its minimum."""
        values = None
        changes = [self._changes(near)] if near is not None else []
        for terms in (*changes, *(self._terms(figure)[0] for figure in order)):
            values = self._least(terms)
            if values is None:
                return None
            self._program.at_most(terms, round(_sum(terms, values)) + 0.25)
        assert values is not None
        self.arena_bytes = round(values[self._arena])
        taken = {layer: kernel for (layer, kernel), variable in self._taken.items() if values[variable] > 0.5}
        return _settled(self._problem, taken, near or {})

    def _least(self, terms: Terms) -> list[float] | None:
        """Return values with the least sum of `terms` and one option per layer; None when there are none."""
        found = self._program.minimise(terms)
        if found is not None and not self._is_whole(found, terms):
            for variable in self._taken.values():
                self._program.make_whole(variable)
            found = self._program.minimise(terms)
        return None if found is None else self._rounded(found)

    def _is_whole(self, values: list[float], terms: Terms) -> bool:
        """Return True when no layer is divided, and rounding raises the sum of `terms` by less than 0.25."""
        rounded = self._rounded(values)
        undivided = all(abs(was - now) <= TOLERANCE for was, now in zip(values, rounded, strict=True))
        return undivided and _sum(terms, rounded) < _sum(terms, values) + 0.25

    def _rounded(self, values: list[float]) -> list[float]:
        options = set(self._taken.values())
        return [round(value) if number in options else value for number, value in enumerate(values)]

    def _add_layers(self) -> None:
        for layer, options in self._problem.options.items():
            self._program.exactly({self._taken[layer, option.kernel]: 1 for option in options}, 1)

    def _add_code(self) -> tuple[dict[int, float], dict[int, float]]:
        """Return terms of the bytes of code and constants in flash, and in RAM."""
        kernels = {kernel: self._program.variable(whole=True) for _, kernel in self._taken}
        for (_, kernel), variable in self._taken.items():
            self._program.at_most({variable: 1, kernels[kernel]: -1}, 0)
        flash: dict[int, float] = {}
        data: dict[int, float] = {}
        for users, (flash_bytes, ram_bytes) in self._groups(kernels).items():
            present = users[0] if len(users) == 1 else self._program.variable(whole=True)
            for user in users if len(users) > 1 else ():
                self._program.at_most({user: 1, present: -1}, 0)
            flash[present] = flash.get(present, 0.0) + flash_bytes
            data[present] = data.get(present, 0.0) + ram_bytes
        return flash, data

    def _groups(self, kernels: Mapping[str, int]) -> dict[tuple[int, ...], tuple[int, int]]:
        """Return flash and RAM bytes of parts by the variables of the kernels and options that need them."""
        footprint = self._problem.footprint
        users: dict[str, list[int]] = defaultdict(list)
        for kernel in sorted(kernels):
            for part in footprint.kernels.get(kernel, ()):
                users[part].append(kernels[kernel])
        for (layer, kernel), variable in self._taken.items():
            for part in footprint.parts_on(layer, kernel):
                users[part].append(variable)
        groups: dict[tuple[int, ...], tuple[int, int]] = {}
        for part, needed_by in users.items():
            flash_bytes, ram_bytes = groups.get(tuple(needed_by), (0, 0))
            found = footprint.parts[part]
            groups[tuple(needed_by)] = flash_bytes + found.flash_bytes, ram_bytes + found.ram_bytes
        return groups

    def _add_arena(self) -> None:
        for layer, options in self._problem.options.items():
            scratch = {
                self._taken[layer, option.kernel]: float(self._problem.scratch_needs_bytes(layer, option))
                for option in options
                if option.scratch_bytes
            }
            if scratch:
                self._program.at_most({**scratch, self._arena: -1}, -self._problem.live_bytes(layer))

    def _add_cut(self, scratch: Mapping[int, int], arena_bytes: int) -> None:
        """Require an arena of `arena_bytes` when each layer of `scratch` has at least its scratch."""
        extra = arena_bytes - self._problem.least_arena_bytes
        terms: dict[int, float] = {self._arena: -1}
        for layer, size in scratch.items():
            for option in self._problem.options[layer]:
                if option.scratch_bytes >= size:
                    terms[self._taken[layer, option.kernel]] = extra
        self._program.at_most(terms, extra * len(scratch) - arena_bytes)

    def _add_limits(self, limits: Spending) -> None:
        figures: tuple[tuple[Figure, int | None], ...] = (
            ("slow_cycles", limits.slow_cycles),
            ("flash_bytes", limits.flash_bytes),
            ("ram_bytes", limits.ram_bytes),
        )
        for figure, limit in figures:
            if limit is not None:
                terms, fixed = self._terms(figure)
                self._program.at_most(terms, limit - fixed + 0.25)
        if limits.arena_bytes is not None:
            self._program.at_most({self._arena: 1}, limits.arena_bytes + 0.25)
        if limits.added_bytes is not None:
            self._program.at_most(self._data or {self._arena: 0}, limits.added_bytes + 0.25)
        if limits.shared_bytes is not None:
            self._add_shared(limits.shared_bytes, limits.arena_bytes)

    def _add_shared(self, shared_bytes: int, arena_bytes: int | None) -> None:
        """Limit the arena with what kernels add to `shared_bytes`, and to `arena_bytes` where they add nothing."""
        most = self._problem.most_arena_bytes if arena_bytes is None else arena_bytes
        reserve = max(most - shared_bytes, 0)
        for part, size in self._data.items():
            if size:
                terms = {self._arena: 1.0, **self._data}
                terms[part] += reserve
                self._program.at_most(terms, shared_bytes + reserve + 0.25)

    def _changes(self, near: Choice) -> Terms:
        """Return terms of the number of layers whose kernel differs from that of `near`."""
        return {variable: 1.0 for (layer, kernel), variable in self._taken.items() if near[layer] != kernel}

    def _terms(self, figure: Figure) -> tuple[Terms, float]:
        """Return terms of `figure` and its constant part. Cycles count from each layer's least."""
        if figure == "flash_bytes":
            return self._flash, self._problem.footprint.flash_bytes
        if figure == "ram_bytes":
            return {**self._data, self._arena: 1.0}, self._problem.footprint.ram_bytes
        terms: dict[int, float] = {}
        fixed = 0
        for layer, options in self._problem.options.items():
            cycles = {o.kernel: o.cycles if figure == "cycles" else o.slow_cycles for o in options}
            least = min(cycles.values())
            fixed += least
            terms |= {self._taken[layer, kernel]: float(count - least) for kernel, count in cycles.items()}
        return terms, fixed


def _sum(terms: Terms, values: Sequence[float]) -> float:
    return sum(factor * values[variable] for variable, factor in terms.items())


def _settled(problem: Problem, choice: Choice, near: Choice) -> Choice:
    """Return `choice` with ties resolved: of its kernels as fast on a layer, the least scratch, then name.

    Layers whose kernel is that of `near` stay unchanged.
    """
    present = set(choice.values())

    def settle(layer: int, taken: Option) -> str:
        if near.get(layer) == taken.kernel:
            return taken.kernel
        same = (
            o
            for o in problem.options[layer]
            if o.cycles == taken.cycles and o.slow_cycles <= taken.slow_cycles and o.kernel in present
        )
        return min((o.scratch_bytes, o.kernel) for o in same)[1]

    return {layer: settle(layer, taken) for layer, taken in problem.chosen(choice).items()}


def _fits(problem: Problem, limits: Spending, layer: int, option: Option) -> bool:
    """Return True when the arena can hold the scratch of `option` beside live activations.

    Speeds up the solver.
    """
    arena_bytes = problem.live_bytes(layer) + problem.scratch_needs_bytes(layer, option)
    in_ram = limits.ram_bytes is None or arena_bytes + problem.footprint.ram_bytes <= limits.ram_bytes
    return in_ram and (limits.arena_bytes is None or arena_bytes <= limits.arena_bytes)
