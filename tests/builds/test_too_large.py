"""Networks too large for the memories of a board: refused before anything is compiled."""

import json
from dataclasses import replace

import numpy as np
import pytest

from support.networks import SMALL
from support.tflite_builder import NetworkBuilder, to_tflite


@pytest.fixture
def large(new_clone, tmp_path):
    """Return a project with a network of one layer, with 1.5 MB of weights."""
    project = new_clone(tmp_path / "project")
    net = NetworkBuilder("large")
    weights = np.random.default_rng(0).integers(-127, 128, (1500, 1024)).astype(np.int8)
    source = net.activation((1, 1024), "int8", scale=0.1)
    target = net.activation((1, 1500), "int8", scale=0.1)
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [source, net.constant(weights, scales=[0.1])], [target], **options)
    (project.folder / "small.tflite").write_bytes(to_tflite(net.finish([source], [target])))
    return project


def test_nothing_is_compiled_and_in_a_matrix_nothing_measured(large, shared_cache):
    found = large.scons("-j2", *SMALL)
    assert (found.code, set(found.stages) - {"read", "generate"}) == (2, {"graph", "fetch", "fit"})
    assert (
        "small has no room on stm32l4; nothing was compiled for it\n  1,536,000 multiply-acc" in found.errors
    )
    assert "none of 1 layers was measured; scons measure target=stm32l4 model=small.tflite" in found.errors
    assert "boards with memory for it: " in found.errors
    report = json.loads((large.results("stm32l4", "small") / "fit.json").read_text())
    assert (report["verdict"], report["needs"]["macs"]) == ("fail", 1_536_000)
    assert "stm32l4r5" in report["larger_boards"]

    found = replace(large, cache=shared_cache).scons("matrix", "model=small.tflite", "boards=stm32l4")
    assert (found.code, found.made("measure")) == (2, [])
    assert "stm32l4: small has no room on stm32l4; nothing was compiled for it" in found.output


def test_an_image_that_runs_over_into_the_next_region_is_over_budget(project):
    """The image is linked, so that its sizes are known, but not run."""
    project.edit("boards/stm32l4.toml", 'size = "96 KiB"', 'size = "4 KiB"')
    second = 'origin = 0x1000_0000\nsize = "32 KiB"\nholds = ["data", "arena", "stack", "weights", "code"]'
    project.edit("boards/stm32l4.toml", second, 'origin = 0x2000_1000\nsize = "32 KiB"\nholds = ["weights"]')
    found = project.scons(*SMALL)
    assert (found.code, found.stages[-2:]) == (2, ["link", "sizes"]), found.errors
    assert (
        "small has no room on stm32l4; the image was not run\n  region SRAM1 holds 4.0 KiB, " in found.errors
    )
    assert "small.elf" not in project.published("stm32l4", "small")
