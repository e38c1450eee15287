"""The MLPerf Tiny networks lie beside the repository and are no part of it: tests skip without them."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "models"

INT8 = ("ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8")
FLOAT = ("ad01_fp32", "pretrainedResnet", "vww_96_float")
HYBRID = "kws_ref_model_float32"
"""Floats between the layers, and int8 weights with a scale each in convolutions: made by dynamic-range quantization."""


def mlperf_file(name: str) -> Path:
    """The file of the network `name`, or the test is skipped."""
    path = FOLDER / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside the repository")
    return path
