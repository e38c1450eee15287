"""A layer of a build in words: tensors, quantization, histogram of the weights, kernel, proof, cycles."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from scons_tinyml.records.names import shorten
from scons_tinyml.records.report import LayerReport, Report
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.stages.graph.ir import Graph, Layer, Quantization, Tensor
from scons_tinyml.stages.plan.record import LayerPlan

BINS = 16
_BAR_CELLS = 40
_SHOWN_SCALES = 2
_SHOWN_REJECTED = 5
_DIGEST_DIGITS = 12
_TYPES = {
    "int8": "i1",
    "uint8": "u1",
    "bool": "u1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "float32": "<f4",
}


def lines(
    graph: Graph, layer: Layer, reported: LayerReport, planned: LayerPlan, report: Report
) -> Iterator[str]:
    """Yield what is known of `layer`, a line each."""
    yield f"layer {layer.index}: {shorten(layer.name)} ({layer.operator})"
    tensors = [graph.tensors[index] for index in layer.inputs if index is not None]
    for tensor in tensors:
        yield f"  {'constant' if tensor.is_constant else 'input'} {_tensor(tensor)}"
    for index in layer.outputs:
        yield f"  output {_tensor(graph.tensors[index])}"
    for tensor in tensors:
        if tensor.is_constant and tensor.elements > 1:
            yield from histogram(tensor)
    yield from _kernel(reported, planned, report)


def _tensor(tensor: Tensor) -> str:
    shape = "x".join(map(str, tensor.shape)) or "a scalar"
    size = format_bytes(tensor.size_bytes)
    return f"{shorten(tensor.name)}: {tensor.type} {shape}, {size}{_scales(tensor.quantization)}"


def _scales(found: Quantization | None) -> str:
    if found is None:
        return ""
    if not found.per_channel:
        return f", scale {found.scales[0]:.6g}, zero point {found.zero_points[0]}"
    least, most = min(found.scales), max(found.scales)
    return f", {len(found.scales)} scales along axis {found.axis}, {least:.6g} to {most:.6g}"


def values_of(tensor: Tensor) -> np.ndarray:
    """Return the stored values of a constant, flat; codes where it is quantized."""
    data = tensor.data or b""
    if tensor.type == "int4":
        pairs = np.frombuffer(data, np.uint8)
        nibbles = np.stack([pairs & 15, pairs >> 4], axis=1).reshape(-1)[: tensor.elements].astype(np.int8)
        return np.where(nibbles > 7, nibbles - 16, nibbles)
    return np.frombuffer(data, _TYPES[tensor.type])


def histogram(tensor: Tensor) -> Iterator[str]:
    """Yield the distribution of a constant's values: a line for each of BINS intervals."""
    values = values_of(tensor)
    found = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not found.size:
        return
    real = found.astype(np.float64)
    least, span = real.min(), real.max() - real.min()
    what = "codes" if tensor.quantization else "values"
    yield f"  {what} of {shorten(tensor.name)}: {found.min():g} to {found.max():g}, mean {real.mean():.4g}"
    if not span:
        return
    bins = np.minimum(((real - least) / span * BINS).astype(np.int64), BINS - 1)
    counts, edges = np.bincount(bins, minlength=BINS), least + span * np.arange(BINS + 1) / BINS
    ends = [f"{low:>10.4g} to {high:<10.4g}" for low, high in pairwise(edges)]
    for end, count in zip(ends, counts, strict=True):
        yield f"    {end} {'#' * -(-count * _BAR_CELLS // int(counts.max())):{_BAR_CELLS}} {count:,}".rstrip()


def _kernel(reported: LayerReport, planned: LayerPlan, report: Report) -> Iterator[str]:
    if reported.kernel is None:
        yield "  kernel: none needed, its output is its input"
        return
    yield f"  kernel: {reported.kernel}{', its weights are copied to RAM' if planned.ram_constants else ''}"
    equal = f"within {planned.max_ulps} ulps of" if planned.max_ulps else "byte for byte equal to"
    yield f"  proof: {equal} the oracle on this layer, of the code {planned.digest[:_DIGEST_DIGITS]}"
    share = reported.cycles / report.cycles
    seconds = format_seconds(reported.cycles / report.clock_hz)
    evidence = f"{planned.evidence}, {planned.measured_by}" + (f", {planned.pack}" if planned.pack else "")
    yield f"  cycles: {reported.cycles:,}, {100 * share:.1f} % of the inference, {seconds}; {evidence}"
    if reported.macs:
        yield f"  MACs: {reported.macs:,}, {reported.cycles / reported.macs:.2f} cycles each"
    if reported.code:
        low, high = (1 + end for end in (reported.code.low, reported.code.high))
        yield f"  error band: {low:.3f} to {high:.3f} of these cycles, as code of the kind '{reported.code.kind}'"
    yield f"  memory: weights {format_bytes(reported.weight_bytes)}, scratch {format_bytes(reported.scratch_bytes)}"
    measured = sorted(
        (one for one in reported.rejected if one.cycles is not None), key=lambda one: one.cycles or 0
    )
    for one in measured[:_SHOWN_REJECTED]:
        yield f"  not {one.kernel}: {one.reason}"
