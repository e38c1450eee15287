"""`tinyml show layer`: what a build knows of a layer, read from its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.cli.layer_text import BINS, histogram, lines, values_of
from scons_tinyml.library.results import find_graph
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.graph.ir import Graph, Layer, Quantization, Tensor
from scons_tinyml.stages.plan.record import LayerPlan
from support.reports import LAYERS, report_with

WEIGHTS = Tensor(
    1, "w", (2, 3), "int8", Quantization((0.5, 0.25), (0, 0)), np.arange(-3, 3, dtype=np.int8).tobytes()
)
GRAPH = Graph(
    "cats",
    (
        Tensor(0, "in", (1, 3), "int8", Quantization((0.1,), (-3,))),
        WEIGHTS,
        Tensor(2, "out", (1, 2), "int8", Quantization((1.0,), (5,))),
    ),
    (Layer(0, "conv", "CONV_2D", (0, 1), (2,), {}),),
    (0,),
    (2,),
)
REPORT = report_with(layers=[LAYERS[0].model_dump()])
PLANNED = LayerPlan(
    *(0, "conv", "CONV_2D", LAYERS[0].kernel, None, 600_000, 512, ()),
    measured_by="cortex-m3 1",
    digest="0123456789abcdef",
)


def build(folder: Path) -> Path:
    write_graph(
        GRAPH, folder / "common/models/cats/int8/graph.json", folder / "common/models/cats/int8/graph.bin"
    )
    others = replace(GRAPH, layers=(replace(GRAPH.layers[0], name="other"),))
    write_graph(
        others, folder / "common/models/cats/given/graph.json", folder / "common/models/cats/given/graph.bin"
    )
    return folder / "stm32l1" / "cats" / "report.json"


def test_the_graph_of_a_report_is_that_with_its_layers(tmp_path):
    assert find_graph(REPORT, build(tmp_path))[1] == GRAPH


def test_a_report_that_was_moved_has_none(tmp_path):
    with pytest.raises(InputError, match="there is no graph of cats with these layers"):
        find_graph(REPORT, tmp_path / "a" / "b" / "report.json")


def test_a_layer():
    found = list(lines(GRAPH, GRAPH.layers[0], REPORT.layers[0], PLANNED, REPORT))
    assert found[:5] == [
        "layer 0: conv (CONV_2D)",
        "  input in: int8 1x3, 3 B, scale 0.1, zero point -3",
        "  constant w: int8 2x3, 6 B, 2 scales along axis 0, 0.25 to 0.5",
        "  output out: int8 1x2, 2 B, scale 1, zero point 5",
        "  codes of w: -3 to 2, mean -0.5",
    ]
    assert found[5 + BINS :] == [
        "  kernel: reference/conv_2d_int8",
        "  proof: byte for byte equal to the oracle on this layer, of the code 0123456789ab",
        "  cycles: 600,000, 75.0 % of the inference, 18.75 ms; emulator, cortex-m3 1",
        "  MACs: 60,000, 10.00 cycles each",
        "  memory: weights 2.9 KiB, scratch 512 B",
        "  not cmsis_nn/conv_2d_int8: is not in kernels=reference",
    ]


@given(st.lists(st.integers(-8, 7), min_size=1, max_size=9))
def test_values_of_int4(values):
    padded = [*values, 0][: len(values) + len(values) % 2]
    data = bytes((low & 15) | (high & 15) << 4 for low, high in zip(padded[::2], padded[1::2], strict=True))
    assert values_of(Tensor(0, "w", (len(values),), "int4", None, data)).tolist() == values


@given(st.lists(st.floats(width=32), min_size=1, max_size=20))
def test_a_histogram_counts_all_finite_values(values):
    data = np.array(values, dtype="<f4")
    first, *bins = [*histogram(Tensor(0, "w", (len(values),), "float32", None, data.tobytes()))] or [""]
    counts = [int(line.rsplit(" ", 1)[1].replace(",", "")) for line in bins]
    finite = data[np.isfinite(data)]
    assert len(bins) == (BINS if len(set(finite.tolist())) > 1 else 0)
    assert sum(counts) == (len(finite) if bins else 0)
    assert first.startswith("  values of w: ") or not bins
