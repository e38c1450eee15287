"""The report of a build, `report.json`, for CI and people, with a JSON Schema of its own.

Sizes are in bytes, times in seconds, shares in percent. A figure that is not available is null, and a field
beside it gives the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from scons_tinyml.records.budget import ACCURACY
from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_INPUT, EXIT_INTERNAL, EXIT_PASS
from scons_tinyml.records.metric import Better
from scons_tinyml.records.remedies import Remedies
from scons_tinyml.records.report_base import ReportRecord
from scons_tinyml.records.units import (
    format_bytes,
    format_fraction,
    format_joules,
    format_number,
    format_seconds,
    format_watts,
)

SCHEMA_VERSION: Final = 1

RESOURCES: dict[str, str] = {
    "flash": "flash",
    "ram": "RAM",
    "latency": "latency",
    "energy": "energy",
    "average_power": "average power",
    "accuracy": "accuracy",
    "accuracy_drop": "accuracy drop",
}
"""Resources that can be limited, and what people call them."""

Verdict = Literal["pass", "fail"]
NetworkType = Literal["int8", "int16x8", "mixed", "float"]
"""Type of a network. 'int16x8' has activations of 16 bits and weights of 8, 'mixed' layers of several types."""
Unit = Literal["bytes", "seconds", "joules", "watts", "fraction", "number", "cycles"]
Resource = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A key of RESOURCES, or the name of another metric, which may end in DROP: 'f1', 'f1_drop'."""

UNITS: dict[str, Unit] = {
    "flash": "bytes",
    "ram": "bytes",
    "latency": "seconds",
    "energy": "joules",
    "average_power": "watts",
}
"""Units of limits; those of metrics have the unit of the metric."""
FindingKind = Resource
"""The resource, or 'region', 'agreement', 'evidence', 'bit_exactness'."""


def resource_title(resource: str) -> str:
    """Return what people call `resource`: 'RAM', 'accuracy drop', 'f1 drop'."""
    return RESOURCES.get(resource, resource.replace("_", " "))


class Share(ReportRecord):
    """One part of a whole, such as a layer that takes much of the latency."""

    name: str
    value: float = Field(description="in the unit of the finding")
    percent: float = Field(description="of the whole that the finding is about")


class Finding(ReportRecord):
    """One result of the checks. An error makes the verdict 'fail', a warning does not."""

    kind: FindingKind
    severity: Literal["error", "warning"]
    message: str = Field(description="one sentence")
    used: float | None = None
    limit: float | None = None
    unit: Unit | None = None
    over_by: float | None = Field(default=None, description="how far `used` is on the wrong side of `limit`")
    limit_source: str | None = Field(default=None, description="where the limit was set")
    region: str | None = Field(default=None, description="memory region that is too small")
    heaviest: tuple[Share, ...] = Field(default=(), description="what contributes most, largest first")
    advice: str | None = Field(default=None, description="the one change that would help most")


class LimitInForce(ReportRecord):
    """A limit in force: that of the last source that sets one, and the board's capacity where that is smaller."""

    value: float
    unit: Unit
    source: str
    asked: float | None = Field(
        default=None, description="a budget above the capacity, which is not in force"
    )
    asked_by: str | None = Field(default=None, description="where that budget was set")


class FlashSymbol(ReportRecord):
    """A function or object of the image, with what it is for."""

    name: str
    flash_bytes: int = Field(gt=0)
    use: Literal["weights", "kernel", "network", "other"] = Field(
        description="'network' calls the kernels, 'other' is start-up code, C library and sources of users"
    )
    kernel_set: str | None = Field(default=None, description="set of a kernel's code")
    layers: tuple[int, ...] = Field(default=(), description="layers that use it")


class FlashUse(ReportRecord):
    """Flash of the image by use; the parts add up to `flash_bytes` of the report."""

    code_bytes: int = Field(ge=0)
    weight_bytes: int = Field(ge=0, description="constant tensors")
    other_bytes: int = Field(ge=0, description="vector table, parameters, other constants, initial data")
    sections: dict[str, int] = Field(default_factory=dict, description="sections of the ELF file")
    functions: dict[str, int] = Field(default_factory=dict, description="code by function")
    symbols: tuple[FlashSymbol, ...] = Field(
        default=(),
        description="the largest functions and objects; what they lack of the whole is small or a gap",
    )


class RamUse(ReportRecord):
    """RAM by use; the parts add up to `ram_bytes` of the report."""

    data_bytes: int = Field(ge=0)
    bss_bytes: int = Field(ge=0, description="without the arena")
    arena_bytes: int = Field(ge=0)
    stack_bytes: int = Field(ge=0, description="deepest use seen in the run")


