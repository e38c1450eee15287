"""Layers for generators, with extremes of weights, inputs and quantization, and their run on a core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from hypothesis import event
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.core import Core as LoweredCore
from scons_tinyml.stages.lowering.generators import find_generators
from scons_tinyml.stages.lowering.implementation import (
    Absent,
    ConstantData,
    EachImage,
    GeneratedCode,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
)
from scons_tinyml.stages.lowering.lower import lower_layer
from support.arm_machine import NULL, ArmMachine, Core
from support.cases import ACTIVATIONS, IMAGES, ZERO_POINTS, Case
from support.kernel_calls import KERNELS
from support.oracle import run_oracle
from support.routines import Assembled, assemble
from support.tflite_builder import NetworkBuilder

GENERATORS = find_generators(KERNELS / "generated")
_WEIGHTS = ("any", "any", "ends", "positive", "with -128", "zero")
_INPUTS = ("any", "ends", "greatest sums", "least sums")


def weights(draw: st.DrawFn, random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Return weights of `shape`, random ones or extremes."""
    kind = draw(st.sampled_from(_WEIGHTS))
    if kind == "ends":
        return random.choice(np.array([-127, 127], np.int8), shape)
    if kind == "zero":
        return np.zeros(shape, np.int8)
    least = {"positive": 0, "with -128": -128}.get(kind, -127)
    return random.integers(least, 128, shape).astype(np.int8)


