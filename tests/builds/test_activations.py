"""Whole builds with activations in a named region: start-up code, rows and image of that placement."""

import pytest

from support.image_networks import image_network
from support.tflite_builder import to_tflite

ARGUMENTS = ("target=stm32f746", "model=small.tflite")


@pytest.fixture
def with_caches(project):
    """Return a project with a network of its own, whose activations pass the caches of the board."""
    net = image_network(11, 20, 8)
    net.window("DEPTHWISE_CONV_2D", 3, 1, "SAME")
    net.window("CONV_2D", 1, 1, "SAME")
    (project.folder / "small.tflite").write_bytes(to_tflite(net.graph()))
    return project


def test_builds_of_one_sconstruct_with_both(write):
    call = 'env.TinymlFirmware(target="stm32f746", model="nets/small.tflite"{})\n'
    found = write("".join(map(call.format, ("", ', activations="DTCM"')))).scons("-n", "--cache-disable")
    assert found.code == 0, found.errors
    made = {file for stage, file in found.built if stage in ("generate", "judge")}
    assert {"build/stm32f746/board/startup.c", "build/stm32f746/board/DTCM/startup.c"} <= made
    assert {f"build/stm32f746/{name}/{name}.elf" for name in ("small", "small-DTCM")} <= made


def test_a_region_that_is_too_small(with_caches):
    """On the board itself all has room, and so it is not among the larger ones."""
    net = image_network(12, 160, 150)
    net.window("DEPTHWISE_CONV_2D", 3, 2, "SAME")
    (with_caches.folder / "small.tflite").write_bytes(to_tflite(net.graph()))
    found = with_caches.scons(*ARGUMENTS, "activations=DTCM")
    assert found.code == 2
    said = " ".join(found.errors.split())
    assert "small has no room on stm32f746; nothing was compiled for it" in said
    assert "of DTCM" in said or "DTCM has" in said
    assert "model=small.tflite activations=DTCM placements=default" in said
    assert "stm32h7a3" in said and "stm32f746, " not in said


def used(report):
    return {region["name"]: region["used_bytes"] for region in report["regions"]}


def test_tightly_coupled_memory_is_faster_with_the_same_bytes(with_caches):
    found = with_caches.scons(*ARGUMENTS)
    assert found.code == 0, found.errors
    default = with_caches.report("stm32f746", "small")

    found = with_caches.scons(*ARGUMENTS, "activations=DTCM")
    assert found.code == 0, found.errors
    coupled = with_caches.report("stm32f746", "small")
    arena = coupled["memory_plan"]["arena_bytes"]
    assert (used(default)["SRAM"], used(coupled)["SRAM"]) == (default["memory_plan"]["arena_bytes"], 0)
    assert used(coupled)["DTCM"] >= arena
    assert coupled["bit_exact"]["differing_bytes"] == 0
    assert coupled["cycles"] < default["cycles"]
    assert with_caches.scons(*ARGUMENTS, "activations=DTCM").stages == []

    found = with_caches.scons(*ARGUMENTS)
    assert found.code == 0, found.errors
    assert with_caches.report("stm32f746", "small")["cycles"] == default["cycles"]