class RegionUse(ReportRecord):
    """One memory region of the board."""

    name: str
    kind: Literal["flash", "ram"]
    used_bytes: int = Field(ge=0)
    size_bytes: int = Field(gt=0)


class ArenaBlock(ReportRecord):
    """Bytes of the arena with one lifetime, counted in layers: -1 is before the first one."""

    name: str
    kind: Literal["tensor", "scratch"]
    first: int = Field(ge=-1, description="layer that writes it; -1 for inputs of the network")
    last: int = Field(ge=0, description="last layer that needs it; the number of layers for outputs")
    offset_bytes: int = Field(ge=0)
    size_bytes: int = Field(gt=0)


class ArenaUse(ReportRecord):
    """Size of the arena, the least that any plan needs, and the blocks that are alive at its peak."""

    arena_bytes: int = Field(ge=0)
    state_bytes: int = Field(default=0, ge=0, description="kept between inferences, outside of the arena")
    lower_bound_bytes: int = Field(ge=0)
    peak: tuple[Share, ...] = Field(default=(), description="tensors and scratch alive at the peak, bytes")
    peak_layer: int | None = Field(default=None, ge=-1, description="the first layer at the peak")
    blocks: tuple[ArenaBlock, ...] = Field(default=(), description="all tensors and scratch in the arena")


class Latency(ReportRecord):
    """Time of one inference in seconds, with the error band of its evidence."""

    value: float = Field(gt=0)
    low: float = Field(gt=0)
    high: float = Field(gt=0, description="what the budget is compared with")
    evidence: Literal["hardware", "emulator"]
    measured_by: str = Field(default="", description="timing model, or measuring firmware and board")
    band: str = Field(description="what low and high come from")


class EnergyUse(ReportRecord):
    """Energy of an inference, an estimate: voltage and current of a data sheet times the latency."""

    voltage_v: float = Field(gt=0)
    run_current_a: float = Field(gt=0)
    sleep_current_a: float | None = Field(
        default=None, gt=0, description="between inferences; null: not known"
    )
    joules: float = Field(gt=0)
    low_joules: float = Field(gt=0)
    high_joules: float = Field(gt=0, description="what the budget is compared with")
    inferences_per_hour: float | None = Field(default=None, gt=0)
    average_power_w: float | None = Field(
        default=None,
        gt=0,
        description="at that rate, with sleep between; null where either is not known",
    )
    source: str = Field(description="documents of the figures")

    def power_w(self, inferences_per_hour: float, latency_s: float) -> float | None:
        """Return the average power at a rate of inferences that take `latency_s`, None without a sleep current."""
        if self.sleep_current_a is None:
            return None
        awake = min(inferences_per_hour * latency_s / 3600, 1)
        return self.voltage_v * (self.run_current_a * awake + self.sleep_current_a * (1 - awake))


class Accuracy(ReportRecord):
    """A metric on the test split; null where that version of the network was not evaluated."""

    name: str = Field(default=ACCURACY, description="name of the metric in the model.toml and in limits")
    metric: str = Field(description="function that computes it")
    better: Better = Field(default="higher", description="which values are better")
    unit: Literal["fraction", "number"] = "fraction"
    samples: int = Field(gt=0)
    overlap: int = Field(
        default=0, ge=0, description="test samples that the training or validation split has, too"
    )
    float_: float | None = Field(alias="float")
    int8: float | None = Field(description="that of the quantized version, also of another type than int8")
    drop: float | None = Field(
        description="by how much the quantized version is worse; negative when it is better"
    )
    deployed: float | None = Field(description="that of the network in this image")


class Rejected(ReportRecord):
    """A kernel that could not, or need not, be chosen for a layer."""

    kernel: str
    reason: str
    cycles: int | None = Field(default=None, gt=0, description="where it was measured and proven")


class TensorReport(ReportRecord):
    """An input or output of the network; real value = scale * (value - zero_point) where it is quantized."""

    name: str = Field(description="in the file's signature, else of the tensor")
    accessor: str = Field(description="C function that returns its address")
    type: str
    shape: tuple[int, ...]
    scale: float | None = None
    zero_point: int | None = None


class HardwareCycles(ReportRecord):
    """Cycles of a layer's kernel on a board, beside those in the emulator and the band that these allow."""

    cycles: int = Field(gt=0)
    emulator_cycles: int = Field(gt=0)
    least_cycles: int = Field(ge=0, description="the fast end of the band of the timing model")
    most_cycles: int = Field(gt=0, description="the slow end of the band")
    measured_by: str = Field(description="measuring firmware and board")
    pack: str | None = Field(default=None, description="pack that the row came with; null: measured here")
    decides: bool = Field(description="false: of a pack that nobody trusts")

    @property
    def agrees(self) -> bool:
        """True if the board's cycles are within the band."""
        return self.least_cycles <= self.cycles <= self.most_cycles


