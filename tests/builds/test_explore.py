"""`scons explore` from the command line to its record, and once more after a kill: --effort=2 runs it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.records.explored import Explored
from support.effort import examples
from support.networks import SMALL_KERNELS
from support.project import Project
from support.tiny_model import MODEL

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(examples(1) == 1, reason="trains for a minute: --effort=2 runs it"),
]
EXPLORE = ("explore", "target=stm32l4", "model=tiny", "trials=4", "points=2", "repeats=2")
VARIANTS = """
[variants]
filters = [2, 1, 3]
stride = [7, 9]
"""
NETWORK = '''\
"""Some pixels a value, and two classes."""

import keras
from keras import layers


def build(spec):
    image = layers.Input(spec.input_shape)
    values = layers.Conv2D(spec.whole("filters"), 5, strides=spec.whole("stride"), activation="relu")(image)
    values = layers.Flatten()(values)
    return keras.Model(image, layers.Dense(spec.classes, activation="softmax")(values))
'''


@pytest.fixture
def project(tmp_path: Path, shared_cache: Path) -> Project:
    made = Project.clone(tmp_path / "project", cache=shared_cache)
    made.take_kernels(*SMALL_KERNELS)
    (made.folder / "models" / "tiny").mkdir(parents=True)
    (made.folder / "models" / "tiny" / "model.toml").write_text(MODEL + VARIANTS)
    (made.folder / "models" / "tiny" / "network.py").write_text(NETWORK)
    return made


def record(project: Project) -> dict[str, Any]:
    """Return the record of the exploration, which is valid."""
    text = (project.folder / "build" / "explore" / "tiny" / "explore.json").read_text()
    Explored.model_validate_json(text)
    found: dict[str, Any] = json.loads(text)
    return found


def test_points_are_reports_of_builds_and_a_kill_loses_no_trial(project: Project, tmp_path: Path) -> None:
    whole = project.copy(tmp_path / "whole")
    found = whole.scons(*EXPLORE)
    assert found.code == 0, found.errors
    result = record(whole)
    assert len(result["trials"]) == 4
    [board] = result["boards"]
    assert board["points"]
    for point in board["points"]:
        report = json.loads((whole.folder / point["report"]).read_text())
        assert (point["flash_bytes"], point["ram_bytes"], point["cycles"]) == (
            report["flash_bytes"],
            report["ram_bytes"],
            report["cycles"],
        )
        assert point["accuracy"] == report["accuracy"]["deployed"]
    assert (whole.folder / "build" / "explore" / "tiny" / "explore.html").is_file()

    process = project.start(*EXPLORE)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "filters=" in line and ": 0." in line:
            break
    assert seen and ": 0." in seen[-1], "".join(seen)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    found = project.scons(*EXPLORE)
    assert found.code == 0, found.errors
    assert record(project) == result
