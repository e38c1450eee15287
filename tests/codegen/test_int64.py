"""A network that takes identifiers of 64 bits, as embeddings of Keras and PyTorch do, whole in the emulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder, to_tflite
from support.whole import Whole

KERNELS = [
    "reference/compare_int64",
    "reference/add_int64",
    "reference/select_v2_any",
    "reference/gather_any",
    "reference/cast_int64",
    "reference/gather_any",
    "reference/add_int8",
    "reference/cast_int8",
]


def looked_up() -> Graph:
    """Rows of two tables: as Keras writes it, where positions below 0 count from the end, and as PyTorch's become.

    The answer is of int64 too.
    """
    net, random = NetworkBuilder("looked_up"), np.random.default_rng(5)

    def table(rows: int) -> int:
        values = random.integers(-128, 128, (rows, 4)).astype(np.int8)
        return net.constant(values, scales=[0.05], zero_points=[3])

    words, sums, places, answer = (
        net.activation(shape, "int64") for shape in ((1, 6), (1, 6), (1, 6), (1, 6, 4))
    )
    below, short = net.activation((1, 6), "bool"), net.activation((1, 6), "int32")
    found = [net.activation((1, 6, 4), "int8", scale=0.05, zero_point=3) for _ in range(2)]
    total = net.activation((1, 6, 4), "int8", scale=0.1, zero_point=-5)
    zero, length = (net.constant(np.array(value, np.int64)) for value in (0, 7))
    net.layer("LESS", [words, zero], [below])
    net.layer("ADD", [words, length], [sums], fused_activation_function="NONE", pot_scale_int16=False)
    net.layer("SELECT_V2", [below, sums, words], [places])
    net.layer("GATHER", [table(7), places], [found[0]], axis=0, batch_dims=0)
    net.layer("CAST", [words], [short])
    net.layer("GATHER", [table(9), short], [found[1]], axis=0, batch_dims=0)
    net.layer("ADD", found, [total], fused_activation_function="NONE", pot_scale_int16=False)
    net.layer("CAST", [total], [answer])
    return net.finish([words], [answer])


def test_answers_are_the_oracles(tmp_path: Path) -> None:
    whole = Whole(to_tflite(looked_up()), tmp_path)
    assert [kernel.name for kernel in whole.kernels.values()] == KERNELS
    assert "int64_t *bench_input(void);" in whole.sources["bench.h"]
    assert "int64_t *bench_output(void);" in whole.sources["bench.h"]
    samples = whole.samples()
    words = {int(word) for sample in samples for word in np.frombuffer(sample[0], np.int64)}
    assert words <= set(range(7)) and len(words) > 3
    assert whole.answers(samples) == whole.expected(samples)
