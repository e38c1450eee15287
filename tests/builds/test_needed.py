"""Compiled kernels: those that can run a layer of the network, compiled on all processors at once."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from support.networks import SMALL, SMALL_KERNELS, small_int8
from support.project import Project, files_below
from support.tflite_builder import NetworkBuilder, to_tflite

OBJECTS = "build/common/objects/cortex-m4f"
ARCHIVES = ("cmsis_nn.a", "reference.a")


def pointwise():
    """Return a network of one layer, a 1x1 convolution."""
    net = NetworkBuilder("pointwise")
    image = net.activation((1, 4, 4, 3), "int8", scale=0.05, zero_point=-3)
    output = net.activation((1, 4, 4, 2), "int8", scale=0.1, zero_point=4)
    weights = net.constant(np.arange(6, dtype=np.int8).reshape(2, 1, 1, 3), scales=[0.01, 0.02], axis=0)
    bias = net.constant(np.array([5, -7], np.int32))
    window = {
        "padding": "VALID",
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "stride_w": 1,
        "stride_h": 1,
    }
    net.layer("CONV_2D", [image, weights, bias], [output], **window, fused_activation_function="NONE")
    return net.finish([image], [output])


def softmax():
    net = NetworkBuilder("softmax")
    values = net.activation((1, 5), "int8", scale=0.3, zero_point=10)
    classes = net.activation((1, 5), "int8", scale=1 / 256, zero_point=-128)
    net.layer("SOFTMAX", [values], [classes], beta=1.0)
    return net.finish([values], [classes])


def archives(model, board="stm32l4"):
    return [f"build/{board}/{model}/work/{name}" for name in ARCHIVES]


def members(path):
    return subprocess.run(["ar", "t", path], capture_output=True, text=True, check=True).stdout.split()


def uncached(project):
    return Project(project.folder, environment=project.environment)


@pytest.fixture
def whole(tmp_path, shared_cache):
    """Return a clone with all kernels, before any build."""
    project = Project.clone(tmp_path / "whole", cache=shared_cache)
    project.take("kernels")
    (project.folder / "pointwise.tflite").write_bytes(to_tflite(pointwise()))
    return project


def test_one_convolution_compiles_kernels_of_convolutions(whole):
    found = whole.scons("target=stm32l4", "model=pointwise.tflite", *archives("pointwise"))
    assert found.code == 0, found.errors
    listed = json.loads((whole.results("stm32l4", "pointwise") / "kernels.json").read_text())
    names = [name for one in listed.values() for name in one["kernels"]]
    assert {"cmsis_nn/conv_2d_1x1_int8", "reference/conv_2d_int8"} <= set(names)
    assert all(name.partition("/")[2].startswith("conv_2d") for name in names)
    own = {f"{name}/{Path(file).stem}.o" for name, one in listed.items() for file in one["sources"]}
    made = {name for name in files_below(whole.folder / OBJECTS) if "/external/" not in name}
    assert own == made
    assert len(list(files_below(whole.folder / OBJECTS))) < 30


def test_other_network_of_the_core_compiles_what_is_new(project):
    (project.folder / "pointwise.tflite").write_bytes(to_tflite(pointwise()))
    (project.folder / "softmax.tflite").write_bytes(to_tflite(softmax()))
    before = set(files_below(project.folder / OBJECTS))
    found = project.scons("target=stm32l4", "model=softmax.tflite", *archives("softmax"))
    assert (found.code, found.stages) == (0, ["read", "graph", "fit", "needed", "archive"]), found.errors
    assert set(files_below(project.folder / OBJECTS)) == before
    reference, arm = (project.folder / path for path in reversed(archives("softmax")))
    assert members(reference) == ["softmax_int8.o"]
    assert members(arm) == ["softmax_int8.o", "arm_nn_softmax_common_s8.o", "arm_softmax_s8.o"]


def test_a_network_that_becomes_another_one_has_its_kernels(project):
    """The list of the earlier network is still on disk when SCons reads it first."""
    (project.folder / "small.tflite").write_bytes(to_tflite(softmax()))
    found = project.scons(*SMALL, *archives("small"))
    assert (found.code, found.made("archive")) == (0, list(ARCHIVES)), found.errors
    assert members(project.folder / archives("small")[1]) == ["softmax_int8.o"]
    (project.folder / "small.tflite").write_bytes(to_tflite(small_int8()))
    found = project.scons(*SMALL, *archives("small"))
    assert found.code == 0, found.errors
    wanted = sorted(f"{name.partition('/')[2]}.o" for name in SMALL_KERNELS if name.startswith("reference/"))
    assert members(project.folder / archives("small")[1]) == wanted, found.output + found.errors


def test_a_kernel_that_is_no_longer_there_is_not_missed(project):
    for name in ("softmax_int8.toml", "softmax_int8.c"):
        (project.folder / "kernels" / "cmsis_nn" / name).unlink()
    found = project.scons(*SMALL, *archives("small"))
    assert (found.code, sorted(found.stages)) == (0, ["archive", "fetch", "needed"]), found.errors
    assert "softmax_int8.o" not in members(project.folder / archives("small")[0])


def test_an_object_that_was_lost_is_made_again_and_nothing_else(project):
    (project.folder / OBJECTS / "reference" / "softmax_int8.o").unlink()
    found = uncached(project).scons(*SMALL)
    assert (found.code, found.built) == (0, [("compile", f"{OBJECTS}/reference/softmax_int8.o")]), (
        found.errors
    )


@pytest.mark.parametrize("content", ["", "{", "[]", '{"reference": 1}'])
def test_a_list_that_was_cut_off_is_made_again(project, content):
    listed = project.results("stm32l4", "small") / "kernels.json"
    whole = listed.read_text()
    listed.write_text(content)
    found = uncached(project).scons(*SMALL)
    assert (found.code, found.stages) == (0, ["needed"]), found.errors
    assert listed.read_text() == whole


def test_jobs_change_no_byte(new_clone, on_stm32l4, tmp_path):
    one = new_clone(tmp_path / "one")
    assert one.scons("-j1", *SMALL).code == 0
    eight = new_clone(tmp_path / "eight")
    found = eight.scons("-j8", *SMALL)
    assert found.code == 0, found.errors
    wanted = on_stm32l4.project.published("stm32l4", "small")
    assert one.published("stm32l4", "small") == wanted
    assert eight.published("stm32l4", "small") == wanted


@pytest.mark.parametrize(
    ("before", "words", "jobs"),
    [
        ("", (), len(os.sched_getaffinity(0))),
        ("", ("-j1",), 1),
        ("", ("-j7",), 7),
        ("SetOption('num_jobs', 5)\n", (), 5),
    ],
)
def test_as_many_jobs_as_processors(project, before, words, jobs):
    sconstruct = project.folder / "SConstruct"
    sconstruct.write_text(f"{before}{sconstruct.read_text()}\nprint('jobs', GetOption('num_jobs'))\n")
    found = project.scons("-n", *words, *SMALL)
    assert f"jobs {jobs}\n" in found.output, found.errors
