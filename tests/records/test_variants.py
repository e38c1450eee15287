"""Axes of a model.toml, and variants by the values on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from scons_tinyml.records.axis import Axis, value_of
from scons_tinyml.records.built_in_axes import BUILT_IN
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.records.variants import options_of, variant_of

CATDETECTOR = Path(__file__).parents[2] / "models" / "catdetector" / "model.toml"
TABLE: dict[str, Any] = {
    "name": "net",
    "input": {"shape": [32, 32, 3]},
    "dataset": {"path": "pictures", "train_fraction": 0.7, "validation_fraction": 0.1},
    "training": {
        "epochs": 4,
        "samples_per_epoch": 10,
        "batch_size": 5,
        "learning_rate": 0.1,
        "seed": 3,
        "augmentation": {"rotation_degrees": 8, "zoom": 0.5, "mirror": True},
    },
}


def model(**axes: object) -> Model:
    return Model.model_validate({**TABLE, "variants": axes})


def test_the_model_itself_is_the_variant_without_values():
    found = variant_of(read_model(CATDETECTOR), "")
    assert (found.text, found.model.name, found.model.input.shape) == ("", "catdetector", (28, 28, 1))
    assert options_of(found.model) == {"width": 1.0, "depth": 3}


def test_a_variant_has_a_name_of_its_own_and_its_values_alone():
    found = variant_of(read_model(CATDETECTOR), "width=.50,size=20")
    assert (found.text, found.model.name) == ("size=20,width=0.5", "catdetector-size20-width0.5")
    assert found.values == {"size": 20, "width": 0.5, "depth": 3}
    assert (found.model.input.shape, found.model.dataset.shape) == ((20, 20, 1), (28, 28, 1))
    assert {name: axis.choices for name, axis in found.model.variants.items()} == {
        "width": (0.5,),
        "depth": (3,),
    }


def test_values_of_the_model_itself_are_no_part_of_the_name():
    assert variant_of(read_model(CATDETECTOR), "width=1,size=28,seed=1").text == ""


def test_the_cat_detector_has_a_variant_without_depthwise_layers():
    found = variant_of(read_model(CATDETECTOR), "depth=0,size=16,width=0.5")
    assert found.model.name == "catdetector-depth0-size16-width0.5"
    assert options_of(found.model) == {"width": 0.5, "depth": 0}


def test_a_long_name_has_a_digest():
    found = variant_of(model(**{f"axis_{letter * 9}": ["one_value", "another_value"] for letter in "abcd"}),
                       ",".join(f"axis_{letter * 9}=another_value" for letter in "abcd"))  # fmt: skip
    assert len(found.model.name) == len("net-") + 12


@pytest.mark.parametrize(
    ("axis", "text", "changed"),
    [
        (
            [16, 24],
            "size=16",
            lambda made: (made.input.shape, made.dataset.shape) == ((16, 16, 3), (32, 32, 3)),
        ),
        ([1], "channels=1", lambda made: made.input.shape == (32, 32, 1)),
        (["cat+dog"], "classes=cat+dog", lambda made: made.dataset.classes == ("cat", "dog")),
        ([2], "epochs=2", lambda made: made.training.epochs == 2),
        ([0.5], "augmentation=0.5", lambda made: made.training.augmentation.rotation_degrees == 4),
        ([0], "augmentation=0", lambda made: made.training.augmentation is None),
        (["int16x8"], "bits=int16x8", lambda made: made.quantization.mode == "int16x8"),
        ([9], "seed=9", lambda made: made.training.seed == 9),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_built_in_axes(axis, text, changed):
    name = text.partition("=")[0]
    made = variant_of(model(**{name: axis}), text).model
    assert changed(made)
    assert options_of(made) == {}


def test_every_built_in_axis_is_tested():
    tested = {case[1].partition("=")[0] for case in test_built_in_axes.pytestmark[0].args[1]}
    assert tested == set(BUILT_IN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("widht=1", "net has no axis 'widht'; did you mean 'width'? Known: seed, size, width"),
        ("width=0.6", "found width=0.6; the axis has 0.5 or 1"),
        ("size=20", "found size=20; the axis has 16, 24 or 32"),
        ("size", "'size' is no axis with a value, such as width=1"),
        ("width=1,width=1", "names the axis 'width' twice"),
        ("seed=-1", "found seed=-1; expected a whole number from 0 to 4294967295"),
    ],
)
def test_mistakes_on_the_command_line(text, message):
    with pytest.raises(InputError) as caught:
        variant_of(model(width=[0.5, 1], size=[16, 24]), text)
    assert str(caught.value) == f"command line: model: {message}"


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (
            {"size": [64]},
            "variants.size: found 64; expected a whole number from 1 to 32, the size of the samples",
        ),
        (
            {"channels": [2]},
            "variants.channels: found 2; the samples have 3, and pictures of 3 can become grey, 1",
        ),
        ({"bits": ["int4"]}, "variants.bits: found int4; the quantizer makes int8, int16x8 or float"),
        (
            {"classes": ["cat"]},
            "variants.classes: found cat; expected all, or two or more classes such as cat+dog",
        ),
        (
            {"epochs": {"values": [2], "default": 2}},
            "variants.epochs: the default of a built-in axis is what",
        ),
        ({"epochs": [0]}, "variants.epochs: Input should be greater than 0"),
        ({"Width": [1]}, "the name of an axis has at most 32 of a-z"),
        ({"width": []}, "expected values, such as [1.0, 0.5], or a range"),
        ({"width": [1, "wide"]}, "the values are of several kinds"),
        ({"width": [1, 1.0]}, "has a value twice"),
        ({"width": {"from": 1, "to": 2}}, "a range needs 'from', 'to' and 'step'"),
        ({"width": {"from": 1, "to": 100, "step": 1}}, "the range has 100 values; expected 1 to 64"),
        ({"width": {"values": [1, 2], "default": 3}}, "the default 3 is not 1 or 2"),
        ({"width": ["a/b"]}, "'a/b' is no value of at most 100 of letters"),
    ],
)
def test_axes_that_a_model_cannot_have(axes, message):
    with pytest.raises(ValidationError) as caught:
        model(**axes)
    assert message in str(caught.value)


def test_a_given_network_has_no_variants():
    with pytest.raises(ValidationError, match="variants: are of a network that is made here"):
        Model.model_validate({"name": "net", "source": "net.tflite", "variants": {"width": [1]}})


def test_a_range_has_its_ends():
    axis = Axis.model_validate({"from": 0.1, "to": 0.3, "step": 0.1})
    assert (axis.choices, axis.first) == ((0.1, 0.2, 0.3), 0.1)
    assert Axis.model_validate({"from": 16, "to": 29, "step": 4}).choices == (16, 20, 24, 28)


def test_truth_values_are_yes_and_no():
    assert [value_of(text, (True, False)) for text in ("yes", "no", "true", "1")] == [True, False, True, None]
