"""Float kernels on a board: each value is compared in units of the last place, and each byte as well."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import pytest

from scons_tinyml.stages.measure.hardware import images
from support.benches import make_bench
from support.board_player import record
from support.tflite_builder import NetworkBuilder

VALUES = 9


def network():
    net = NetworkBuilder("floats")
    x, y = (net.activation((1, VALUES), "float32") for _ in range(2))
    net.layer("RELU", [x], [y])
    return net.finish([x], [y])


def nudged(output: bytes, ulps: int) -> bytes:
    """The third value further from zero."""
    words = list(struct.unpack(f"<{VALUES}I", output))
    words[2] += ulps
    return struct.pack(f"<{VALUES}I", *words)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return make_bench("stm32l4", tmp_path_factory.mktemp("floats"), network())


@pytest.mark.parametrize(
    ("change", "differing", "ulps"),
    [
        (lambda output: output, 0, 0),
        (lambda output: nudged(output, 1), 1, 1),
        (lambda output: nudged(output, 300), 2, 300),
        (lambda _: b"\x00\x00\x00\x80" * VALUES, None, None),
    ],
)
def test_distances_are_told(bench, monkeypatch, change, differing, ulps):
    board_trials = images.board_trials
    seen = []

    def altered(campaign):
        for trial in board_trials(campaign):
            (sample,) = trial.bench.samples
            wrong = change(sample.outputs[0])
            seen.append((sample.outputs[0], wrong))
            bench = replace(trial.bench, samples=(replace(sample, outputs=(wrong,)),))
            yield replace(trial, bench=bench)

    monkeypatch.setattr(images, "board_trials", lambda campaign: tuple(altered(campaign)))
    bench.make_images()
    lines = record(bench.board, bench.manifest.parent / "bench-1.elf", 0.01)
    (line,) = (heard.data for heard in lines if b'"trial"' in heard.data)
    found = json.loads(line[: line.rindex(b" ")])
    ((right, wrong),) = seen
    apart = [abs(order(a) - order(b)) for a, b in zip(words(right), words(wrong), strict=True)]
    bytes_apart = sum(a != b for a, b in zip(right, wrong, strict=True))
    assert (found["compared_bytes"], found["differing_bytes"]) == (4 * VALUES, bytes_apart)
    assert found["max_ulps"] == max(apart)
    assert (differing, ulps) in {(bytes_apart, max(apart)), (None, None)}


def words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{VALUES}I", data)


def order(bits: int) -> int:
    """-0.0 and 0.0 are the same value."""
    return -(bits & 0x7FFFFFFF) if bits >> 31 else bits
