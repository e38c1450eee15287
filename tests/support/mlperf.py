"""The MLPerf Tiny networks, which lie beside the repository and are not part of it. Tests skip without them."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "models"

INT8 = ("ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8")
FLOAT = ("ad01_fp32", "pretrainedResnet", "vww_96_float")
HYBRID = "kws_ref_model_float32"
"""Name of a network with dynamic-range quantization: float activations, and int8 weights in convolutions."""


def mlperf_file(name: str) -> Path:
    """Return the file of the network `name`; skip the test without it."""
    path = FOLDER / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside the repository")
    return path
