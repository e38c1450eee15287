"""Networks of TensorFlow Lite Micro's audio front end and of loops become firmware with the oracle's bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml import library
from scons_tinyml.stages.firmware.toolchain import COMPILER
from scons_tinyml.stages.litert import oracle_for
from support.audio import SAMPLES, front_end
from support.tflite_builder import to_tflite

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")


def test_samples_of_a_microphone_become_features(tmp_path):
    workspace = library.open_workspace(ROOT / "boards" / "stm32l4.toml", tmp_path, sets=("reference",))
    file = tmp_path / "front_end.tflite"
    file.write_bytes(to_tflite(front_end()))
    network = library.load_network(file, tmp_path)
    report = library.build_firmware(network, workspace).report
    assert report.verdict == "pass"
    assert (report.bit_exact.compared_bytes, report.bit_exact.differing_bytes) == (64, 0)
    kernels = [layer.kernel for layer in report.layers if layer.kernel]
    assert kernels[:3] == [
        "reference/signal_window_int16",
        "reference/signal_fft_auto_scale_int16",
        "reference/signal_rfft_int16",
    ]


def test_the_noise_estimate_begins_anew_in_each_sample():
    """TensorFlow Lite Micro keeps it inside of the operator, where no tensor of the file shows it."""
    oracle = oracle_for(to_tflite(front_end()))
    tone = np.round(9000 * np.sin(np.arange(SAMPLES) / 2)).astype(np.int16)[np.newaxis]
    first, second = (oracle.run([tone])[0].tolist() for _ in range(2))
    third = oracle.run([tone], go_on=True)[0].tolist()
    assert first == second != third