def inputs(
    draw: st.DrawFn, random: np.random.Generator, shape: tuple[int, ...], signs: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Return inputs of `shape`: random ones, extremes, or those with the extreme sums of weights with `signs`."""
    kind = draw(st.sampled_from(_INPUTS))
    if kind == "any":
        return random.integers(-128, 128, shape).astype(np.int8)
    if kind == "ends":
        return random.choice(np.array([-128, 127], np.int8), shape)
    best = np.where((signs >= 0) == (kind == "greatest sums"), 127, -128).astype(np.int8)
    return np.broadcast_to(best, shape).copy()


def product(
    draw: st.DrawFn,
    operator: str,
    shapes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
    **options: int | str | bool,
) -> Case:
    """Return a layer with shapes of input, weights and output. Factors make outputs of most sizes."""
    net, random = NetworkBuilder(), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    taps = weights(draw, random, shapes[1])
    channels = taps.shape[0]
    count = channels if draw(st.booleans()) else 1
    reach = float(max(1, 128 * np.abs(taps.reshape(channels, -1).astype(int)).sum(1).max()))
    spread = np.exp2(-random.uniform(0, draw(st.sampled_from([0.5, 3, 12])), count))
    factors = draw(st.floats(0.3, 40)) * 128 / reach * spread
    most = int(reach) if draw(st.booleans()) else 2**15
    tensors: list[int | None] = [
        net.activation(shapes[0], "int8", scale=0.5, zero_point=draw(ZERO_POINTS)),
        net.constant(taps, scales=[float(2 * factor) for factor in factors]),
    ]
    bias = random.integers(-most, most + 1, channels).astype(np.int32)
    tensors.append(net.constant(bias, scales=[float(f) for f in factors]) if draw(st.booleans()) else None)
    output = net.activation(shapes[2], "int8", scale=1.0, zero_point=draw(ZERO_POINTS))
    used = tensors if tensors[2] is not None or operator == "FULLY_CONNECTED" else tensors[:2]
    net.layer(operator, used, [output], fused_activation_function=draw(ACTIVATIONS), **options)
    graph = net.finish([0], [output])
    signs = taps.reshape(channels, -1)[draw(st.integers(0, channels - 1)), -shapes[0][-1] :]
    return Case(graph, (inputs(draw, random, shapes[0], np.resize(signs, shapes[0][-1])),))


@st.composite
def fully_connected(draw: st.DrawFn, rows: int | None = None) -> Case:
    """Layers of one row and more."""
    count = draw(st.sampled_from([1, 1, 2, 3, 5])) if rows is None else rows
    depth, channels = draw(st.integers(1, 90)), draw(st.integers(1, 14))
    return product(
        draw,
        "FULLY_CONNECTED",
        ((count, depth), (channels, depth), (count, channels)),
        weights_format="DEFAULT",
        keep_num_dims=False,
    )


@st.composite
def pointwise(draw: st.DrawFn, most_channels: int = 90, most_pixels: int = 6) -> Case:
    """1x1 convolutions with any strides, of one image and more; `most_channels` are those of the input."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, most_pixels))
    depth = draw(st.integers(1, most_channels))
    stride_h, stride_w = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 2), (3, 1)]))
    channels = depth if draw(st.booleans()) else draw(st.integers(1, 14))
    images = draw(IMAGES)
    rows, columns = -(-height // stride_h), -(-width // stride_w)
    return product(
        draw,
        "CONV_2D",
        ((images, height, width, depth), (channels, 1, 1, depth), (images, rows, columns, channels)),
        padding=draw(st.sampled_from(["SAME", "VALID"])),
        stride_h=stride_h,
        stride_w=stride_w,
        dilation_h_factor=1,
        dilation_w_factor=1,
    )


def lowered(case: Case, core: Core, features: Sequence[str] = ("fpu", "dsp")) -> tuple[Lowered, ...]:
    """Return what the generators offer for the layer, on a core that has no others than `features`."""
    found = frozenset(name for name in core.features if name in features)
    return lower_layer(case.view, GENERATORS, LoweredCore(core.name, found))  # type: ignore[arg-type]


def results(item: Implementation, case: Case, core: Core, folder: Path) -> Iterator[NDArray[np.generic]]:
    """Yield the first output, then the output over each input of its size where that is allowed.

    Every call keeps registers, stack, guards, constants and, where it is not over them, inputs.
    """
    size = case.view.output().size_bytes
    by_index = dict(zip(case.graph.inputs, case.inputs, strict=True))
    layer = case.view.layer.inputs
    same = [at for at, index in enumerate(layer) if index in by_index and by_index[index].nbytes == size]
    built = _built(item, core, folder)
    for over in (None, *(same if item.in_place else ())):
        yield _result(item, case, built, over)


def _built(item: Implementation, core: Core, folder: Path) -> Assembled:
    """Return the function, assembled once for all examples."""
    assert isinstance(item.code, GeneratedCode)
    key = (item.code, core)
    if key not in _BUILT:
        _BUILT[key] = assemble(item.code, folder, core)
    return _BUILT[key]


_BUILT: dict[tuple[GeneratedCode, Core], Assembled] = {}


def _result(item: Implementation, case: Case, built: Assembled, over: int | None) -> NDArray[np.generic]:
    machine, tensor = ArmMachine(built.core, built.segments), case.view.output()
    by_index = dict(zip(case.graph.inputs, case.inputs, strict=True))
    positions = {
        position: machine.store(by_index[index].tobytes())
        for position, index in enumerate(case.view.layer.inputs)
        if index in by_index
    }
    constants = {constant.role: machine.store(constant.data) for constant in item.constants}
    output = machine.reserve(tensor.size_bytes) if over is None else positions[over]
    scratch = machine.reserve(item.scratch_bytes) if item.scratch_bytes else NULL

    def address(argument: object, image: int) -> int:
        if isinstance(argument, EachImage):
            size = case.inputs[0].nbytes if isinstance(argument.address, Input) else tensor.size_bytes
            return address(argument.address, image) + image * size // argument.images
        if isinstance(argument, Input):
            return positions[argument.position]
        if isinstance(argument, Output):
            return output
        if isinstance(argument, ConstantData):
            return constants[argument.role]
        return NULL if isinstance(argument, Absent) else scratch

    for image in range(item.images):
        machine.call(item.name, built.address, [address(argument, image) for argument in item.arguments])
    for constant in item.constants:
        assert machine.read(constants[constant.role], len(constant.data)) == constant.data
    for position, address_of_input in positions.items():
        if position != over:
            kept = by_index[case.view.layer.inputs[position]]
            assert machine.read(address_of_input, kept.nbytes) == kept.tobytes(), "an input has changed"
    data = machine.read(output, tensor.size_bytes)
    return np.frombuffer(data, tensor.type).reshape(tensor.shape)


def assert_oracle(found: Iterable[Lowered], case: Case, core: Core, folder: Path) -> None:
    """Check that each implementation in `found` gives the oracle's bytes; refusals are counted by Hypothesis."""
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        event(item.name if isinstance(item, Implementation) else item.reason)
        if isinstance(item, Refusal):
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)
