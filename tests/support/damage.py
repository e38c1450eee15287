"""Damage to `.tflite` files, to their bytes and to the tables of the flatbuffer. A seed always does the same damage."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.effort import examples
from support.kernel_calls import KERNELS, KernelFolder
from support.networks import small_int8
from support.tflite_builder import packed, to_tflite

_INTS = (-(2**31), -(2**16), -129, -2, -1, 0, 1, 2, 3, 4, 5, 8, 127, 255, 2**15, 2**16, 2**24, 2**31 - 1)
_FLOATS = (0.0, -0.0, -1.0, 1e-45, 1e-38, 1e-10, 0.5, 1.0, 2.0, 1e10, 3e38, math.inf, -math.inf, math.nan)
_WORDS = (0, 1, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC, 0x10000000)
_LAST_OPERATOR = 210
_LAST_TYPE = 22

SEEDS = (
    "small",
    *(f"{kernel.operator} {kernel.type}" for kernel in KernelFolder(KERNELS / "reference").kernels),
)
"""Names of valid files: a small network, and a layer for each reference kernel."""


@cache
def seed_file(name: str) -> bytes:
    """Return the file called `name` in SEEDS: the largest of a few with batch 1, the same in every run."""
    if name == "small":
        return to_tflite(small_int8())
    found: list[tuple[bool, int, bytes]] = []

    @settings(
        max_examples=examples(3),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(KERNEL_CASES[name.split()[0]](name.split()[1]))
    def draw(case: Case) -> None:
        inputs = [case.graph.tensors[index].shape for index in case.graph.inputs]
        data = to_tflite(case.graph)
        found.append((all(len(shape) < 2 or shape[0] == 1 for shape in inputs), len(data), data))

    draw()
    return max(found)[-1]


def damaged_bytes(name: str, seed: int) -> bytes:
    """Return the file `name` with some bytes changed, missing, or from another file."""
    random = Random(seed)
    data = bytearray(seed_file(name))
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        random.choice(_BYTE_DAMAGE)(random, data)
    return bytes(data)


def damaged_tables(name: str, seed: int) -> bytes:
    """Return the file `name` with other values in its tables: a readable flatbuffer, whose network may be invalid."""
    random = Random(seed)
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(seed_file(name)), 0))
    for _ in range(random.choice((1, 1, 2, 3))):
        random.choice(_TABLE_DAMAGE)(random, model)
    try:
        return packed(model)
    except (TypeError, OverflowError):  # the number does not fit its field
        return damaged_tables(name, seed + 1)


def _flip(random: Random, data: bytearray) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _truncate(random: Random, data: bytearray) -> None:
    del data[random.randrange(len(data) + 1) :]


def _splice(random: Random, data: bytearray) -> None:
    other = seed_file(random.choice(SEEDS))
    start, length = random.randrange(len(other)), random.randrange(1, 64)
    place = 4 * random.randrange(len(data) // 4 + 1)
    data[place : place + length] = other[start : start + length]


def _word(random: Random, data: bytearray) -> None:
    """Write a huge length, or a huge or negative offset."""
    if len(data) >= 4:
        struct.pack_into("<I", data, 4 * random.randrange(len(data) // 4), random.choice(_WORDS))


def _offset(random: Random, data: bytearray) -> None:
    """Write an offset that leads to any place in the file, to itself, or to the beginning."""
    if len(data) >= 8:
        place = 4 * random.randrange(len(data) // 4)
        target = random.choice((place, 0, 4 * random.randrange(len(data) // 4)))
        struct.pack_into("<i", data, place, target - place)


_BYTE_DAMAGE: Sequence[Callable[[Random, bytearray], None]] = (
    _flip,
    _flip,
    _truncate,
    _splice,
    _word,
    _offset,
)


def _tensor(random: Random, model: Any) -> Any:
    return random.choice(model.subgraphs[0].tensors)


def _operator(random: Random, model: Any) -> Any:
    return random.choice(model.subgraphs[0].operators)


def _edited(random: Random, values: Any, choices: Sequence[Any]) -> list[Any]:
    """Return `values` with one of them replaced, removed, or repeated."""
    found = list(values) if values is not None else []
    place = random.randrange(len(found)) if found else 0
    kind = random.randrange(4) if found else 3
    if kind == 0:
        found[place] = random.choice(choices)
    elif kind == 1:
        del found[place]
    elif kind == 2:
        found.insert(place, found[place])
    else:
        found.append(random.choice(choices))
    return found


def _shape(random: Random, model: Any) -> None:
    tensor = _tensor(random, model)
    tensor.shape = _edited(random, tensor.shape, _INTS)


def _signature(random: Random, model: Any) -> None:
    tensor = _tensor(random, model)
    tensor.shapeSignature = _edited(random, tensor.shape, _INTS)


def _type(random: Random, model: Any) -> None:
    _tensor(random, model).type = random.randrange(_LAST_TYPE)


def _buffer(random: Random, model: Any) -> None:
    _tensor(random, model).buffer = random.choice((*range(len(model.buffers) + 2), 2**31, 2**32 - 1))


def _quantization(random: Random, model: Any) -> None:
    found = _tensor(random, model).quantization or schema.QuantizationParametersT()
    kind = random.randrange(3)
    if kind == 0:
        found.scale = _edited(random, found.scale, _FLOATS)
    elif kind == 1:
        found.zeroPoint = _edited(random, found.zeroPoint, (*_INTS, -(2**63), 2**63 - 1))
    else:
        found.quantizedDimension = random.choice(_INTS)
    _tensor(random, model).quantization = found


def _indices(random: Random, model: Any) -> None:
    graph = model.subgraphs[0]
    owner = random.choice((graph, _operator(random, model), _operator(random, model)))
    role = random.choice(("inputs", "outputs"))
    setattr(owner, role, _edited(random, getattr(owner, role), (*range(-1, len(graph.tensors) + 1), *_INTS)))


def _code(random: Random, model: Any) -> None:
    """Change the operator, but not its tensors and options."""
    code = random.choice(model.operatorCodes)
    code.builtinCode = random.randrange(_LAST_OPERATOR)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)


def _option(random: Random, model: Any) -> None:
    options = _operator(random, model).builtinOptions
    names = (
        [name for name, value in vars(options).items() if isinstance(value, (bool, int, float))]
        if options
        else []
    )
    if not names:
        return
    name = random.choice(names)
    value = getattr(options, name)
    choices = (False, True) if isinstance(value, bool) else _FLOATS if isinstance(value, float) else _INTS
    setattr(options, name, random.choice(choices))


def _no_options(random: Random, model: Any) -> None:
    operator = _operator(random, model)
    operator.builtinOptions, operator.builtinOptionsType = None, 0


def _constant(random: Random, model: Any) -> None:
    """Change the values in a buffer, or their number."""
    buffer = random.choice(model.buffers)
    data = bytearray(b"" if buffer.data is None else bytes(buffer.data))
    random.choice(_BYTE_DAMAGE)(random, data)
    buffer.data = np.frombuffer(bytes(data), np.uint8)


def _variable(random: Random, model: Any) -> None:
    _tensor(random, model).isVariable = True


_TABLE_DAMAGE: Sequence[Callable[[Random, Any], None]] = (
    *(_shape, _shape, _signature, _type, _buffer, _quantization, _quantization, _indices, _indices),
    *(_code, _option, _option, _no_options, _constant, _constant, _variable),
)
