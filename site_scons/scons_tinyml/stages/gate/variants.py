"""Variants of the model that pass where a build fails: those that `scons explore` has built for its board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.explored import BoardFront, Explored, Point
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.metric import DROP
from scons_tinyml.records.remedies import PassingVariant, Variants
from scons_tinyml.records.report import UNITS, LimitInForce, Report
from scons_tinyml.records.variant_names import reference

MOST = 3
"""Most variants that are named."""
Limits = Mapping[str, LimitInForce]


def variants_for(report: Report, model: str, made_of: str, file: Path | None) -> Variants:
    """Return the variants of `model` that pass within the limits of `report`, the most accurate first.

    `file` is what `scons explore` has found, None where nothing was explored; `made_of` is what variants are made of
    now. Figures are those of builds at the time of the exploration.
    """
    explored = _read(file) if file is not None else None
    command = f"scons explore target={report.target} model={model}"
    if file is not None and explored is None:
        return Variants(outcome="not explored", text=f"{file} cannot be read; `{command}` makes it anew")
    if explored is None:
        return Variants(
            outcome="not explored", text=f"none is explored; `{command}` looks for some that pass"
        )
    if explored.made_of != made_of:
        text = f"the model has changed since they were explored; `{command}` explores it again"
        return Variants(outcome="changed", text=text)
    front = next((one for one in explored.boards if one.board == report.target), None)
    if front is None or front.clock_hz != report.clock_hz:
        text = f"none is explored on this board at its clock; `{command}` looks for some that pass"
        return Variants(outcome="not explored", text=text)
    passing = list(_passing(explored, front, report.limits))
    if not passing:
        return Variants(outcome="none passes", text=f"none of {len(front.points)} that were explored passes")
    return Variants(
        outcome="pass",
        text="variants that pass, the most accurate first:",
        variants=tuple(_named(one, explored, report, model) for one in passing[:MOST]),
    )


def _read(file: Path) -> Explored | None:
    """Return the record in `file`, None for a damaged one or that of another version."""
    try:
        return Explored.model_validate(read_json(file))
    except (OSError, ValueError, ValidationError, InputError):
        return None


def _passing(explored: Explored, front: BoardFront, limits: Limits) -> Iterator[Point]:
    sign = -1 if explored.better == "higher" else 1
    for point in sorted(front.points, key=lambda one: (sign * one.accuracy, one.flash_bytes)):
        if point.verdict == "pass" and all(
            _keeps(explored, front, point, name, limit) for name, limit in limits.items()
        ):
            yield point


def _keeps(explored: Explored, front: BoardFront, point: Point, name: str, limit: LimitInForce) -> bool:
    """Return whether `point` surely keeps the limit `name`; one without a figure kept that of the exploration."""
    if name == explored.metric:
        return point.accuracy >= limit.value if explored.better == "higher" else point.accuracy <= limit.value
    if (figure := _figure(point, name)) is not None:
        return figure <= limit.value
    then = front.limits.get(name)
    if then is None or name == "average_power":  # it depends on the inferences per hour, too
        return False
    is_upper = name in UNITS or name.endswith(DROP)
    return then.value <= limit.value if is_upper else then.value == limit.value


def _figure(point: Point, resource: str) -> float | None:
    """Return the bytes, seconds or joules of `point` that the limit of `resource` is about, None if it has none."""
    figures = {
        "flash": point.flash_bytes,
        "ram": point.ram_bytes,
        "latency": point.latency_s.high,
        "energy": point.energy_j,
    }
    return figures.get(resource)


def _named(point: Point, explored: Explored, report: Report, model: str) -> PassingVariant:
    return PassingVariant(
        variant=point.variant,
        command=f"scons target={report.target} model={reference(model, point.variant)}",
        metric=explored.metric,
        accuracy=point.accuracy,
        flash_bytes=point.flash_bytes,
        ram_bytes=point.ram_bytes,
        latency_s=point.latency_s.high,
    )
