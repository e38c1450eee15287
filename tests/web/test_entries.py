"""How the input of a network is made in a browser, by its shape, its samples and its model.toml."""

from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.records.model import Model
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.web.entries import Picture, Readings, SamplesAlone, Sound, entry_of
from support.networks import remembering, several
from support.tflite_builder import NetworkBuilder

SHIPPED = {"name": "animal-mnist", "train_fraction": 0.7, "validation_fraction": 0.1}
TRAINED = {
    "network": "network.py",
    "epochs": 1,
    "samples_per_epoch": 1,
    "batch_size": 1,
    "learning_rate": 0.1,
    "seed": 1,
}


def network(*shape: int) -> Graph:
    net = NetworkBuilder("one")
    source, output = (net.activation((1, *shape), "int8", scale=0.1) for _ in range(2))
    net.layer("RELU", [source], [output])
    return net.finish([source], [output])


def model(shape, **dataset) -> Model:
    return Model.model_validate(
        {"name": "one", "input": {"shape": shape}, "dataset": dataset, "training": TRAINED}
    )


def values(*shape: int, low: float = 0, high: float = 1):
    found = np.full((2, *shape), low, np.float32)
    found[0].reshape(-1)[found[0].size // 2] = high
    return found


def test_a_drawn_picture_of_a_known_data_set():
    entry = entry_of(network(28, 28, 1), model([28, 28, 1], **SHIPPED), values(28, 28, 1, high=0.9))
    assert entry == Picture(28, 28, 1, 0.0, 1.0, is_known=True, can_draw=True, background=0)


def test_a_folder_of_pictures_is_known_and_an_array_is_not():
    given = {"path": "pictures", "train_fraction": 0.7, "validation_fraction": 0.1}
    samples = values(96, 96, 3, low=255, high=0)
    entry = entry_of(network(96, 96, 3), model([96, 96, 3], **given), samples)
    assert isinstance(entry, Picture)
    assert (entry.is_known, entry.can_draw, entry.white) == (True, False, 1.0)
    of_arrays = entry_of(network(96, 96, 3), model([96, 96, 3], **{**given, "path": "x.npz"}), samples)
    assert of_arrays == Picture(96, 96, 3, 0.0, 255.0, is_known=False, can_draw=False, background=255)


@pytest.mark.parametrize(
    ("low", "high", "range_of"),
    [(0, 1, (0, 1)), (-0.5, 1, (-1, 1)), (0, 2, (0, 255)), (-100, 3, (-128, 127)), (-900, 3, (-128, 127))],
)
def test_the_usual_range_around_the_samples(low, high, range_of):
    entry = entry_of(network(8, 8, 1), None, values(8, 8, 1, low=low, high=high))
    assert isinstance(entry, Picture)
    assert (entry.black, entry.white) == range_of


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((49, 10, 1), "its input, 49 x 10 x 1, is no picture"),
        ((8, 8, 2), "its input, 8 x 8 x 2, is no picture"),
        ((7, 8, 1), "is no picture"),
        ((640,), "its input, 640, is no picture"),
        ((), "its input, one value, is no picture"),
    ],
)
def test_what_a_browser_cannot_make(shape, says):
    entry = entry_of(network(*shape), None, values(*shape))
    assert isinstance(entry, SamplesAlone)
    assert says in entry.reason


def test_pictures_in_one_row_are_none():
    entry = entry_of(network(784), model([784], **SHIPPED), values(784))
    assert isinstance(entry, SamplesAlone)


def test_a_long_picture_of_a_known_data_set():
    entry = entry_of(network(7, 40, 1), model([7, 40, 1], **SHIPPED), values(7, 40, 1))
    assert isinstance(entry, Picture)


def test_several_pictures_at_once():
    net = NetworkBuilder("three")
    source, output = (net.activation((3, 8, 8, 1), "int8", scale=0.1) for _ in range(2))
    net.layer("RELU", [source], [output])
    entry = entry_of(net.finish([source], [output]), None, values(3, 8, 8, 1))
    assert isinstance(entry, SamplesAlone)


def test_readings_of_sensors():
    given = {
        "name": "basic-motions",
        "window": 16,
        "stride": 8,
        "train_fraction": 0.5,
        "validation_fraction": 0.1,
    }
    entry = entry_of(network(16, 6), model([16, 6], **given), values(16, 6))
    assert entry == Readings(rows=16, columns=6, stride=8)
    of_state = {**given, "window": 3, "stride": 1}
    assert entry_of(remembering(), model([6], **of_state), values(6)) == Readings(rows=3, columns=2, stride=3)


def test_several_inputs():
    entry = entry_of(several(), None, values(8))
    assert entry == SamplesAlone("the network has 4 inputs")


def test_a_window_of_a_sound():
    given = {"path": "sounds", "window": 1_001, "sample_rate": "16 kHz", "train_fraction": 0.7}
    found = model([1_001], **given, validation_fraction=0.1)
    assert entry_of(network(1_001), found, values(1_001)) == Sound(1_001, 16_000, 251)
    half = model([2_002], **{**given, "window": 1_001}, validation_fraction=0.1)
    assert isinstance(entry_of(network(2_002), half, values(2_002)), SamplesAlone)
    odd = model([7], **{**given, "window": 2, "sample_rate": None}, validation_fraction=0.1)
    assert isinstance(entry_of(network(7), odd, values(7)), SamplesAlone)
    whole = model([6], **{**given, "window": 6}, validation_fraction=0.1)
    assert entry_of(remembering(), whole, values(6)) == Sound(6, 16_000, 6)
