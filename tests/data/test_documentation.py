"""docs/data.md: its model is one that can be read, trained and judged, and its tables are of data that can be read."""

from __future__ import annotations

import re
import tomllib

import numpy as np
import pytest

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.metrics import METRICS, check_metrics
from support import own_data
from support.documentation import DATA, files_of, tables_of

ROWS = re.compile(r"^\| `(\w+)` \| ", re.MULTILINE)


def test_the_example_is_read_and_its_classes_are_balanced(tmp_path):
    for name, text in files_of(DATA).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    where = tmp_path / "models/fall/model.toml"
    model = read_model(where)
    check_metrics(model, where)
    splits = read_splits(model, where)
    assert {name: np.bincount(part.labels).tolist() for name, part in splits.parts.items()} == {
        "train": [100, 100],
        "validation": [25, 25],
        "test": [25, 25],
    }
    assert splits.test.classes == ("step", "fall")


SHAPES = {"data.npz": [3], "pictures": [4, 4, 1], "recordings": [8, 2], "sounds/train": [8]}


@pytest.mark.parametrize("text", tables_of(DATA))
def test_the_tables_are_of_data_that_can_be_read(tmp_path, text):
    table = tomllib.loads(text)["dataset"]
    place = table.get("path") or table["train"]
    if place == "pictures":
        pytest.importorskip("PIL.Image")
    _write(tmp_path, place)
    training = {"epochs": 1, "samples_per_epoch": 1, "batch_size": 1, "learning_rate": 0.1, "seed": 0}
    values = {"name": "some", "input": {"shape": SHAPES[place]}, "dataset": table, "training": training}
    splits = read_splits(Model.model_validate(values), tmp_path / "model.toml")
    assert all(len(part) for part in splits.parts.values())


def _write(folder, place):
    random = np.random.default_rng(0)
    if place == "data.npz":
        np.savez(folder / place, x=random.random((40, 3)), y=np.arange(40) % 2)
    elif place == "pictures":
        own_data.write_pictures(folder, random)
    elif place == "recordings":
        own_data.write_tables(folder, random, name=place)
    else:
        for name in (place, "sounds/test"):
            own_data.write_sounds(folder, random, name)


def test_all_metrics_are_documented():
    rows = DATA.read_text().partition("## Metrics")[2].partition("## Limits")[0]
    assert sorted(ROWS.findall(rows)) == list(METRICS.names())


def test_all_keys_are_documented():
    text = DATA.read_text()
    others = {"output", "positive_class"}  # README: networks of several outputs; one class against all others
    assert [key for key in Dataset.model_fields if f"{key}" not in text and key not in others] == []