class PackUse(ReportRecord):
    """A pack of measurements, or a file of seeds, with rows for kernels of this image."""

    name: str
    digest: str | None = Field(description="SHA-256 of its rows, or of the file of seeds")
    signer: str | None = Field(description="public key that has signed it")
    evidence: Literal["hardware", "emulator"]
    layers: int = Field(gt=0, description="layers whose kernel has a row of it")
    cycles: int = Field(gt=0, description="sum over these layers")
    decided: bool = Field(description="its rows chose kernels, and hardware rows make the latency")


class CodeBand(ReportRecord):
    """Kind of a layer's code, and the error band that the comparisons of its kind with boards allow."""

    kind: str = Field(description="'floating point'; 'tinyml timing' has all kinds")
    low: float = Field(lt=0, gt=-1, description="relative error at the fast end, such as -0.05")
    high: float = Field(gt=0, description="relative error at the slow end")
    comparisons: int = Field(ge=0, description="programs of this kind that a board has run; 0: a guess")


class LayerReport(ReportRecord):
    """One layer in execution order. A layer without a kernel costs nothing: its output is its input."""

    index: int = Field(ge=0)
    name: str
    operator: str
    macs: int = Field(ge=0)
    kernel: str | None
    cycles: int = Field(ge=0)
    weight_bytes: int = Field(ge=0)
    scratch_bytes: int = Field(ge=0)
    inputs: tuple[int, ...] = Field(
        default=(), description="layers whose outputs it reads; -1 for inputs of the network"
    )
    output: str = Field(default="", description="tensor of its output, by its name in the network's file")
    type: str = Field(default="", description="type of its output")
    shape: tuple[int, ...] = Field(default=(), description="shape of its output")
    in_place: bool = Field(default=False, description="its output is computed over its input")
    rejected: tuple[Rejected, ...] = ()
    hardware: HardwareCycles | None = Field(default=None, description="where a board has measured its kernel")
    code: CodeBand | None = Field(default=None, description="of its cycles in the emulator")


class FunctionCycles(ReportRecord):
    """Cycles of a function itself in the emulator, without what it called."""

    name: str
    cycles: int = Field(ge=0)
    instructions: int = Field(ge=0)
    calls: int = Field(ge=0)


class MultiplyBound(ReportRecord):
    """Cycles of the core's instructions for a multiply-accumulate, loads and loops not counted."""

    instructions: str = Field(description="such as 'smlad'")
    cycles: int = Field(gt=0)
    macs: int = Field(gt=0, description="multiply-accumulates that they compute")

    @property
    def cycles_per_mac(self) -> float:
        """Fewest cycles of a multiply-accumulate of a kernel that uses these instructions."""
        return self.cycles / self.macs


class Agreement(ReportRecord):
    """Comparison of the sum of the layers' cycles with the cycles of the whole run, both of the emulator."""

    sum_of_layers_cycles: int = Field(ge=0)
    run_cycles: int = Field(gt=0)
    ratio: float = Field(ge=0, description="sum / run")


class BitExactness(ReportRecord):
    """Comparison of the image's outputs with the oracle's."""

    oracle: str
    samples: int = Field(ge=0)
    compared_bytes: int = Field(ge=0)
    differing_bytes: int = Field(ge=0)
    max_ulps: int = Field(default=0, ge=0, description="float32: distance of the worst value")
    tolerance_ulps: int = Field(default=0, ge=0, description="float32: distance that passes")

    @property
    def holds(self) -> bool:
        """True if every byte is the oracle's, or every float32 is within the tolerance."""
        return self.differing_bytes == 0 or 0 < self.max_ulps <= self.tolerance_ulps


class Provenance(ReportRecord):
    """Tools and sources that the figures come from."""

    scons_tinyml: str
    compiler: str
    timing_model: str = Field(description="version, which names the core")
    kernel_sources: dict[str, str] = Field(
        default_factory=dict, description="kernel set to source and version"
    )
    network_sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="of the .tflite that was built"
    )


class ProjectState(ReportRecord):
    """State of the project that was built, as its builder said; null where nothing was said."""

    commit: str | None = Field(default=None, pattern="^[0-9a-f]{7,64}$")
    dirty: bool | None = Field(default=None, description="true: files differed from the commit's")
    built: str | None = Field(
        default=None,
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="time in UTC, such as 2026-11-29T22:00:00Z",
    )


