"""Stage: quantize a float `.tflite` to int8, with the package ai-edge-quantizer.

python -m scons_tinyml.stages quantize.integer --tflite IN.tflite --data IN.npz --int8 OUT.tflite --samples OUT.npz
    --count 256 --named net.tflite

Weights are symmetric, with a scale for each channel of a convolution and one for a whole matrix, which is what kernels
support. Activations are int8, inputs and outputs of the network too. Layers that the package knows no integers for stay
float32.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError, MissingExtra, UnsupportedError
from scons_tinyml.records.visible import visible
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical, read_canonical
from scons_tinyml.stages.graph.tflite.objects import packed, unpacked
from scons_tinyml.stages.native_noise import captured_stderr
from scons_tinyml.stages.quantize.labelled import run_samples
from scons_tinyml.stages.quantize.ranges import Range, activation_ranges
from scons_tinyml.stages.quantize.requests import IntegerRequest
from scons_tinyml.stages.quantize.sequences import single_input
from scons_tinyml.stages.samples import write_samples

if TYPE_CHECKING:
    from scons_tinyml.stages.samples import FloatArray

DISTRIBUTION = "ai-edge-quantizer"
_BITS = 8
_MATRICES = ("FULLY_CONNECTED", "BATCH_MATMUL")
"""Operators whose weights have one scale: more gain little, and CMSIS-NN of 2024 does not support them."""
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")
_SHOWN = 5


def main(request: IntegerRequest[Path]) -> None:
    """Quantize, print what stays float32, and write."""
    network = read_canonical(request.tflite)
    single_input(network.graph, request.named)
    splits = read_data(request.data)
    made = quantize(network, (splits.train.values[: request.count],), request.named)
    for note in made.notes:
        print(visible(f"tinyml: {request.named}: {note}"), file=sys.stderr)
    write_bytes(request.int8, made.tflite)
    write_samples(request.samples, run_samples(splits, network.graph))


def quantize(network: CanonicalNetwork, samples: tuple[FloatArray, ...], where: Path) -> CanonicalNetwork:
    """Return `network`, of the file `where`, in int8; its notes say which layers stay float32.

    Ranges of activations are those on `samples`, which holds the samples of each input. Raises InputError for a network
    that is quantized already, UnsupportedError for one of which nothing can be quantized, MissingExtra where the
    package is not installed.
    """
    _require_float(network.graph, where)
    package = _package()
    ranges = activation_ranges(network.tflite, network.graph, samples, where)
    embedded = canonical(_quantized(network.tflite, ranges, package, where), where)
    made = canonical(_mended(embedded.tflite, where), where)
    require_valid(made.graph, where)
    return CanonicalNetwork(made.tflite, made.graph, _note(_require_integer(made.graph, where)))


def _require_float(graph: Graph, where: Path) -> None:
    for view in graph.views():
        found = view.output()
        if found.quantization is not None and found.type != "float32":
            raise InputError(
                f"has integer layers already, such as layer {view.layer.index} ({view.layer.operator}) of {found.type}",
                where=where,
                hint="a network is quantized once: leave out the representative samples, or give its float version",
            )


def _package() -> Any:
    """Return the module of the package that quantizes. Raises MissingExtra."""
    try:
        return import_module("ai_edge_quantizer.quantizer")
    except ImportError as error:
        raise MissingExtra(
            "quantize",
            f"a float .tflite is quantized by {DISTRIBUTION}, which cannot be imported: {error}",
            otherwise="or give an int8 .tflite",
        ) from None


def _recipe() -> Any:
    manager = import_module("ai_edge_quantizer.recipe_manager").RecipeManager()
    types = import_module("ai_edge_quantizer.qtyping")
    manager.add_static_config(".*", types.TFLOperationName.ALL_SUPPORTED, _BITS, _BITS)
    for name in _MATRICES:
        operator = getattr(types.TFLOperationName, name)
        manager.add_static_config(".*", operator, _BITS, _BITS, types.QuantGranularity.TENSORWISE)
    return manager.get_quantization_recipe()


def _quantized(tflite: bytes, ranges: Mapping[int, Range], package: Any, where: Path) -> bytes:
    """Return the file `tflite` in int8, as the package writes it."""
    import numpy as np

    model = unpacked(tflite, where)
    _prepare(model)
    tensors = model.subgraphs[0].tensors
    values = {
        tensors[index].name: {"min": np.array([low]), "max": np.array([high])}
        for index, (low, high) in ranges.items()
    }
    try:
        with captured_stderr():
            made = package.Quantizer(packed(model), _recipe()).quantize(values, enable_progress_report=False)
        return bytes(made.quantized_model)
    except Exception as error:  # the package raises nearly any exception
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UnsupportedError(
            f"{DISTRIBUTION} {version(DISTRIBUTION)} cannot quantize the network: {reason}",
            where=where,
            hint="give an int8 .tflite that was quantized otherwise",
        ) from None


def _prepare(model: Any) -> None:
    """Change what the package does not understand: old operator codes, and names that are shared or lacking."""
    model.signatureDefs = model.signatureDefs or []
    for code in model.operatorCodes:
        code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)
    tensors = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    counts = Counter(tensor.name for tensor in tensors)
    for number, tensor in enumerate(tensors):
        name = (tensor.name or b"").decode("ascii", "replace")
        is_usable = name.isascii() and name.isprintable() and name and counts[tensor.name] == 1
        tensor.name = name if is_usable else f"tensor {number} of {len(tensors)}"


def _mended(tflite: bytes, where: Path) -> bytes:
    """Return the file with types for results that nothing reads, such as parts of a SPLIT: the package skips them."""
    model = unpacked(tflite, where)
    graph = model.subgraphs[0]
    read = {index for operator in graph.operators for index in operator.inputs} | {*graph.outputs}
    for operator in graph.operators:
        results = [graph.tensors[index] for index in operator.outputs]
        like = next(
            (one for index, one in zip(operator.outputs, results, strict=True) if index in read), None
        )
        for index, one in zip(operator.outputs, results, strict=True):
            if like is not None and index not in read:
                one.type, one.quantization = like.type, like.quantization
    return packed(model)


def _require_integer(graph: Graph, where: Path) -> list[Layer]:
    """Return the layers that compute in float32. Raises UnsupportedError when all do."""
    computing = [view for view in graph.views() if view.layer.operator not in _CONVERSIONS]
    left = [view.layer for view in computing if view.output().type == "float32"]
    if len(left) == len(computing):
        raise UnsupportedError(
            f"{DISTRIBUTION} {version(DISTRIBUTION)} knows no int8 version of any of its layers: {_listed(left)}",
            where=where,
            hint="quantize=float builds it in float32",
        )
    return left


def _note(left: list[Layer]) -> tuple[str, ...]:
    if not left:
        return ()
    count = "1 layer stays" if len(left) == 1 else f"{len(left)} layers stay"
    return (f"{count} float32, as {DISTRIBUTION} knows no int8 version: {_listed(left)}",)


def _listed(layers: list[Layer]) -> str:
    shown = ", ".join(f"layer {layer.index} ({layer.operator})" for layer in layers[:_SHOWN])
    return shown + (f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else "")
