"""Stage: what quantization loses in each layer, worst first, and what other types there cost, printed and as JSON.

python -m scons_tinyml.stages explain.diagnose --quality quality.json --alternatives alternatives.json
    --answer diagnosis.json <networks, what they are measured with, what the plan is made of>
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scons_tinyml.records.diagnosis import Diagnosis
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.quality import Alternative, Alternatives, LayerQuality, Quality
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import print_table
from scons_tinyml.stages.explain.costs import Costs, Measure
from scons_tinyml.stages.explain.networks import read_network
from scons_tinyml.stages.explain.requests import DiagnoseRequest
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.plan.choose import choose
from scons_tinyml.stages.plan.problem import Figures
from scons_tinyml.stages.plan.question import read_question
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.quality.reading import read_alternatives, read_quality
from scons_tinyml.stages.quality.worst import WIDE_BITS, worst_first

LAYERS = (
    Column("layer", "count"),
    Column("name", longest=32),
    Column("alone", "number", missing="", spec=".1f"),
    Column("in all", "number", missing="", spec=".1f"),
    Column("saturated", "share"),
    Column("cause"),
)
"""Ratios of signal to noise are in decibels."""
OTHERS = (
    Column("layers"),
    Column("type"),
    Column("latency", align="right"),
    Column("flash", align="right"),
    Column("RAM", align="right"),
    Column("output", "number", missing="", spec=".1f"),
    Column("metric", "fraction"),
)
EXPLAINED = 3
"""Layers whose cause is explained in a sentence."""


@dataclass(frozen=True)
class Priced:
    """A network with other types, and what it costs; None where it cannot be made, measured or built."""

    alternative: Alternative
    figures: Figures | None
    absent: str | None


def main(request: DiagnoseRequest[Path]) -> None:
    """Measure, write the answer, print it."""
    quality, found = read_quality(request.quality), read_alternatives(request.alternatives)
    question = read_question(request)
    base = question.problem.figures(choose(question.problem, question.budgets, question.objective))
    priced = price(found, request.networks, request.fold_constant_channels, Measure(request, question))
    clock = question.board.clock
    answer = record(quality, found, base, priced, clock, question.board.name)
    write_json(request.answer, answer.model_dump(mode="json"))
    print_wrapped(
        f"{quality.model} ({quality.quantization}) on {question.board.name}: what quantization loses, worst layer first"
    )
    print()
    print_table(layer_table(quality), sys.stdout)
    print()
    for line in remarks(quality):
        print_wrapped(line, indent="  ")
    if found.networks:
        print()
        print_table(cost_table(quality, found, base, priced, clock), sys.stdout)
        print()
    for line in cost_remarks(found, priced):
        print_wrapped(line, indent="  ")
    print_wrapped(f"  histograms, ranges, samples: {request.quality}")


def price(
    found: Alternatives, files: Sequence[Path], fold_constant_channels: str, measure: Costs
) -> tuple[Priced, ...]:
    """Return what each network in `files` costs by `measure`; one that is refused has the reason."""
    with progress("networks measured", len(found.networks)) as advance:

        def priced(one: Alternative, path: Path) -> Priced:
            try:
                graph = None if one.absent else read_network(path, fold_constant_channels)
                return Priced(one, measure(graph, path) if graph else None, one.absent)
            except InputError as error:
                return Priced(one, None, error.problem)
            finally:
                advance(f"{', '.join(one.layers) or 'all'} in {one.kind}")

        return tuple(map(priced, found.networks, files))


def layer_table(quality: Quality) -> Table:
    """Return the layers, those that lose most by themselves first."""

    def row(layer: LayerQuality) -> tuple[Cell, ...]:
        saturated = layer.activations.saturated if layer.activations else None
        cause = layer.cause.kind if layer.cause else None
        return (
            *(layer.layer, layer.float_layer or layer.name),
            *(layer.own_snr_db, layer.snr_db, saturated, cause),
        )

    return Table(LAYERS, tuple(map(row, worst_first(quality.layers))))


def remarks(quality: Quality) -> Iterator[str]:
    """Yield sentences on the layers that lose most, and on what the figures are."""
    samples = f"{quality.samples} {quality.samples_of} sample{'' if quality.samples == 1 else 's'}"
    if quality.compared_absent:
        yield f"nothing is compared, as {quality.compared_absent}; saturated are integers at an end of their range"
    else:
        yield (
            f"signal to noise in dB on {samples}: 'alone' with the float layer on the same inputs, 'in all' with "
            "the noise of the layers before it; 6 dB are a bit"
        )
    for layer in worst_first(quality.layers)[:EXPLAINED]:
        if layer.cause:
            yield f"{layer.float_layer or layer.name}: {layer.cause.text}"
    if quality.judged and quality.judged.differing_samples is not None:
        judged = quality.judged
        counts = f"{judged.differing_samples} of {judged.samples}"
        yield f"{counts} test samples are judged differently than by the float network"


def cost_table(
    quality: Quality, found: Alternatives, base: Figures, priced: Sequence[Priced], clock_hz: int
) -> Table:
    """Return what the network costs as it is, and by how much other types change that."""
    as_it_is: tuple[Cell, ...] = (
        *("as it is", quality.quantization, format_seconds(base.cycles / clock_hz)),
        *(format_bytes(base.flash_bytes), format_bytes(base.ram_bytes), found.output_snr_db, found.metric),
    )

    def row(one: Priced) -> tuple[Cell, ...]:
        alternative = one.alternative
        changes: tuple[Cell, ...] = (None, None, None)
        if one.figures is not None:
            cycles = one.figures.cycles - base.cycles
            changes = (
                _signed(cycles, format_seconds(abs(cycles) / clock_hz)),
                *(
                    _signed(change, format_bytes(abs(change)))
                    for change in (
                        one.figures.flash_bytes - base.flash_bytes,
                        one.figures.ram_bytes - base.ram_bytes,
                    )
                ),
            )
        return (
            ", ".join(alternative.layers) or "all",
            alternative.kind,
            *changes,
            alternative.output_snr_db,
            alternative.metric,
        )

    return Table(OTHERS, (as_it_is, *map(row, priced)))


def cost_remarks(found: Alternatives, priced: Sequence[Priced]) -> Iterator[str]:
    """Yield sentences on the table of costs: what its figures are, how to build one, and why others have none."""
    if found.absent:
        yield f"no other types are tried: {found.absent}"
    if found.networks:
        metric = f"; metric: {found.metric_name} on the test split" if found.metric_name else ""
        yield f"output: signal to noise of the network's output in dB{metric}; RAM without the stack"
    for one in priced:
        if one.absent:
            changed = ", ".join(one.alternative.layers) or "all layers"
            yield f"{changed} in {one.alternative.kind}: {one.absent}"
    best = max(
        (one for one in priced if one.figures is not None and one.alternative.output_snr_db is not None),
        key=lambda one: one.alternative.output_snr_db or 0.0,
        default=None,
    )
    if best is not None and found.output_snr_db is not None:
        yield _least_noise(best.alternative, found)


def _least_noise(best: Alternative, found: Alternatives) -> str:
    gain = (best.output_snr_db or 0.0) - (found.output_snr_db or 0.0)
    if gain <= 0:
        return "none of them has less noise at the output: rounding of weights, or the samples, make it"
    change = ""
    if best.metric is not None and found.metric is not None:
        change = f", {found.metric_name} {best.metric - found.metric:+.4f}"
    return f"{option_of(best)} builds the one with the least noise: {gain:+.1f} dB at the output{change}"


def option_of(alternative: Alternative) -> str:
    """Return the options that build `alternative`."""
    named = {"keep_float": alternative.keep_float, "keep_int16": alternative.keep_int16}
    words = ["quantize=int16x8"] if alternative.activation_bits == WIDE_BITS else []
    return " ".join([*words, *(f"{key}={','.join(names)}" for key, names in named.items() if names)])


def record(
    quality: Quality,
    found: Alternatives,
    base: Figures,
    priced: Sequence[Priced],
    clock_hz: int,
    board: str,
) -> Diagnosis:
    """Return the answer as the record that is written: the layers in order, and costs in bytes, cycles and seconds."""

    def cost(figures: Figures | None) -> dict[str, Any] | None:
        if figures is None:
            return None
        return {**asdict(figures), "latency_s": figures.cycles / clock_hz}

    values = {
        "target": board,
        "model": quality.model,
        "quantization": quality.quantization,
        "clock_hz": clock_hz,
        "samples": quality.samples,
        "samples_of": quality.samples_of,
        "compared_absent": quality.compared_absent,
        "layers": [
            {
                "layer": layer.layer,
                "name": layer.float_layer or layer.name,
                "operator": layer.operator,
                "own_snr_db": layer.own_snr_db,
                "snr_db": layer.snr_db,
                "saturated": layer.activations.saturated if layer.activations else None,
                "cause": layer.cause.model_dump() if layer.cause else None,
            }
            for layer in worst_first(quality.layers)
        ],
        "metric": found.metric_name,
        "alternatives_absent": found.absent,
        "as_it_is": {"output_snr_db": found.output_snr_db, "metric": found.metric, "costs": cost(base)},
        "alternatives": [
            {
                "option": option_of(one.alternative),
                **one.alternative.model_dump(exclude={"absent"}),
                "costs": cost(one.figures),
                "absent": one.absent,
            }
            for one in priced
        ],
    }
    return Diagnosis.model_validate(values)


def _signed(change: int, text: str) -> str:
    return f"{'-' if change < 0 else '+'}{text}" if change else "0"
