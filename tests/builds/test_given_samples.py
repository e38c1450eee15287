"""A float `.tflite` with samples: int8 with its accuracy, and what a change of the samples makes again."""

from __future__ import annotations

import json
import os
import re

import jsonschema
import numpy as np
import pytest

from scons_tinyml.records.schema import json_schema
from support.project import Project
from support.tflite_builder import NetworkBuilder, to_tflite

KERNELS = (
    "reference/fully_connected_int8",
    "reference/fully_connected_float32",
    "reference/softmax_int8",
    "reference/softmax_float32",
    "reference/fully_connected_int16",
    "reference/softmax_int16",
    "reference/quantize_int16",
    "reference/quantize_to_int16_int8",
    "reference/quantize_float32",
    "reference/dequantize_int8",
)
NETWORK = ("target=stm32l4", "model=net.tflite")
SAMPLES = ("representative=calibration.npz", "test=test.npz")

pytest.importorskip("ai_edge_quantizer", reason="pip install 'scons-tinyml[quantize]'")


def dense() -> bytes:
    """The class of four values is the position of the largest."""
    net = NetworkBuilder()
    values, sums, result = (net.activation((1, 4), "float32") for _ in range(3))
    weights = [net.constant(np.eye(4, dtype=np.float32) * 8), net.constant(np.zeros(4, np.float32))]
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [values, *weights], [sums], **options)
    net.layer("SOFTMAX", [sums], [result], beta=1.0)
    return to_tflite(net.finish([values], [result]))


def write_samples(project: Project, seed: int = 0, scale: float = 1) -> None:
    values = np.random.default_rng(seed).random((80, 4), np.float32) * np.float32(scale)
    np.savez(project.folder / "calibration.npz", x=values[:40])
    np.savez(project.folder / "test.npz", x=values[40:], y=values[40:].argmax(axis=1))


@pytest.fixture(scope="module")
def built(tmp_path_factory, shared_cache):
    project = Project.clone(tmp_path_factory.mktemp("given") / "project", cache=shared_cache)
    project.take_kernels(*KERNELS)
    (project.folder / "net.tflite").write_bytes(dense())
    write_samples(project)
    return project, project.scons("-j2", *NETWORK, *SAMPLES)


@pytest.fixture
def project(built, tmp_path):
    return built[0].copy(tmp_path / "project")


def quantized(project: Project) -> bytes:
    return (project.folder / "build/common/models/net/int8.tflite").read_bytes()


def next_stages(project, *arguments):
    """Return the stages that `scons -n` lists; later stages depend on the results of these."""
    found = project.scons("-n", *NETWORK, *arguments)
    assert found.code == 0, found.errors
    return set(found.stages)


def test_int8_with_the_accuracy_of_both(built):
    project, found = built
    assert found.code == 0, found.errors
    assert {"read", "data", "quantize", "evaluate"} <= set(found.stages)
    report = project.report("stm32l4", "net")
    assert report["quantization"] == "int8"
    assert [layer["operator"] for layer in report["layers"]] == ["FULLY_CONNECTED", "SOFTMAX"]
    assert report["inputs"][0]["type"] == "int8"
    accuracy = report["accuracy"]
    assert (accuracy["float"], accuracy["samples"]) == (1, 40)
    assert accuracy["deployed"] == accuracy["int8"] > 0.8
    assert project.scons(*NETWORK, *SAMPLES).stages == []


def test_other_representative_samples_quantize_again(project):
    before = quantized(project)
    write_samples(project, scale=2)
    found = project.scons("-j2", *NETWORK, *SAMPLES)
    assert found.code == 0, found.errors
    assert {"data", "quantize", "evaluate", "graph", "run", "report"} <= set(found.stages)
    assert quantized(project) != before


def test_other_labels_evaluate_again_and_link_nothing(project):
    before = quantized(project)
    with np.load(project.folder / "test.npz") as arrays:
        np.savez(project.folder / "test.npz", x=arrays["x"], y=(arrays["y"] + 1) % 4)
    found = project.scons("-j2", *NETWORK, *SAMPLES)
    assert found.code == 0, found.errors
    assert {"data", "evaluate", "report"} <= set(found.stages)
    assert not {"graph", "plan", "link"} & set(found.stages)
    assert quantized(project) == before
    assert project.report("stm32l4", "net")["accuracy"]["int8"] == 0


def test_a_new_date_quantizes_nothing(project):
    for name in ("calibration.npz", "test.npz"):
        os.utime(project.folder / name, (2e9, 2e9))
    found = project.scons("-j2", *NETWORK, *SAMPLES)
    assert (found.code, found.stages) == (0, ["data"]), found.errors


def test_budgets_of_accuracy(project):
    found = project.scons(*NETWORK, *SAMPLES, "accuracy=0.5", "accuracy_drop=0.5")
    assert (found.code, set(found.stages)) == (0, {"data", "report", "judge"}), found.errors  # data of a copy
    with np.load(project.folder / "test.npz") as arrays:
        np.savez(project.folder / "test.npz", x=arrays["x"], y=(arrays["y"] + 1) % 4)
    found = project.scons(*NETWORK, *SAMPLES, "accuracy=0.5")
    assert found.code == 2
    assert "accuracy 0.0000 is 0.5000 below the minimum of 0.5" in found.errors
    assert not (project.results("stm32l4", "net") / "net.elf").exists()


