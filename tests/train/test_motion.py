"""The model of motions: it reaches its budgets of accuracy with several seeds of training."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.train.test_catdetector import quantize, train

from scons_tinyml.records.model import read_model
from support.effort import examples
from support.project import ROOT

pytestmark = pytest.mark.tensorflow
MODEL = ROOT / "models" / "motion" / "model.toml"


def seeded(folder: Path, seed: int) -> Path:
    """Return a copy of the model that trains with `seed`."""
    folder.mkdir()
    text, count = re.subn(r"^seed = .*$", f"seed = {seed}", MODEL.read_text(), flags=re.MULTILINE)
    assert count == 1
    (folder / "model.toml").write_text(text)
    (folder / "network.py").write_text((MODEL.parent / "network.py").read_text())
    return folder / "model.toml"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_accuracy_keeps_the_budgets(tmp_path, seed):
    if examples(1) == 1:
        pytest.skip("downloads a wheel and trains for half a minute: --effort=2 runs it")
    model, budgets = seeded(tmp_path / "motion", seed), read_model(MODEL).budgets
    train(model, tmp_path / "trained")
    quantize(model, tmp_path / "trained" / "f.keras", tmp_path / "quantized")
    found = json.loads((tmp_path / "quantized" / "a.json").read_text())["metrics"][0]
    assert budgets.accuracy is not None and budgets.accuracy_drop is not None
    assert found["int8"] >= budgets.accuracy
    assert found["drop"] <= budgets.accuracy_drop
