from dataclasses import replace

import pytest

from scons_tinyml.costs.key import ProofKey
from scons_tinyml.costs.rows import CostRow, Proof
from support import cost_rows

KEY = replace(cost_rows.KEY, compiler="arm-none-eabi-gcc 12.2.1", timing_version="1")
OBJECT = "a" * 64


@pytest.fixture
def row():
    def make(cycles=1000, **changes):
        return CostRow(
            key=replace(KEY, **changes),
            cycles=cycles,
            instructions=900,
            measured_at="2024-01-02T03:04:05+00:00",
            tool_version="scons-tinyml 0.1.0",
            object_digest=OBJECT,
        )

    return make


@pytest.fixture
def proof():
    def make(differing_bytes=0, **changes):
        key = ProofKey(
            "1" * 64, KEY.kernel, KEY.kernel_digest, "", KEY.compiler, KEY.flags, KEY.core, "tflite-micro 1"
        )
        return Proof(
            replace(key, **changes),
            784,
            differing_bytes,
            0,
            None,
            "2024-01-02T03:04:05+00:00",
            "scons-tinyml 0.1.0",
            OBJECT,
        )

    return make