def test_without_samples_the_network_is_used_as_it_is(project):
    assert not {"data", "quantize", "evaluate"} & next_stages(project)


def test_quantize_float_keeps_the_accuracy_of_both(project):
    """Results of the float network have a folder of their own: those of int8 are still there."""
    assert project.scons(*NETWORK, *SAMPLES).stages == ["data"]  # that of a copy is read once
    listed = project.scons("-n", *NETWORK, *SAMPLES, "quantize=float").built
    assert ("plan", "build/stm32l4/net-float/plan.json") in listed
    assert not [target for _, target in listed if target.startswith("build/stm32l4/net/")]
    assert project.scons("-n", *NETWORK, *SAMPLES, "quantize=int8").stages == []
    found = next_stages(project, *SAMPLES, "quantize=float")
    assert not {"data", "quantize", "evaluate"} & found
    assert {"graph", "measure", "run"} <= found


def test_diagnose_measures_other_types_and_a_build_takes_one(project):
    """The image stays as it is; the build of the advised types reuses what was measured."""
    found = project.scons("-j2", "diagnose", *NETWORK, *SAMPLES)
    assert found.code == 0, found.errors
    assert not {"link", "report", "judge"} & set(found.stages)
    assert "what quantization loses, worst layer first" in found.output
    answer = json.loads((project.results("stm32l4", "net") / "diagnosis.json").read_text())
    assert sorted(layer["name"] for layer in answer["layers"]) == ["fully_connected_0", "softmax_1"]
    tried = {one["option"]: one for one in answer["alternatives"]}
    assert set(tried) == {
        "keep_int16=fully_connected_0,softmax_1",
        "keep_int16=softmax_1",
        "keep_float=fully_connected_0",
        "keep_float=softmax_1",
        "quantize=int16x8",
    }
    assert all(one["absent"] is None and one["costs"]["cycles"] > 0 for one in tried.values())
    assert project.scons(*NETWORK, *SAMPLES).stages == []

    option = "keep_int16=softmax_1"
    found = project.scons("-j2", *NETWORK, *SAMPLES, option, "quality=yes")
    assert found.code == 0, found.errors
    page = (project.results("stm32l4", "net") / "report.html").read_text()
    assert {f"part-{name}" for name in ("noise", "ranges", "weights", "judged")} <= set(
        re.findall(r"part-\w+", page)
    )
    report = project.report("stm32l4", "net")
    assert (report["quantization"], report["accuracy"]["samples"]) == ("mixed", 40)
    types = [(layer["operator"], layer["type"]) for layer in report["layers"]]
    assert types == [
        ("FULLY_CONNECTED", "int8"),
        ("QUANTIZE", "int16"),
        ("SOFTMAX", "int16"),
        ("QUANTIZE", "int8"),
    ]
    costs = tried[option]["costs"]
    assert sum(layer["cycles"] for layer in report["layers"]) == costs["cycles"]
    [path] = (project.folder / "build/common/models/net").glob("int8-mixed-*/quality.json")
    quality = json.loads(path.read_text())
    jsonschema.Draft202012Validator(json_schema("quality")).validate(quality)
    assert quality["network_sha256"] == report["provenance"]["network_sha256"]
    assert quality["judged"]["samples"] == 40


def test_paths_in_a_model_toml(project):
    folder = project.folder / "models" / "described"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(
        'source = "../../net.tflite"\n\n[dataset]\nrepresentative = "../../calibration.npz"\n'
        'test = "../../test.npz"\n\n[metrics]\naccuracy = "balanced_accuracy"\n\n[budgets]\naccuracy = 0.5\n'
    )
    found = project.scons("-j2", "target=stm32l4", "model=described")
    assert found.code == 0, found.errors
    accuracy = project.report("stm32l4", "described")["accuracy"]
    assert (accuracy["metric"], accuracy["float"]) == ("balanced_accuracy", 1)
    made = project.folder / "build/common/models/described/int8.tflite"
    assert made.read_bytes() == quantized(project)

    project.edit(
        "models/described/model.toml", "[budgets]", '[quantization]\nkeep_int16 = ["tanh_9"]\n\n[budgets]'
    )
    found = project.scons("target=stm32l4", "model=described")
    assert (found.code, found.stages) == (1, ["quantize"])
    assert (
        "tinyml: error: models/described/model.toml: quantization.keep_int16: has no layer 'tanh_9'; "
        "Known: fully_connected_0, softmax_1\n"
    ) in found.errors
    project.edit("models/described/model.toml", "tanh_9", "softmax_1")
    found = project.scons("-j2", "target=stm32l4", "model=described", "build/common/models/described")
    assert (found.code, len(found.made("quantize"))) == (0, 1), found.errors
    found = project.scons("-n", "target=stm32l4", "model=described", "keep_int16=none")
    assert (found.code, set(found.stages)) == (0, {"judge"})
