"""A data set of a project's own code: what it gets and gives, and how its mistakes are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.file import read_data, write_data
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.script import run_script
from scons_tinyml.stages.data.wanted import Wanted

WANTED = Wanted((2,), "classification", Path("model.toml"))
SCRIPT = """\
import random

import numpy as np

from beside import COUNT

CLASSES = ("low", "high")


def load(seed):
    made = np.random.default_rng(seed)

    def part():
        values = made.random((COUNT, 2))
        return values, (values.sum(axis=1) > 1).astype(int)

    return {"train": part(), "validation": part(), "test": (np.random.rand(1, 2), [random.randrange(2)])}
"""


def script(folder, text):
    (folder / "beside.py").write_text("COUNT = 5\n")
    (folder / "dataset.py").write_text(text)
    return folder / "dataset.py"


def test_a_seed_decides_all_values(tmp_path):
    path = script(tmp_path, SCRIPT)
    found, again, other = (run_script(path, seed, WANTED) for seed in (1, 1, 2))
    assert {name: part.values.shape for name, part in found.items()} == {
        "train": (5, 2),
        "validation": (5, 2),
        "test": (1, 2),
    }
    assert found["test"].classes == ("low", "high")
    for name, part in found.items():
        assert part.values.tobytes() == again[name].values.tobytes() != other[name].values.tobytes()
        assert part.labels.tolist() == again[name].labels.tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside.py", "dataset.py"]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("def laod(seed):\n    pass\n", "", "has no function load(seed); did you mean 'laod'? Known: laod"),
        (
            "def load(seed):\n    return [] + seed\n",
            ":2",
            'TypeError: can only concatenate list (not "int") to list',
        ),
        ("def load(seed):\n\n    return (\n", ":3", "SyntaxError: '(' was never closed"),
        (
            "def load(seed):\n    return 1, 2\n",
            "",
            'load returned tuple; expected {"train": (x, y), "validation": (x, y), "test": (x, y)}',
        ),
        (
            "def load(seed):\n    return {'train': 1}\n",
            "",
            'load returned ["\'train\'"]; expected {"train": (x, y), "validation": (x, y), "test": (x, y)}',
        ),
        (
            "def load(seed):\n    return dict.fromkeys(('train', 'validation', 'test'), ([[1, 2, 3]], [0]))\n",
            ": x of train",
            "has the shape [1, 3]; input.shape needs [samples, 2]",
        ),
        ("raise SystemExit(3)\n", ":1", "SystemExit: 3"),
    ],
)
def test_mistakes(tmp_path, text, place, problem):
    path = script(tmp_path, text)
    with pytest.raises(InputError) as caught:
        run_script(path, 0, WANTED)
    assert str(caught.value) == f"{path}{place}: {problem}"


def test_splits_survive_their_file(tmp_path):
    def part(count):
        return LabelledSamples(np.full((count, 2), count, np.float32), np.arange(count) % 2, ("a", "b"))

    splits = Splits(part(4), part(0), part(2), overlap=1)
    paths = [tmp_path / name for name in ("one.npz", "two.npz")]
    for path in paths:
        write_data(path, splits)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    found = read_data(paths[0])
    assert (found.overlap, found.test.classes) == (1, ("a", "b"))
    for name, expected in splits.parts.items():
        assert found.parts[name].values.tolist() == expected.values.tolist()
        assert found.parts[name].labels.tolist() == expected.labels.tolist()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text"])
def test_a_damaged_file_of_splits(tmp_path, content):
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"is not what its stage writes: .*\n  delete it and build again"):
        read_data(tmp_path / "data.npz")
