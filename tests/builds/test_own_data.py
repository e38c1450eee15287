"""Data sets and metrics of a project: whole builds of each kind, and what a change of them makes again."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from support.documentation import DATA, files_of
from support.own_data import KERNELS, MODELS, write_model
from support.project import Project

TARGET = "target=stm32l4"
SCRIPT = (TARGET, "model=script")
LATER = {"graph", "measure", "run", "report", "judge"}


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory, shared_cache):
    """A project with a model for each kind of data, of which the one with a script is built."""
    project = Project.clone(tmp_path_factory.mktemp("own") / "project", cache=shared_cache)
    project.take_kernels(*KERNELS)
    for name in MODELS:
        if name == "pictures":
            pytest.importorskip("PIL.Image")
        write_model(project.folder / "models", name)
    return project, project.scons("-j2", *SCRIPT)


@pytest.fixture
def project(all_kinds, tmp_path):
    return all_kinds[0].copy(tmp_path / "project")


def next_stages(project, *arguments):
    """Return the stages that `scons -n` lists; later stages depend on the results of these."""
    found = project.scons("-n", *(arguments or SCRIPT))
    assert found.code == 0, found.errors
    return set(found.stages)


def metrics(project, name):
    report = project.report("stm32l4", name)
    return {metric["name"]: metric for metric in (report["accuracy"], *report["metrics"])}


def test_a_script_and_own_metrics(all_kinds):
    project, found = all_kinds
    assert found.code == 0, found.errors
    assert [stage for stage in found.stages if stage in ("data", "train", "evaluate")] == [
        "data",
        "train",
        "evaluate",
    ]
    assert [stage for stage, _ in found.built].count("data") == 1
    reported = metrics(project, "script")
    assert list(reported) == ["accuracy", "f1", "misses"]
    assert reported["misses"]["deployed"] == round(20 * (1 - reported["accuracy"]["deployed"]))
    assert (reported["misses"]["metric"], reported["misses"]["better"]) == ("metrics.py:misses", "lower")
    history = json.loads((project.folder / "build/common/models/script/training.json").read_text())
    assert (history["classes"], history["samples"]) == (
        ["low", "high"],
        {"train": 80, "validation": 20, "test": 20},
    )
    again = project.scons(*SCRIPT)
    assert again.stages == []
    assert ", accuracy 0." in again.output and f", misses {reported['misses']['deployed']:g}" in again.output


@pytest.mark.parametrize("name", ["arrays", "pictures", "tables", "sounds"])
def test_data_of_each_kind(project, name):
    found = project.scons("-j2", TARGET, f"model={name}")
    assert found.code == 0, found.errors
    assert "accuracy" in found.output or "mean absolute error" in found.output
    assert project.scons(TARGET, f"model={name}").stages == []


def test_an_edit_of_the_script_trains_again(project):
    project.edit("models/script/dataset.py", "drawn(random, 80)", "drawn(random, 90)")
    assert next_stages(project) == {"data"}
    found = project.scons("-j2", *SCRIPT)
    assert (found.code, found.stages[:3]) == (0, ["data", "train", "quantize"])


def test_an_edit_beside_the_script_reads_again(project):
    project.edit("models/script/points.py", "> 2", "> 1.9")
    assert next_stages(project) == {"data"}


def test_a_comment_in_the_script_reads_again_and_trains_nothing(project):
    project.insert_line("models/script/dataset.py", "# A comment.")
    found = project.scons(*SCRIPT)
    assert (found.code, found.stages) == (0, ["data"])


def test_a_declared_file_reads_again(project):
    (project.folder / "models/script/notes.txt").write_text("changed\n")
    assert next_stages(project) == {"data"}


def test_a_file_that_nobody_declared_reads_nothing(project):
    assert project.scons(*SCRIPT).stages == ["data"]  # that of a copy is read once
    (project.folder / "models/script/other.txt").write_text("new\n")
    assert next_stages(project) == set()


def test_the_seed_of_the_data_set_reads_again(project):
    project.edit("models/script/model.toml", "[dataset]", "[dataset]\nseed = 7")
    assert next_stages(project) == {"data"}


def test_an_edit_of_a_metric_evaluates_again_and_trains_nothing(project):
    before = metrics(project, "script")["misses"]["deployed"]
    project.edit("models/script/metrics.py", ".sum())", ".sum() * 2)")
    found = project.scons(*SCRIPT)
    assert (found.code, found.stages) == (0, ["data", "evaluate", "report", "judge"])
    assert metrics(project, "script")["misses"]["deployed"] == 2 * before


def test_another_metric_evaluates_again_and_trains_nothing(project):
    project.edit("models/script/model.toml", 'f1 = "f1"', 'auc = "auc"')
    assert next_stages(project) == {"data", "evaluate"}


def test_an_own_metric_gates_as_the_others_do(project):
    reported = metrics(project, "script")["misses"]["deployed"]
    found = project.scons(*SCRIPT, f"metrics=misses:{reported - 1:g},f1:0")
    assert found.code == 2
    assert f"misses {reported:g} is 1 over the limit of {reported - 1:g}" in found.errors
    assert "set by command line" in found.errors
    assert not (project.results("stm32l4", "script") / "script.elf").exists()
    found = project.scons(*SCRIPT, f"metrics=misses:{reported:g}", "metric_drops=f1:1")
    assert (found.code, found.errors) == (0, "")
    assert project.report("stm32l4", "script")["limits"]["f1_drop"]["value"] == 1


def test_a_new_picture_reads_again_and_a_touched_one_trains_nothing(all_kinds, tmp_path):
    pytest.importorskip("PIL.Image")
    project = all_kinds[0].copy(tmp_path / "project")
    model = (TARGET, "model=pictures")
    assert project.scons("-j2", *model).code == 0
    folder = project.folder / "models/pictures/pictures/dark"
    os.utime(folder / "0.png", (1, 1))
    found = project.scons(*model)
    assert (found.code, found.stages) == (0, ["data"])
    shutil.copy(project.folder / "models/pictures/pictures/light/0.png", folder / "new.png")
    assert next_stages(project, *model) == {"data"}


def test_data_outside_of_the_project_needs_consent(project, tmp_path):
    shutil.move(project.folder / "models/arrays/data.npz", tmp_path / "data.npz")
    project.edit("models/arrays/model.toml", '"data.npz"', '"../../../data.npz"')
    found = project.scons(TARGET, "model=arrays")
    problem = "dataset.path: '../../../data.npz' leads out of the project"
    assert (found.code, found.stages) == (1, [])
    assert found.errors.startswith(f"tinyml: error: models/arrays/model.toml: {problem}\n")
    found = project.scons("-j2", TARGET, "model=arrays", f"outside={tmp_path}")
    assert found.code == 0, found.errors


def test_the_example_of_the_documentation(all_kinds, tmp_path):
    project = all_kinds[0].copy(tmp_path / "project")
    for name, text in files_of(DATA).items():
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = project.scons("-j2", TARGET, "model=fall")
    assert found.code == 0, found.errors
    assert list(metrics(project, "fall")) == ["accuracy", "f1", "missed_falls"]
    limits = project.report("stm32l4", "fall")["limits"]
    assert {name: limits[name]["value"] for name in ("f1", "missed_falls")} == {"f1": 0.7, "missed_falls": 10}
