"""A small valid record of each kind that stages write for each other, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from scons_tinyml.stages.firmware.sizes import Sizes
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.hardware.manifest import ImageRecord, Manifest, Refusal, TrialRecord
from scons_tinyml.stages.plan.assign import Candidate, Measurement, Source
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.measurements import measurements_to_json
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import LayerPlan, Plan, Rejection
from scons_tinyml.stages.quantize.evaluation import Evaluation, MetricValues
from scons_tinyml.stages.run.record import LayerBand, RunResult
from support.small_file import small_network

_SOURCE = Source("d" * 64, "emulator", "2024-01-02T03:04:05+00:00", "cortex-m3-1", "stm32l1")
_VALUES: dict[str, Any] = {
    "plan": Plan(
        MemoryPlan({0: 0, 2: 64}, {1: 128}, arena_bytes=144, lower_bound_bytes=144),
        (
            LayerPlan(0, "relu_0", "RELU", "a/x", None, 123, 0, (Rejection("b/x", "slower", 456),)),
            LayerPlan(1, "reshape_1", "RESHAPE", None, "aliased", None, 0, ()),
        ),
    ).to_json(),
    "footprint": Footprint(
        5000, 64, {"p": Part(100, 0, is_data=True)}, {"a/x": ("p",)}, {0: {"a/x": ("p",)}}
    ).to_json(),
    "measurements": measurements_to_json(
        {0: (Candidate("a/x", 123, True, 0, None, _SOURCE, Measurement(100, _SOURCE), True, "e", 0),)}
    ),
    "accuracy": Evaluation(
        (MetricValues("accuracy", "accuracy", "higher", "fraction", 0.97, 0.96),), 100, 0.99, "tflite-micro 1"
    ).to_json(),
    "run": asdict(
        RunResult(
            *(1000, 900, 256, 2, 20, 0, "oracle", "emulator", "cortex-m3-1", 0.95, 1.05, "fitted"),
            layers=(LayerBand(0, "floating point", 0.95, 1.05, 3),),
        )
    ),
    "sizes": Sizes(
        flash_bytes=5000,
        code_bytes=4000,
        weight_bytes=500,
        data_bytes=4,
        bss_bytes=60,
        arena_bytes=144,
        region_bytes={"FLASH": 5000, "RAM": 208},
        stack_region="RAM",
        sections={".text": 4000},
        code_by_object={"main": 100},
    ).to_json(),
    "images": asdict(
        Manifest(
            VERSION,
            "stm32l1",
            32_000_000,
            (ImageRecord("image0", "d" * 64, (TrialRecord(0, "a/x", 20, 0, 64, "o" * 64),)),),
            (Refusal(1, "b/x", "does not fit"),),
        )
    ),
}
RECORDS = {name: json.dumps(values) for name, values in _VALUES.items()}
"""Text of each record, but for the graph, whose constants are a file of their own."""


def small_graph() -> Graph:
    """A network of two layers, with 12 bytes of constants."""
    return small_network()
