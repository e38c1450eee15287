"""The stage that evaluates: which versions of a network, which output, and whether the labels suit it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.file import write_data
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.quantize.evaluate import main
from scons_tinyml.stages.quantize.requests import AccuracyRequest
from support.tflite_builder import NetworkBuilder, to_tflite

VALUES = np.array([[3, 0, 1], [0, 5, 1], [0, 1, 4]], np.float32)


def network(type_name: str = "float32", outputs: int = 1) -> bytes:
    """A SOFTMAX of three values; several `outputs` are called o0, o1, ..."""
    net = NetworkBuilder()
    scales = ({"scale": 0.1}, {"scale": 1 / 256, "zero_point": -128}) if type_name == "int8" else ({}, {})
    source = net.activation((1, 3), type_name, **scales[0])
    targets = [net.activation((1, 3), type_name, **scales[1]) for _ in range(outputs)]
    for target in targets:
        net.layer("SOFTMAX", [source], [target], beta=1.0)
    return to_tflite(net.finish([source], targets))


def evaluated(folder: Path, labels: np.ndarray, classes: tuple[str, ...], **versions: bytes) -> dict:
    """Write the files of a request, run the stage, and return the content of accuracy.json."""
    test = LabelledSamples(VALUES, labels, classes)
    write_data(
        folder / "data.npz", Splits(test.take(np.zeros(0, np.intp)), test.take(np.zeros(0, np.intp)), test)
    )
    files = {name: folder / f"{name}.tflite" for name in versions}
    for name, data in versions.items():
        files[name].write_bytes(data)
    main(
        AccuracyRequest(
            **files,
            data=folder / "data.npz",
            accuracy=folder / "accuracy.json",
            judged=folder / "judged.json",
        )
    )
    return json.loads((folder / "accuracy.json").read_text())["metrics"][0]


@pytest.mark.parametrize(("type_name", "key"), [("float32", "float"), ("int8", "int8")])
def test_a_given_network_has_the_accuracy_of_its_type(tmp_path, type_name, key):
    found = evaluated(tmp_path, np.array([0, 1, 0]), ("a", "b", "c"), given=network(type_name))
    assert {name: found[name] for name in ("float", "int8", "drop")} == {
        **dict.fromkeys(("float", "int8", "drop")),
        key: pytest.approx(2 / 3),
    }


def test_both_versions(tmp_path):
    versions = {"float": network(), "int8": network("int8")}
    found = evaluated(tmp_path, np.array([0, 1, 2]), ("a", "b", "c"), **versions)
    assert (found["float"], found["int8"], found["drop"]) == (1, 1, 0)


def test_a_test_set_without_the_last_class_of_the_network(tmp_path):
    assert evaluated(tmp_path, np.array([0, 1, 1]), ("a", "b"), given=network())["float"] == pytest.approx(
        2 / 3
    )


def test_more_classes_than_the_network_knows(tmp_path):
    with pytest.raises(InputError) as caught:
        evaluated(tmp_path, np.array([0, 1, 3]), ("a", "b", "c", "d"), given=network())
    assert str(caught.value) == (
        "command line: test: the test samples have 4 classes, up to 'd'; the network gives 3"
    )
    assert not (tmp_path / "accuracy.json").exists()


def test_several_outputs_need_a_choice(tmp_path):
    with pytest.raises(InputError, match="the network has the outputs tensor_1, tensor_2; which one gives"):
        evaluated(tmp_path, np.array([0, 1, 2]), ("a", "b", "c"), given=network(outputs=2))
