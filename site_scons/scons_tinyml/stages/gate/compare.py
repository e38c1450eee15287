"""Comparison of two reports: figures of the image, layers, functions, and the verdict on tolerances. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from scons_tinyml.records.budget import BudgetLimits, Budgets
from scons_tinyml.records.change_limits import ChangeLimit, parse_change
from scons_tinyml.records.comparison import (
    Comparison,
    FigureChange,
    LayerChange,
    Side,
    State,
    SymbolChange,
    Unlike,
)
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.metric import DROP, Better
from scons_tinyml.records.report import LayerReport, Report, Unit
from scons_tinyml.records.suggest import did_you_mean

OF_IMAGES = ("flash", "ram")
OF_TIME = ("latency", "cycles")
_OF_GENERATED = re.compile(r"_[0-9a-f]{12}$")
"""Digest at the end of the name of a generated function: another code of a layer has another name."""
AnyReport = TypeVar("AnyReport")
Tolerances = Mapping[str, tuple[ChangeLimit, str]]
"""Tolerance of a figure by its name, with the source that sets it."""


def tolerances_in_force(
    target: str, budgets: Budgets, options: BudgetLimits, model_file: str
) -> dict[str, tuple[ChangeLimit, str]]:
    """Return the tolerances by figure. A later source wins: model, model on this board, command line."""
    on_board = budgets.boards.get(target, BudgetLimits())
    layers = (
        (budgets, f"{model_file}: budgets.tolerances"),
        (on_board, f"{model_file}: budgets.boards.{target}.tolerances"),
        (options, "command line"),
    )
    return {
        name: (parse_change(name, text), source)
        for limits, source in layers
        for name, text in limits.tolerances.items()
    }


def compare(old: Report, new: Report, tolerances: Tolerances, paths: tuple[str, str]) -> Comparison:
    """Return what changed from `old` to `new`, the files `paths`.

    Raises InputError for reports of two networks or boards, for a tolerance of a figure that there is not, and for one
    of times that cannot be compared.
    """
    whats = (("board", old.target, new.target), ("network", old.model, new.model))
    require_alike(whats, paths, "reports of one network on one board are compared")
    unlike = tuple(differences(old, new))
    times = times_compare(unlike)
    figures = tuple(figure_changes(old, new, tolerances, times))
    for name, (_, source) in tolerances.items():
        require_judged(name, source, figures, unlike)
    return Comparison(
        target=new.target,
        model=new.model,
        quantization=new.quantization,
        verdict="fail" if any(figure.exceeded for figure in figures) else "pass",
        old=Side(report=paths[0], verdict=old.verdict, project=old.project),
        new=Side(report=paths[1], verdict=new.verdict, project=new.project),
        unlike=unlike,
        times_compare=times,
        figures=figures,
        layers=layer_changes(old, new, times),
        symbols=symbol_changes(old.flash.functions, new.flash.functions),
    )


def require_alike(whats: Iterable[tuple[str, str, str]], paths: tuple[str, str], hint: str) -> None:
    """Raise InputError where one of `whats`, a word with an old and a new name, has two names."""
    for what, before, after in whats:
        if before != after:
            raise InputError(
                f"is of another {what}: {before}, where {paths[1]} is of {after}", where=paths[0], hint=hint
            )


def differences(
    old: AnyReport, new: AnyReport, circumstances: Mapping[str, Callable[[AnyReport], str]] | None = None
) -> Iterator[Unlike]:
    """Yield what else than the network differs: by `circumstances`, or those of the report of a network."""
    for what, get in (circumstances or _CIRCUMSTANCES).items():
        before, after = get(old), get(new)
        if before != after:
            yield Unlike(what=what, old=before, new=after)


def times_compare(unlike: Iterable[Unlike]) -> bool:
    """Return whether cycles and latency of builds that are `unlike` in some ways can be compared."""
    return not {"evidence", "timing model"} & {one.what for one in unlike}


def _tensors(report: Report) -> str:
    tensors = (*report.inputs, *report.outputs)
    return ", ".join(f"{one.name} {one.type} {'x'.join(map(str, one.shape))}" for one in tensors)


def sources_text(report: Report | FirmwareReport) -> str:
    """Return the sources of the kernels of `report`, by set."""
    return ", ".join(f"{name}: {text}" for name, text in sorted(report.provenance.kernel_sources.items()))


_CIRCUMSTANCES: Mapping[str, Callable[[Any], str]] = {
    "part": lambda report: f"{report.part}, {report.core}",
    "clock": lambda report: f"{report.clock_hz} Hz",
    "type of the network": lambda report: report.quantization,
    "inputs and outputs": _tensors,
    "compiler": lambda report: report.provenance.compiler,
    "evidence": lambda report: report.latency_s.evidence,
    "timing model": lambda report: report.provenance.timing_model,
    "kernel sources": sources_text,
    "scons-tinyml": lambda report: report.provenance.scons_tinyml,
}


def size_changes(
    old: Report | FirmwareReport, new: Report | FirmwareReport, tolerances: Tolerances
) -> Iterator[FigureChange]:
    """Yield the figures of the image."""
    yield _figure("flash", "bytes", old.flash_bytes, new.flash_bytes, tolerances)
    yield _figure("ram", "bytes", old.ram_bytes, new.ram_bytes, tolerances)


def figure_changes(old: Report, new: Report, tolerances: Tolerances, times: bool) -> Iterator[FigureChange]:
    """Yield all figures: of the image, and of the network; `times` says whether those are compared."""
    yield from size_changes(old, new, tolerances)
    yield _figure("latency", "seconds", old.latency_s.value, new.latency_s.value, tolerances, compares=times)
    yield _figure("cycles", "cycles", old.cycles, new.cycles, tolerances, compares=times)
    before = {metric.name: metric for metric in old.all_metrics}
    after = {metric.name: metric for metric in new.all_metrics}
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        known = now or was
        assert known is not None, "it is one of theirs"
        alike = was is None or now is None or (was.metric, was.better) == (now.metric, now.better)
        deployed = (was.deployed if was else None, now.deployed if now else None)
        drops = (was.drop if was else None, now.drop if now else None)
        yield _figure(name, known.unit, *deployed, tolerances, better=known.better, compares=alike)
        yield _figure(f"{name}{DROP}", known.unit, *drops, tolerances, compares=alike)


def _figure(
    name: str,
    unit: Unit,
    old: float | None,
    new: float | None,
    tolerances: Tolerances,
    *,
    better: Better = "lower",
    compares: bool = True,
) -> FigureChange:
    change = new - old if compares and old is not None and new is not None else None
    limit, source = tolerances.get(name, (None, None))
    amount = limit.amount(old) if limit and old is not None else None
    worse = None if change is None else change if better == "lower" else -change
    return FigureChange(
        name=name,
        unit=unit,
        better=better,
        old=old,
        new=new,
        change=change,
        tolerance=amount,
        tolerance_source=source,
        exceeded=worse is not None and amount is not None and worse > amount,
    )


def require_judged(name: str, source: str, figures: Iterable[FigureChange], unlike: Iterable[Unlike]) -> None:
    """Raise InputError for a tolerance that cannot be judged."""
    found = {figure.name: figure for figure in figures}
    if name not in found:
        raise InputError(
            f"there is no figure {name!r}; {did_you_mean(name, found)}", where=source, key="tolerances"
        )
    if found[name].change is None:
        reasons = [one for one in unlike if name in OF_TIME and one.what in ("evidence", "timing model")]
        why = (
            "; ".join(f"{one.what} {one.old} against {one.new}" for one in reasons)
            or "one of them is unknown"
        )
        raise InputError(
            f"{name} of the two reports cannot be compared: {why}",
            where=source,
            key="tolerances",
            hint="build the baseline again, or leave out this tolerance",
        )


def layer_changes(old: Report, new: Report, times: bool) -> tuple[LayerChange, ...]:
    """Return the layers that changed, those that changed most first."""
    return tuple(sorted(_layers(old, new, times), key=_weight_of_layer))


def _layers(old: Report, new: Report, times: bool) -> Iterator[LayerChange]:
    before, after = _by_identity(old.layers), _by_identity(new.layers)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if was is None or now is None or _figures_of(was, times) != _figures_of(now, times):
            yield _layer_change(was, now, times)


def _by_identity(layers: Iterable[LayerReport]) -> dict[tuple[str, str, int], LayerReport]:
    """Return `layers` by name, operator, and a number where several have the same."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for layer in layers:
        found[layer.name, layer.operator, seen[layer.name, layer.operator]] = layer
        seen[layer.name, layer.operator] += 1
    return found


