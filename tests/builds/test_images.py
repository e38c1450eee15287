"""Networks that compute on several images in between: a row is of all of them, and another number is another row."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from support.networks import images
from support.project import Project
from support.tflite_builder import to_tflite

BUILD = ("target=stm32l4", "model=images.tflite", "kernels=reference")


@pytest.fixture
def project(tmp_path, shared_cache):
    found = Project.of_others(tmp_path / "project", cache=shared_cache)
    (found.folder / "images.tflite").write_bytes(to_tflite(images("int8")))
    return found


def cycles(project):
    """Return the cycles of the reference kernels by operator and number of images."""
    with closing(sqlite3.connect(project.folder / ".tinyml" / "costs.sqlite3")) as connection:
        rows = connection.execute(
            "select operator, attributes, cycles from costs where kernel like 'reference/%'"
        ).fetchall()
    return {(name, dict(json.loads(found)).get("images", 1)): number for name, found, number in rows}


def test_rows_count_all_images(project):
    first = project.scons(*BUILD)
    assert first.code == 0, first.errors
    report = project.report("stm32l4", "images")
    assert report["bit_exact"]["differing_bytes"] == 0
    layers = {layer["operator"]: layer for layer in report["layers"]}
    assert (layers["CONV_2D"]["macs"], layers["TRANSPOSE_CONV"]["macs"]) == (3 * 1350, 4 * 540)
    assert layers["CONV_2D"]["cycles"] == cycles(project)["CONV_2D", 3]
    assert project.scons(*BUILD).stages == []
    (project.folder / "images.tflite").write_bytes(to_tflite(images("int8", 6)))
    again = project.scons(*BUILD)
    assert (again.code, "measure" in again.stages) == (0, True), again.errors
    found = cycles(project)
    for operator in ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D"):
        assert found[operator, 6] == pytest.approx(2 * found[operator, 3], rel=0.02)
