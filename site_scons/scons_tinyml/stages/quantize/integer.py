"""Stage: quantize a float `.tflite`, with the package ai-edge-quantizer.

python -m scons_tinyml.stages quantize.integer --tflite IN.tflite --data IN.npz --int8 OUT.tflite --samples OUT.npz
    --count 256 --named net.tflite --activations 16 --keep-float softmax_9

Weights are symmetric, with a scale for each channel of a convolution and one for a whole matrix, which is what kernels
support. Activations are int8, or int16 and symmetric, inputs and outputs of the network too. Layers that are kept in
another type stand between conversions. Layers that the package knows no integers for stay float32.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError, MissingExtra, UnsupportedError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.visible import visible
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import Splits
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical, read_canonical
from scons_tinyml.stages.graph.tflite.objects import packed, unpacked
from scons_tinyml.stages.native_noise import captured_stderr
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.quantize.labelled import run_samples
from scons_tinyml.stages.quantize.pairs import CONVERSIONS, pairs
from scons_tinyml.stages.quantize.ranges import Range, activation_ranges
from scons_tinyml.stages.quantize.requests import IntegerRequest
from scons_tinyml.stages.quantize.sequences import single_input
from scons_tinyml.stages.samples import write_samples
from scons_tinyml.stages.segments import between

if TYPE_CHECKING:
    from scons_tinyml.stages.samples import FloatArray

DISTRIBUTION = "ai-edge-quantizer"
WEIGHT_BITS = 8
_MATRICES = ("FULLY_CONNECTED", "BATCH_MATMUL")
"""Operators whose weights have one scale: more gain little, and CMSIS-NN of 2024 does not support them."""
_ENDS = ("INPUT", "OUTPUT")
"""Names by which the package calls inputs and outputs of the network."""
_SHOWN = 5
RANDOM_SEED = 0


@dataclass(frozen=True)
class Types:
    """Types of a quantized network: bits of activations, and names of float layers that are kept in another type."""

    activation_bits: int = 8
    keep_float: tuple[str, ...] = ()
    keep_int16: tuple[str, ...] = ()


def main(request: IntegerRequest[Path]) -> None:
    """Quantize, print what stays float32, and write."""
    network = read_canonical(request.tflite)
    types = Types(request.activations, request.keep_float, request.keep_int16)
    splits = read_data(request.data) if request.data else None
    samples = representative(network.graph, splits, request.count, request.named)
    with _named_in_model(request):
        made = quantize(network, samples, request.named, types)
    for note in made.notes:
        print(visible(f"tinyml: {request.named}: {note}"), file=sys.stderr)
    write_bytes(request.int8, made.tflite)
    if request.samples and splits:
        write_samples(request.samples, run_samples(splits, network.graph))


@contextmanager
def _named_in_model(request: IntegerRequest[Path]) -> Iterator[None]:
    """Have mistakes in names of layers told as those of the model.toml that has them."""
    try:
        yield
    except InputError as error:
        if error.key in request.described:
            error.where, error.key = str(request.model), f"quantization.{error.key}"
        raise


def representative(graph: Graph, splits: Splits | None, count: int, where: Path) -> tuple[FloatArray, ...]:
    """Return up to `count` samples of each input: of the training split, random ones where there are no `splits`.

    Raises InputError for a training split without samples.
    """
    if splits is None:
        return random_samples(graph, RANDOM_SEED, count).inputs
    single_input(graph, where)
    if not len(splits.train):
        raise InputError("cannot be quantized without representative samples", where=where, key="dataset")
    return (splits.train.values[:count],)


def quantize(
    network: CanonicalNetwork, samples: tuple[FloatArray, ...], where: Path, types: Types = Types()
) -> CanonicalNetwork:
    """Return `network`, of the file `where`, in `types`; its notes say which other layers stay float32.

    Ranges of activations are those on `samples`, which holds the samples of each input. Raises InputError for a network
    that is quantized already, or has no layer of a name in `types`, UnsupportedError for one of which nothing can be
    quantized, MissingExtra where the package is not installed.
    """
    require_float(network.graph, where)
    _package()
    ranges = activation_ranges(network.tflite, network.graph, samples, where)
    return quantize_with(network, ranges, where, types)


def quantize_with(
    network: CanonicalNetwork, ranges: Mapping[int, Range], where: Path, types: Types
) -> CanonicalNetwork:
    """Return what `quantize` does, by the known `ranges` of the float activations, by number in the file."""
    kept = _kept(network, types, where)
    embedded = canonical(_quantized(network.tflite, ranges, types, kept, where), where)
    made = canonical(_mended(embedded.tflite, where), where)
    require_valid(made.graph, where)
    in_float = _layers_kept(network.graph, made.graph, types, where)
    kind = f"int{types.activation_bits}"
    left = _require_integer(made.graph, in_float, kind, where)
    return CanonicalNetwork(made.tflite, made.graph, _note(left, kind))


def _layers_kept(original: Graph, made: Graph, types: Types, where: Path) -> set[int]:
    """Return the numbers of layers in `made` that are kept in float32.

    Raises UnsupportedError for one that the package did not bring into the type that `types` has for it.
    """
    found = {view.layer.name: made.layers[place] for place, view in pairs(made, original).items()}
    wanted = {**dict.fromkeys(types.keep_float, "float32"), **dict.fromkeys(types.keep_int16, "int16")}
    for name, kind in wanted.items():
        layer = found.get(name)
        if layer is None or made.tensors[layer.outputs[0]].type != kind:
            raise UnsupportedError(
                f"{DISTRIBUTION} {version(DISTRIBUTION)} knows no {kind} version of layer {name}",
                where=where,
                key="keep_float" if kind == "float32" else "keep_int16",
            )
    return {found[name].index for name in types.keep_float}


def _kept(network: CanonicalNetwork, types: Types, where: Path) -> dict[str, tuple[int, ...]]:
    """Return the positions in the file of the operators of each layer that is kept in another type.

    Raises InputError for a name of no layer.
    """
    if not (types.keep_float or types.keep_int16):
        return {}
    views = {view.layer.name: view for view in network.graph.views()}
    model = unpacked(network.tflite, where)
    found = {}
    for key in ("keep_float", "keep_int16"):
        for name in getattr(types, key):
            if name not in views:
                raise InputError(
                    f"has no layer {name!r}; {did_you_mean(name, views)}",
                    where=where,
                    key=key,
                    hint="scons diagnose lists the layers",
                )
            tensors, layer = network.graph.tensors, views[name].layer
            inputs = [tensors[index].file_index for index in layer.inputs if index is not None]
            outputs = [tensors[index].file_index for index in layer.outputs]
            found[name] = tuple(between(model, inputs, outputs))
    return found


def require_float(graph: Graph, where: Path) -> None:
    """Raise InputError for a network with layers of integers."""
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


def _recipe(types: Types, scopes: Mapping[str, Sequence[str]]) -> Any:
    """Return the rules of the package, of which the last one for an operator holds.

    `scopes` has expressions for the operators of each layer that is kept in another type. Inputs and outputs of the
    network have the type of most activations.
    """
    manager = import_module("ai_edge_quantizer.recipe_manager").RecipeManager()
    names = import_module("ai_edge_quantizer.qtyping").TFLOperationName

    def add(expression: str, bits: int) -> None:
        whole = import_module("ai_edge_quantizer.qtyping").QuantGranularity.TENSORWISE
        manager.add_static_config(expression, names.ALL_SUPPORTED, bits, WEIGHT_BITS)
        for name in _MATRICES:
            manager.add_static_config(expression, getattr(names, name), bits, WEIGHT_BITS, whole)

    add(".*", types.activation_bits)
    for layer in types.keep_int16:
        for expression in scopes[layer]:
            add(expression, 16)
    for layer in types.keep_float:
        for expression in scopes[layer]:
            manager.add_quantization_config(expression, names.ALL_SUPPORTED, algorithm_key="no_quantize")
    for name in _ENDS:
        manager.add_static_config("", getattr(names, name), types.activation_bits, WEIGHT_BITS)
    return manager.get_quantization_recipe()


def _quantized(
    tflite: bytes, ranges: Mapping[int, Range], types: Types, kept: Mapping[str, Sequence[int]], where: Path
) -> bytes:
    """Return the file `tflite` in `types`, as the package writes it; `kept` has operators by layer."""
    import numpy as np

    package = _package()
    model = unpacked(tflite, where)
    _prepare(model)
    graph = model.subgraphs[0]
    values = {
        graph.tensors[index].name: {"min": np.array([low]), "max": np.array([high])}
        for index, (low, high) in ranges.items()
    }
    scopes = {
        layer: [
            _scope([graph.tensors[index].name for index in graph.operators[place].outputs])
            for place in places
        ]
        for layer, places in kept.items()
    }
    try:
        with captured_stderr():
            made = package.Quantizer(packed(model), _recipe(types, scopes)).quantize(
                values, enable_progress_report=False
            )
        return bytes(made.quantized_model)
    except Exception as error:  # the package raises nearly any exception
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UnsupportedError(
            f"{DISTRIBUTION} {version(DISTRIBUTION)} cannot quantize the network: {reason}",
            where=where,
            hint="give an int8 .tflite that was quantized otherwise",
        ) from None


def _scope(outputs: Sequence[str]) -> str:
    """Return an expression for the operator with these `outputs`, whose names the package joins."""
    return f"^{re.escape(';'.join(outputs))};$"


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


def _require_integer(graph: Graph, kept: Container[int], kind: str, where: Path) -> list[Layer]:
    """Return the layers that compute in float32, without those of `kept`. Raises InputError when all do."""
    computing = [view for view in graph.views() if view.layer.operator not in CONVERSIONS]
    others = [view for view in computing if view.layer.index not in kept]
    left = [view.layer for view in others if view.output().type == "float32"]
    if computing and not others:
        raise InputError(
            "names all layers of the network",
            where=where,
            key="keep_float",
            hint="quantize=float builds it in float32",
        )
    if len(left) == len(others):
        raise UnsupportedError(
            f"{DISTRIBUTION} {version(DISTRIBUTION)} knows no {kind} version of any of its layers: {_listed(left)}",
            where=where,
            hint="quantize=float builds it in float32",
        )
    return left


def _note(left: list[Layer], kind: str) -> tuple[str, ...]:
    if not left:
        return ()
    count = "1 layer stays" if len(left) == 1 else f"{len(left)} layers stay"
    return (f"{count} float32, as {DISTRIBUTION} knows no {kind} version: {_listed(left)}",)


def _listed(layers: list[Layer]) -> str:
    shown = ", ".join(f"layer {layer.index} ({layer.operator})" for layer in layers[:_SHOWN])
    return shown + (f" and {len(layers) - _SHOWN} more" if len(layers) > _SHOWN else "")
