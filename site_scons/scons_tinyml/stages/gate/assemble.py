"""Assembly of a report from the results of all stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from scons_tinyml.records.board import Board
from scons_tinyml.records.limits import Limit
from scons_tinyml.records.metric import DROP
from scons_tinyml.records.report import (
    UNITS,
    Accuracy,
    Agreement,
    ArenaUse,
    BitExactness,
    Finding,
    FlashSymbol,
    FlashUse,
    FunctionCycles,
    Latency,
    LayerReport,
    LimitInForce,
    NetworkType,
    ProjectState,
    Provenance,
    RamUse,
    RegionUse,
    Rejected,
    Report,
    Resource,
    Unit,
    verdict,
)
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.sizes import Sizes
from scons_tinyml.stages.gate.checks import check
from scons_tinyml.stages.gate.energy import energy_use
from scons_tinyml.stages.gate.multiply import multiply_bound
from scons_tinyml.stages.gate.origins import code_band, hardware_cycles, packs_used
from scons_tinyml.stages.gate.shares import arena_blocks, peak_shares, producers_of
from scons_tinyml.stages.gate.symbols import flash_symbols
from scons_tinyml.stages.gate.tensors import tensor_reports
from scons_tinyml.stages.graph.code_kinds import weight_tensors
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.measure.hardware.clock import TOLERANCE as CLOCK_TOLERANCE
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.memory import layers_in_place
from scons_tinyml.stages.plan.record import LayerPlan, Plan
from scons_tinyml.stages.plan.state import state_bytes
from scons_tinyml.stages.quantize.evaluation import Evaluation
from scons_tinyml.stages.run.record import RunResult

COSTLY_FUNCTIONS = 64
"""Number of the costliest functions in the report."""


@dataclass(frozen=True)
class Build:
    """An image with the results of all stages."""

    board: Board
    model: str
    quantization: NetworkType
    graph: Graph
    plan: Plan
    sizes: Sizes
    run: RunResult
    evaluation: Evaluation | str
    """Accuracy, or the reason why there is none."""
    limits: Mapping[str, Limit]
    provenance: Provenance
    project: ProjectState | None = None
    footprint: Footprint | None = None
    """Parts of kernels, which say what code is for."""
    inferences_per_hour: float | None = None
    """Rate that average power is computed for."""
    is_part: bool = False
    """True for one network of an application: flash, RAM and regions are judged once for all."""


def assemble(build: Build) -> Report:
    """Return the report of `build` with findings and verdict.

    Pure function: equal builds give equal reports.
    """
    board, run = build.board, build.run
    metrics = _metrics(build)
    facts = Report(
        target=board.name,
        part=board.part,
        core=board.core_name,
        clock_hz=board.clock,
        model=build.model,
        quantization=build.quantization,
        verdict="pass",
        findings=(),
        limits=limits_of(build.limits, metrics),
        flash_bytes=build.sizes.flash_bytes,
        ram_bytes=_ram_bytes(build),
        cycles=_cycles(build),
        instructions=run.instructions,
        latency_s=_latency(build),
        energy=energy_use(board, _latency(build), build.inferences_per_hour),
        accuracy=metrics[0] if metrics else None,
        metrics=metrics[1:],
        accuracy_absent=build.evaluation if isinstance(build.evaluation, str) else None,
        inputs=tensor_reports(build.graph, "input"),
        outputs=tensor_reports(build.graph, "output"),
        network_changes=build.graph.notes,
        layers=_layers(build),
        functions=tuple(FunctionCycles(**asdict(one)) for one in run.functions[:COSTLY_FUNCTIONS]),
        multiply_bound=multiply_bound(board, build.quantization),
        flash=flash_use(build.sizes, flash_symbols(build.sizes, build.graph, build.plan, build.footprint)),
        ram=_ram(build),
        regions=_regions(build),
        memory_plan=_memory_plan(build),
        agreement=_agreement(build),
        bit_exact=_bit_exact(run),
        provenance=build.provenance,
        project=build.project,
        packs=packs_used(build.plan),
    )
    findings = tuple(found for found in check(facts) if _counts(build, found))
    return facts.model_copy(update={"findings": findings, "verdict": verdict(findings)})


def _counts(build: Build, finding: Finding) -> bool:
    """Return whether `finding` is one: layers do not add up to more than the network's own function."""
    other = build.is_part and build.run.measured != f"{c_identifier(build.graph.name)}_invoke"
    return not (other and finding.kind == "agreement")


def limits_of(limits: Mapping[str, Limit], metrics: Sequence[Accuracy] = ()) -> dict[Resource, LimitInForce]:
    """Return `limits` as a report has them; `metrics` have the units of those of metrics."""
    units = {name: one.unit for one in metrics for name in (one.name, f"{one.name}{DROP}")}
    return {
        name: _limit(limit, UNITS.get(name) or units.get(name, "fraction")) for name, limit in limits.items()
    }


def _limit(limit: Limit, unit: Unit) -> LimitInForce:
    return LimitInForce(
        value=limit.value,
        unit=unit,
        source=limit.source,
        asked=limit.asked.value if limit.asked else None,
        asked_by=limit.asked.source if limit.asked else None,
    )


def _ram_bytes(build: Build) -> int:
    sizes = build.sizes
    return sizes.data_bytes + sizes.bss_bytes + sizes.arena_bytes + build.run.stack_bytes


def _on_board(build: Build) -> bool:
    """Return whether a board has measured the layers; all rows are of one class."""
    return any(layer.evidence == "hardware" for layer in build.plan.layers if layer.kernel)


def _cycles(build: Build) -> int:
    return sum(layer.cycles or 0 for layer in build.plan.layers) if _on_board(build) else build.run.cycles