def verdict(findings: Sequence[Finding]) -> Verdict:
    """Return 'fail' if any finding is an error, otherwise 'pass'."""
    return "fail" if errors(findings) else "pass"


def errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that make the verdict 'fail'."""
    return tuple(finding for finding in findings if finding.severity == "error")


class Report(ReportRecord):
    """Figures, findings and verdict of one network on one board."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    part: str
    core: str
    clock_hz: int = Field(gt=0)
    model: str
    quantization: NetworkType
    verdict: Verdict
    findings: tuple[Finding, ...]
    limits: dict[Resource, LimitInForce]
    flash_bytes: int = Field(ge=0, description="the whole image")
    ram_bytes: int = Field(ge=0, description="data, bss, arena and worst stack")
    cycles: int = Field(
        gt=0,
        description="one inference, the slowest of the samples; the sum over the layers where a board measured them",
    )
    instructions: int = Field(gt=0)
    latency_s: Latency
    energy: EnergyUse | None = Field(default=None, description="where the board file has currents")
    accuracy: Accuracy | None = Field(description="the first metric of the model")
    metrics: tuple[Accuracy, ...] = Field(default=(), description="its other metrics")
    accuracy_absent: str | None = Field(default=None, description="why there is no accuracy")
    inputs: tuple[TensorReport, ...] = ()
    outputs: tuple[TensorReport, ...] = ()
    network_changes: tuple[str, ...] = Field(
        default=(), description="what was fused or left out of the network; its outputs stay equal"
    )
    layers: tuple[LayerReport, ...]
    functions: tuple[FunctionCycles, ...] = Field(
        default=(), description="the costliest functions of the run that `cycles` are of"
    )
    multiply_bound: MultiplyBound | None = Field(default=None, description="of the type of the network")
    flash: FlashUse
    ram: RamUse
    regions: tuple[RegionUse, ...]
    memory_plan: ArenaUse
    agreement: Agreement
    bit_exact: BitExactness
    provenance: Provenance
    project: ProjectState | None = Field(
        default=None, description="commit and time that commit=, dirty= and built= give"
    )
    packs: tuple[PackUse, ...] = Field(
        default=(), description="rows of others: those that decided, and those shown"
    )
    remedies: Remedies | None = Field(
        default=None, description="other kernels and boards, where a limit of size or time is not kept"
    )

    @model_validator(mode="after")
    def _verdict_is_that_of_the_findings(self) -> Report:
        if self.verdict != verdict(self.findings):
            raise ValueError(f"the verdict is {self.verdict!r}, the findings say {verdict(self.findings)!r}")
        return self

    @property
    def all_metrics(self) -> tuple[Accuracy, ...]:
        """All metrics in the order of the model; none without labelled samples."""
        return () if self.accuracy is None else (self.accuracy, *self.metrics)

    @property
    def exit_code(self) -> int:
        """Exit code of a build that ends with this report.

        An image whose output is not the oracle's is a bug of ours, because each of its kernels was proven alone.
        Figures that contradict each other are no verdict about a budget.
        """
        kinds = {finding.kind for finding in errors(self.findings)}
        if "bit_exactness" in kinds:
            return EXIT_INTERNAL
        if "evidence" in kinds:
            return EXIT_INPUT
        return EXIT_BUDGET if kinds else EXIT_PASS


_FORMATS: dict[str, Callable[[float], str]] = {
    "seconds": format_seconds,
    "joules": format_joules,
    "watts": format_watts,
}


def format_value(unit: Unit, value: float) -> str:
    """Return a figure with its unit: '12.3 KiB', '3.21 ms', '0.9012', '12.346'."""
    if unit == "bytes":
        return format_bytes(round(value))
    if unit in _FORMATS:
        return _FORMATS[unit](value)
    return format_fraction(value) if unit == "fraction" else format_number(value)


def capacity_note(resource: str, asked_bytes: float, asked_by: str, capacity: str) -> str:
    """Return 'flash: 200.0 KiB (command line) is more than the capacity of stm32l1, which is the limit in force'."""
    return f"{resource_title(resource)}: {capacity_words(asked_bytes, asked_by, capacity)}"


def capacity_words(asked_bytes: float, asked_by: str, capacity: str) -> str:
    """Return '200.0 KiB (command line) is more than the capacity of stm32l1, which is the limit in force'."""
    return (
        f"{format_bytes(round(asked_bytes))} ({asked_by}) is more than the {capacity}, "
        "which is the limit in force"
    )
