"""Whole builds whose layers run patch by patch: less RAM, the oracle's bytes, and what a failing budget says."""

import json

import jsonschema
import pytest

from scons_tinyml.records.schema import json_schema
from support.effort import examples
from support.image_networks import image_network
from support.networks import SMALL
from support.tflite_builder import to_tflite


@pytest.fixture
def growing(project):
    """Return a project with a network whose images between its layers are larger than its input and output."""
    net = image_network(7, 24, 8)
    net.window("DEPTHWISE_CONV_2D", 3, 1, "SAME")
    net.window("CONV_2D", 1, 1, "SAME")
    net.window("CONV_2D", 3, 2, "SAME")
    (project.folder / "small.tflite").write_bytes(to_tflite(net.graph()))
    return project


def test_less_ram_with_the_same_bytes(growing):
    found = growing.scons(*SMALL, "optimize=ram", "patches=no")
    assert found.code == 0, found.errors
    whole = growing.report("stm32l4", "small")
    assert not any("_patch_" in layer["name"] for layer in whole["layers"])

    budget = f"ram={whole['ram_bytes'] - 256}B"
    found = growing.scons(*SMALL, budget)
    assert found.code == 2
    assert "patches: layers that run patch by patch need " in found.errors
    assert "patches=yes measures and chooses them" in found.errors

    found = growing.scons(*SMALL, budget, "patches=yes")
    assert found.code == 0, found.errors
    assert "small: layers run patch by patch: " in found.output + found.errors
    made = growing.report("stm32l4", "small")
    assert any(note.startswith("layers run patch by patch: ") for note in made["network_changes"])
    assert any("_patch_" in layer["name"] for layer in made["layers"])
    assert made["ram_bytes"] <= whole["ram_bytes"] - 256
    assert made["bit_exact"]["differing_bytes"] == 0


def test_the_frontier_has_layers_in_patches(growing):
    if examples(1) == 1:
        pytest.skip("measures four variants of a network: --effort=2 runs it")
    found = growing.scons("frontier", *SMALL, "patches=yes")
    assert found.code == 0, found.errors
    assert "in patches" in found.output
    answer = json.loads((growing.results("stm32l4", "small") / "frontier.json").read_text())
    jsonschema.validate(answer, json_schema("frontier"))
    arenas = {bool(point["layers_in_patches"]): point["arena_bytes"] for point in answer["points"]}
    assert arenas[True] < arenas[False]


def test_a_wrong_value(on_stm32l4):
    found = on_stm32l4.project.scons("-n", *SMALL, "patches=maybe")
    assert (found.code, "command line: patches: 'maybe' is not yes or no" in found.errors) == (1, True)
