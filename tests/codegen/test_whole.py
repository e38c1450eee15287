"""Whole networks in the emulator: inputs and outputs of every type, constants as operands."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.run.compare import difference
from support.networks import images, quantized_sequence, reducing, remembering, sequence, sequences, several
from support.tflite_builder import NetworkBuilder, to_tflite
from support.whole import Whole

_OUTPUTS = {"loud": "uint8_t", "wide": "int16_t", "count": "int32_t", "plain": "uint8_t"}
_INPUTS = {"image": "uint8_t", "words": "int32_t", "mask": "uint8_t", "wave": "int16_t"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(to_tflite(several()), tmp_path_factory.mktemp("several"))


def test_all_outputs_are_the_oracles(whole: Whole) -> None:
    samples = whole.samples()
    assert whole.answers(samples) == whole.expected(samples)


@pytest.mark.parametrize(
    "network",
    [
        remembering,
        sequence,
        partial(quantized_sequence, "int16"),
        partial(sequences, "int8"),
        partial(sequences, "float32"),
    ],
    ids=["svdf", "lstm", "lstm_int16", "two_lstms_int8", "two_lstms"],
)
def test_what_is_remembered_is_the_oracles_call_after_call(
    network: Callable[[], Graph], tmp_path: Path
) -> None:
    whole = Whole(to_tflite(network()), tmp_path)
    samples = whole.samples(6)
    answers = whole.answers(samples)
    ulps = max(kernel.max_ulps for kernel in whole.kernels.values())
    for (found,), (expected,) in zip(answers, whole.expected(samples), strict=True):
        apart = difference(found, expected, whole.graph.tensors[whole.graph.outputs[0]].type)
        assert apart.within(ulps)
    assert len(set(answers)) == 6
    assert whole.answers(samples[2:3]) != answers[2:3]


def test_the_header_has_an_accessor_by_name_for_each(whole: Whole) -> None:
    header = whole.sources["bench.h"]
    for direction, ports in (("input", _INPUTS), ("output", _OUTPUTS)):
        for name, c_type in ports.items():
            assert f"{c_type} *bench_{direction}_{name}(void);" in header
            assert f"#define BENCH_{direction.upper()}_{name.upper()}_BYTES" in header


def test_kernels_that_may_write_over_their_inputs_do(whole: Whole) -> None:
    assert "int8 1x8 -> int8 1x8: reference/add_int8, over its input" in whole.sources["bench.c"]


def test_constant_operands_lie_in_flash(whole: Whole) -> None:
    constants = whole.sources["bench_weights.h"]
    for name in ("gather_1_input", "add_3_input_1", "greater_7_input_2", "concatenation_8_input_1"):
        assert f"extern const int8_t bench_{name}[" in constants


def test_a_network_that_works_along_axes(tmp_path: Path) -> None:
    found = Whole(to_tflite(reducing()), tmp_path)
    samples = found.samples()
    assert found.answers(samples) == found.expected(samples)


@pytest.mark.parametrize("board", ["stm32g0b1", "stm32l4"])
@pytest.mark.parametrize("type_name", ["int8", "int16", "float32"])
def test_kernels_of_one_image_run_for_each(
    type_name: Literal["int8", "int16", "float32"], board: str, tmp_path: Path
) -> None:
    found = Whole(to_tflite(images(type_name)), tmp_path, board)
    samples = found.samples()
    assert found.answers(samples) == found.expected(samples)
    called = {found.graph.layers[layer].operator: kernel.images for layer, kernel in found.kernels.items()}
    three = ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D")
    assert called == {**dict.fromkeys(three, 3), "PAD": 1, "TRANSPOSE_CONV": 4}
    comment = "1: CONV_2D, .*: reference/conv_2d_.*, for each of 3 images"
    assert re.search(comment, found.sources["bench.c"])


def test_the_first_dimension_of_an_input_need_not_be_a_batch(tmp_path: Path) -> None:
    net = NetworkBuilder()
    source, output = (net.activation((6, n), "int8", scale=0.5) for n in (8, 5))
    weights = net.constant(np.arange(-20, 20, dtype=np.int8).reshape(5, 8), scales=[0.02])
    options = {"weights_format": "DEFAULT", "keep_num_dims": False, "fused_activation_function": "NONE"}
    net.layer("FULLY_CONNECTED", [source, weights], [output], **options)
    found = Whole(to_tflite(net.finish([source], [output])), tmp_path)
    samples = found.samples()
    assert [len(value) for value in samples[0]] == [48]
    assert found.answers(samples) == found.expected(samples)
