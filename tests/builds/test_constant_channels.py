"""What passes over the graph change, in whole builds: channels that are the same for every input, clamps, functions."""

from __future__ import annotations

from pathlib import Path

from support.chains import two_layers, with_silu
from support.networks import SMALL_KERNELS
from support.project import Project
from support.tflite_builder import to_tflite

ARGUMENTS = ("target=stm32l4", "model=two.tflite")


def test_they_are_left_out_and_the_option_keeps_them(tmp_path: Path, shared_cache: Path) -> None:
    project = Project.clone(tmp_path / "clone", cache=shared_cache)
    project.take_kernels(*SMALL_KERNELS, "reference/lookup_int8")
    graph = with_silu(two_layers([100] * 4, padding="VALID", zero_point=0))
    (project.folder / "two.tflite").write_bytes(to_tflite(graph))
    first = project.scons(*ARGUMENTS)
    assert first.code == 0, first.errors
    assert "tinyml: two: channels that are the same for every input" in first.errors
    left_out = project.report("stm32l4", "two")
    assert left_out["bit_exact"]["differing_bytes"] == 0
    assert [layer["operator"] for layer in left_out["layers"]] == ["CONV_2D", "CONV_2D", "LOOKUP"]
    limits, table, channels = left_out["network_changes"]
    assert (
        limits
        == "limits of values are part of the layer that computes these, and left out: layer 2 (minimum_2)"
    )
    assert table.startswith(
        "layers that are functions of one value are one table: layer 2 (logistic_3) in that of"
    )
    assert channels.startswith("channels that are the same for every input")
    assert f"network: {limits[:40]}" in first.output
    assert project.scons(*ARGUMENTS).stages == []

    kept = project.scons(*ARGUMENTS, "fold_constant_channels=no")
    assert kept.code == 0, kept.errors
    assert kept.stages[0] == "graph"
    report = project.report("stm32l4", "two")
    assert [layer["macs"] for layer in report["layers"]] == [
        2 * layer["macs"] for layer in left_out["layers"]
    ]
    assert report["network_changes"] == [limits, table]
    assert report["cycles"] > left_out["cycles"]
    assert report["flash_bytes"] > left_out["flash_bytes"]
