"""Types of a network: the command line wins over model.toml, key by key and layer by layer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scons_tinyml.records.errors import InputError
from site_tools.tinyml.dependencies.facts import Facts
from site_tools.tinyml.network_types import in_types, other_type
from site_tools.tinyml.nodes.build import Build
from site_tools.tinyml.nodes.models import Network

SAMPLES = Facts(representative=None, test=None, sequence=None)


def trained(**quantization):
    model = Facts(
        name="cats",
        variant="",
        quantization=Facts({"mode": "int8", **quantization}),
        samples=SAMPLES,
        dataset=None,
    )
    return Network(model, Path("models/cats/model.toml"), None, "", None, "yes", ())


def given(suffix, **quantization):
    model = Facts(name="cats", variant="", quantization=Facts(quantization), samples=SAMPLES, dataset=None)
    return Network(model, Path("models/cats/model.toml"), Path(f"net{suffix}"), "", None, "yes", ())


CASES = [
    ({}, {}, ("int8", (), (), ())),
    (
        {"keep_float": ["a"], "keep_int16": ["b", "b"]},
        {},
        ("int8", ("a",), ("b",), ("keep_float", "keep_int16")),
    ),
    ({"mode": "int16x8", "keep_float": ["a"]}, {}, ("int16x8", ("a",), (), ("keep_float",))),
    ({"keep_float": ["a"]}, {"keep_float": "b,c"}, ("int8", ("b", "c"), (), ())),
    ({"keep_float": ["a"]}, {"keep_float": "none"}, ("int8", (), (), ())),
    ({"keep_float": ["a", "b"]}, {"keep_int16": "a"}, ("int8", ("b",), ("a",), ("keep_float",))),
    ({"keep_float": ["a"]}, {"keep_int16": "a"}, ("int8", (), ("a",), ())),
    ({"keep_int16": ["a"]}, {"quantize": "int16x8"}, ("int16x8", (), (), ())),
    ({"keep_float": ["a"]}, {"quantize": "int16x8"}, ("int16x8", ("a",), (), ("keep_float",))),
    ({"keep_float": ["a"], "keep_int16": ["b"]}, {"quantize": "float"}, ("float", (), (), ())),
]


@pytest.mark.parametrize(("described", "typed", "expected"), CASES)
def test_types(described, typed, expected):
    found = in_types(trained(**described), typed)
    assert (found.mode, found.keep_float, found.keep_int16, found.described_types) == expected
    assert in_types(found, typed) == found


@pytest.mark.parametrize(("described", "typed"), [case[:2] for case in CASES])
def test_the_options_that_name_a_network_name_the_same(described, typed):
    """A question that a report advises is about the network of this report."""
    network = in_types(trained(**described), typed)
    words = Build.subject.fget(SimpleNamespace(network=network)).split()
    options = dict(word.split("=") for word in words)
    assert options.pop("model") == "cats"
    assert in_types(trained(**described), options) == network
    assert set(options) <= set(typed) | {"keep_float", "keep_int16"}
    assert options or not typed


@pytest.mark.parametrize(
    ("network", "asked", "expected"),
    [
        (trained(), None, ""),
        (trained(), "int8", ""),
        (trained(), "float", "float"),
        (trained(mode="float"), "float", ""),
        (trained(mode="float"), "int8", "int8"),
        (given(".keras"), "float", ""),
    ],
)
def test_results_in_another_type_have_a_name_of_their_own(network, asked, expected):
    assert other_type(network, {} if asked is None else {"quantize": asked}) == expected


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        (trained(mode="float", keep_float=["a"]), "this one is float"),
        (given(".keras", keep_int16=["a"]), "this one is float"),
        (given(".tflite", keep_int16=["a"]), "this one is used as it is"),
    ],
)
def test_layers_of_a_network_that_is_not_quantized(network, problem):
    with pytest.raises(InputError, match=problem) as caught:
        in_types(network, {})
    assert caught.value.where == "models/cats/model.toml"
    assert caught.value.key in ("quantization.keep_float", "quantization.keep_int16")