def _latency(build: Build) -> Latency:
    run, seconds = build.run, (_cycles(build) + build.run.interrupt_cycles) / build.board.clock
    if _on_board(build):
        return _latency_on_board(build, seconds)
    return Latency(
        value=seconds,
        low=seconds * run.band_low,
        high=seconds * run.band_high,
        evidence=run.evidence,
        measured_by=run.timing_model,
        band=run.band,
    )


def _latency_on_board(build: Build, seconds: float) -> Latency:
    """Return the latency by the rows of a board.

    Its slow end adds the cycles between layers, counted in the emulator.
    """
    ratio = _agreement(build).ratio
    between = max(0.0, 1 / ratio - 1) if ratio else 0.0
    return Latency(
        value=seconds,
        low=seconds * (1 - CLOCK_TOLERANCE),
        high=seconds * (1 + CLOCK_TOLERANCE) * (1 + between),
        evidence="hardware",
        measured_by=", ".join(sorted({layer.measured_by for layer in build.plan.layers if layer.kernel})),
        band=f"the sum of the layers, each measured alone; the board's clock was checked to within "
        f"{100 * CLOCK_TOLERANCE:g} %, and the run in the emulator takes {100 * between:.1f} % more than its layers",
    )


def _metrics(build: Build) -> tuple[Accuracy, ...]:
    found = build.evaluation
    if isinstance(found, str):
        return ()
    return tuple(
        Accuracy(
            name=one.name,
            metric=one.metric,
            better=one.better,
            unit=one.unit,
            samples=found.samples,
            overlap=found.overlap,
            float=one.of_float,
            int8=one.of_int8,
            drop=None if one.drop is None else round(one.drop, 12),
            deployed=one.of_float if build.quantization == "float" else one.of_int8,
        )
        for one in found.metrics
    )


def _layers(build: Build) -> tuple[LayerReport, ...]:
    in_place = layers_in_place(build.graph, build.plan.memory)
    return tuple(
        _layer(build.graph, layer, layer.index in in_place, build.run) for layer in build.plan.layers
    )


def _layer(graph: Graph, planned: LayerPlan, in_place: bool, run: RunResult) -> LayerReport:
    layer = graph.layers[planned.index]
    operator = find_operator(layer.operator)
    view = graph.view(layer)
    made = graph.tensors[layer.outputs[0]] if layer.outputs else None
    return LayerReport(
        index=planned.index,
        name=layer.name,
        operator=layer.operator,
        macs=operator.macs(view) if operator else 0,
        kernel=planned.kernel,
        cycles=planned.cycles or 0,
        weight_bytes=sum(tensor.size_bytes for tensor in weight_tensors(view)),
        scratch_bytes=planned.scratch_bytes,
        inputs=producers_of(graph, layer),
        output=made.name if made else "",
        type=made.type if made else "",
        shape=tuple(made.shape) if made else (),
        in_place=in_place,
        rejected=tuple(
            Rejected(kernel=one.kernel, reason=one.reason, cycles=one.cycles) for one in planned.rejected
        ),
        hardware=hardware_cycles(planned, run),
        code=code_band(planned, run),
    )


def flash_use(sizes: Sizes, symbols: tuple[FlashSymbol, ...] = ()) -> FlashUse:
    """Return the flash of an image by use, with its largest `symbols`."""
    return FlashUse(
        code_bytes=sizes.code_bytes,
        weight_bytes=sizes.weight_bytes,
        other_bytes=sizes.flash_bytes - sizes.code_bytes - sizes.weight_bytes,
        sections=dict(sizes.sections),
        functions=dict(sorted(sizes.code_by_object.items(), key=lambda item: -item[1])),
        symbols=symbols,
    )


def _ram(build: Build) -> RamUse:
    sizes = build.sizes
    return RamUse(
        data_bytes=sizes.data_bytes,
        bss_bytes=sizes.bss_bytes,
        arena_bytes=sizes.arena_bytes,
        stack_bytes=build.run.stack_bytes,
    )


def _regions(build: Build) -> tuple[RegionUse, ...]:
    if build.is_part:
        return ()
    stack = {build.sizes.stack_region: build.run.stack_bytes}
    return tuple(
        RegionUse(
            name=region.name,
            kind=region.kind,
            used_bytes=build.sizes.region_bytes.get(region.name, 0) + stack.get(region.name, 0),
            size_bytes=region.size,
        )
        for region in build.board.memory
    )


def _memory_plan(build: Build) -> ArenaUse:
    scratch_bytes = {layer.index: layer.scratch_bytes for layer in build.plan.layers}
    peak_layer, placed = arena_blocks(build.graph, build.plan.memory, scratch_bytes)
    return ArenaUse(
        arena_bytes=build.plan.memory.arena_bytes if build.is_part else build.sizes.arena_bytes,
        state_bytes=state_bytes(build.graph),
        lower_bound_bytes=build.plan.memory.lower_bound_bytes,
        peak=peak_shares(build.graph, scratch_bytes, layers_in_place(build.graph, build.plan.memory)),
        peak_layer=peak_layer,
        blocks=placed,
    )


def _agreement(build: Build) -> Agreement:
    total = sum(layer.cycles_in_emulator for layer in build.plan.layers)
    return Agreement(sum_of_layers_cycles=total, run_cycles=build.run.cycles, ratio=total / build.run.cycles)


def _bit_exact(run: RunResult) -> BitExactness:
    return BitExactness(
        oracle=run.oracle,
        samples=run.samples,
        compared_bytes=run.compared_bytes,
        differing_bytes=run.differing_bytes,
        max_ulps=run.max_ulps,
        tolerance_ulps=run.tolerance_ulps,
    )
