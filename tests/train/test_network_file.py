from __future__ import annotations

import re

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_spec import NetworkSpec
from scons_tinyml.stages.train.network_file import build_network

GOOD = """\
from types import SimpleNamespace

def build(input_shape, classes):
    return SimpleNamespace(input_shape=(None, *input_shape), output_shape=(None, classes))
"""

SPEC = NetworkSpec((4, 4, 1), 3)


def write(folder, text):
    path = folder / "network.py"
    path.write_text(text)
    return path


def test_a_network_that_fits(tmp_path):
    network = build_network(write(tmp_path, GOOD), SPEC)
    assert (network.input_shape, network.output_shape) == ((None, 4, 4, 1), (None, 3))
    assert [path.name for path in tmp_path.iterdir()] == ["network.py"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nowhere_to_be_found\n", ":1: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("x = 1\ny = (\n", ":2: SyntaxError: '(' was never closed"),
        ("def build(input_shape, classes):\n    return 1 / 0\n", ":2: ZeroDivisionError: division by zero"),
        (
            "def build(shape):\n    pass\n",
            ": TypeError: build() takes 1 positional argument but 2 were given",
        ),
        ("raise SystemExit('no')\n", ":1: SystemExit: no"),
        (
            "def built(input_shape, classes):\n    pass\n",
            ": has no function build(input_shape, classes); did you mean 'built'? Known: built",
        ),
        (
            "def build(input_shape, classes):\n    return None\n",
            ": build returned NoneType; expected a keras.Model with one input and one output",
        ),
        (
            GOOD.replace("None, classes", "None, 1"),
            ": build returned a network from (None, 4, 4, 1) to (None, 1); "
            "expected (None, 4, 4, 1) to (None, 3)",
        ),
    ],
    ids=["import", "syntax", "raises", "signature", "exit", "no build", "no network", "other shape"],
)
def test_files_that_do_not_work(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=re.escape(f"{path}{message}") + "$"):
        build_network(path, SPEC)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"network\.py: cannot be read: No such file or directory$"):
        build_network(tmp_path / "network.py", SPEC)


OF_SPEC = """\
from types import SimpleNamespace

def build(spec):
    shown = spec.number("width"), spec.whole("depth"), spec.word("kind"), spec.flag("bias")
    return SimpleNamespace(input_shape=(None, *spec.input_shape), output_shape=(None, spec.classes), shown=shown)
"""
OPTIONS = {"width": 0.5, "depth": 3, "kind": "plain", "bias": True}


def test_a_network_gets_its_options(tmp_path):
    found = build_network(write(tmp_path, OF_SPEC), NetworkSpec((4, 4, 1), 3, OPTIONS))
    assert found.shown == (0.5, 3, "plain", True)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            OF_SPEC,
            {"widht": 1.0},
            ":4: ValueError: [variants] of the model.toml has no axis 'width' for the network; "
            "did you mean 'widht'? Known: widht",
        ),
        (
            OF_SPEC,
            {**OPTIONS, "width": "wide"},
            ":4: ValueError: the option width is wide; expected a number",
        ),
        (
            OF_SPEC,
            {**OPTIONS, "depth": 1.5},
            ":4: ValueError: the option depth is 1.5; expected a whole number",
        ),
        (OF_SPEC, {**OPTIONS, "kind": 1}, ":4: ValueError: the option kind is 1; expected a word"),
        (OF_SPEC, {**OPTIONS, "bias": 1}, ":4: ValueError: the option bias is 1; expected true or false"),
        (GOOD, OPTIONS, ": build cannot get bias, depth, kind, width of [variants]: expected build(spec)"),
    ],
    ids=["name", "number", "whole", "word", "flag", "old signature"],
)
def test_options_that_do_not_fit(tmp_path, text, options, message):
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=re.escape(f"{path}{message}") + "$"):
        build_network(path, NetworkSpec((4, 4, 1), 3, options))