def _figures_of(layer: LayerReport, times: bool) -> tuple[object, ...]:
    return layer.kernel, layer.cycles if times else None, layer.weight_bytes, layer.scratch_bytes


def _layer_change(was: LayerReport | None, now: LayerReport | None, times: bool) -> LayerChange:
    known = now or was
    assert known is not None, "it is a layer of one of them"

    def change(get: Callable[[LayerReport], int]) -> int:
        return (get(now) if now else 0) - (get(was) if was else 0)

    return LayerChange(
        name=known.name,
        operator=known.operator,
        state=state_of(was, now),
        old_index=was.index if was else None,
        new_index=now.index if now else None,
        old_kernel=was.kernel if was else None,
        new_kernel=now.kernel if now else None,
        cycles=change(lambda layer: layer.cycles) if times else None,
        weight_bytes=change(lambda layer: layer.weight_bytes),
        scratch_bytes=change(lambda layer: layer.scratch_bytes),
    )


def state_of(was: object | None, now: object | None) -> State:
    """Return whether something is new, gone, or in both reports."""
    return "new" if was is None else "gone" if now is None else "changed"


def _weight_of_layer(one: LayerChange) -> tuple[int, int, int]:
    index = one.new_index if one.new_index is not None else one.old_index or 0
    return -abs(one.cycles or 0), -abs(one.weight_bytes), index


def symbol_changes(old: Mapping[str, int], new: Mapping[str, int]) -> tuple[SymbolChange, ...]:
    """Return the functions that changed, those that changed most first."""
    return tuple(sorted(_symbols(old, new), key=lambda one: (-abs(one.change), one.name)))


def _symbols(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[SymbolChange]:
    before, after = _by_stem(old, new), _by_stem(new, old)
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        sizes = (was[1] if was else 0, now[1] if now else 0)
        if was is None or now is None or sizes[0] != sizes[1]:
            name = now[0] if now else was[0] if was else key
            yield SymbolChange(name=name, state=state_of(was, now), old_bytes=sizes[0], new_bytes=sizes[1])


def _by_stem(functions: Mapping[str, int], others: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """Return name and bytes by name; by the name without its digest where that is clear in both images."""
    stems = [Counter(_OF_GENERATED.sub("", name) for name in names) for names in (functions, others)]

    def key(name: str) -> str:
        stem = _OF_GENERATED.sub("", name)
        is_clear = name not in others and all(counts[stem] <= 1 for counts in stems)
        return stem if is_clear else name

    return {key(name): (name, size) for name, size in functions.items()}
