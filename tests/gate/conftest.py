from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.limits import Limit
from scons_tinyml.records.report import Provenance
from scons_tinyml.stages.firmware.sizes import Sizes
from scons_tinyml.stages.gate.assemble import Build
from scons_tinyml.stages.graph.ir import Graph, Layer, Quantization, Tensor
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import LayerPlan, Plan, Rejection
from scons_tinyml.stages.quantize.evaluation import Evaluation, MetricValues
from scons_tinyml.stages.run.record import FunctionCycles, LayerBand, RunResult

ROOT = Path(__file__).parents[2]
PART = "cmsis_nn.a(dense.o): .text.function_19"
PER_TENSOR = Quantization(scales=(0.5,), zero_points=(0,))


def _graph():
    """Four values, reshaped, times a 4x3 matrix."""
    tensors = (
        Tensor(0, "image", (1, 2, 2), "int8", PER_TENSOR),
        Tensor(1, "shape", (2,), "int32", data=bytes([1, 0, 0, 0, 4, 0, 0, 0])),
        Tensor(2, "flat", (1, 4), "int8", PER_TENSOR),
        Tensor(3, "matrix", (3, 4), "int8", PER_TENSOR, bytes(range(12))),
        Tensor(4, "bias", (3,), "int32", Quantization((0.25,), (0,)), bytes(12)),
        Tensor(5, "classes", (1, 3), "int8", PER_TENSOR),
    )
    dense = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    layers = (
        Layer(0, "flatten", "RESHAPE", (0, 1), (2,), {}),
        Layer(1, "dense", "FULLY_CONNECTED", (2, 3, 4), (5,), dense),
    )
    return Graph("tiny", tensors, layers, (0,), (5,))


@pytest.fixture
def build():
    return Build(
        board=read_board(ROOT / "boards" / "stm32l4.toml"),
        model="tiny",
        quantization="int8",
        graph=_graph(),
        plan=Plan(
            MemoryPlan(
                offsets={0: 0, 2: 0, 5: 16}, scratch_offsets={1: 32}, arena_bytes=48, lower_bound_bytes=48
            ),
            (
                LayerPlan(0, "flatten", "RESHAPE", None, "aliased", None, 0, ()),
                LayerPlan(
                    index=1,
                    name="dense",
                    operator="FULLY_CONNECTED",
                    kernel="cmsis_nn/fully_connected_int8",
                    reason=None,
                    cycles=790,
                    scratch_bytes=10,
                    rejected=(
                        Rejection("reference/fully_connected_int8", "slower: 900 cycles against 790", 900),
                    ),
                ),
            ),
        ),
        sizes=Sizes(
            flash_bytes=5000,
            code_bytes=4000,
            weight_bytes=24,
            data_bytes=8,
            bss_bytes=16,
            arena_bytes=48,
            region_bytes={"FLASH": 5000, "SRAM1": 72},
            stack_region="SRAM2",
            sections={".text": 4000, ".rodata": 900},
            code_by_object={f"function_{number:02}": number for number in range(20)},
            data_by_object={"tiny_dense_filter": 512, "dense_params": 84, "vectors": 400},
        ),
        run=RunResult(
            cycles=800,
            instructions=700,
            stack_bytes=256,
            samples=2,
            compared_bytes=6,
            differing_bytes=0,
            oracle="tflite-micro 1",
            evidence="emulator",
            timing_model="cortex-m4 3",
            band_low=0.9,
            band_high=1.25,
            band="compared with eight images",
            cycles_by_sample=(800, 790),
            functions=(
                FunctionCycles("function_19", 700, 600, 1),
                FunctionCycles("tiny_invoke", 100, 100, 1),
            ),
            layers=(LayerBand(1, "integer, weights read once", 0.9, 1.25, 8),),
        ),
        evaluation=Evaluation(
            (MetricValues("accuracy", "balanced accuracy", "higher", "fraction", 0.91, 0.9),),
            500,
            0.97,
            "tflite-micro 1",
        ),
        limits={"flash": Limit(1_048_576, "capacity of stm32l4"), "latency": Limit(0.04, "command line")},
        provenance=Provenance(scons_tinyml="0.1.0", compiler="gcc 12", timing_model="cortex-m4 3"),
        footprint=Footprint(
            flash_bytes=4000,
            ram_bytes=24,
            parts={PART: Part(19, 0)},
            kernels={"cmsis_nn/fully_connected_int8": (PART,)},
        ),
    )
