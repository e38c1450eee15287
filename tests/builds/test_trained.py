"""Trained models: changes that train or quantize again, and changes that do neither."""

import json
import os
import re
from hashlib import sha256

import pytest

from scons_tinyml.records.exploring import made_of
from scons_tinyml.records.report import Report
from support.explorations import explored_point, write_explored
from support.networks import SMALL_KERNELS
from support.project import Project
from support.tiny_model import MODEL

NETWORK = '''\
"""Nine pixels a value, and two classes."""

import keras
from keras import layers


def build(input_shape, classes):
    image = layers.Input(input_shape)
    values = layers.Conv2D(2, 5, strides=7, activation="relu")(image)
    values = layers.Flatten()(values)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(values))
'''

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
OWN_MODEL = MODEL.replace("learning_rate = 0.01", f"learning_rate = 0.01{WORKER}")
"""A model for each process of the tests: none takes what another one has trained from the cache."""
TINY = ("target=stm32l4", "model=tiny")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, shared_cache, on_stm32l4):  # noqa: ARG001 - fills the cache
    project = Project.clone(tmp_path_factory.mktemp("trained") / "project", cache=shared_cache)
    project.take_kernels(*SMALL_KERNELS)
    (project.folder / "models" / "tiny").mkdir(parents=True)
    (project.folder / "models" / "tiny" / "model.toml").write_text(OWN_MODEL)
    (project.folder / "models" / "tiny" / "network.py").write_text(NETWORK)
    return project, project.scons("-j2", *TINY)


@pytest.fixture
def project(trained, tmp_path):
    return trained[0].copy(tmp_path / "project")


def next_stages(project, *arguments):
    """Return the stages that `scons -n` lists; later stages depend on the results of these."""
    found = project.scons("-n", *(arguments or TINY))
    assert found.code == 0, found.errors
    return set(found.stages)


def test_no_library_talks(trained):
    """TensorFlow, oneDNN, absl and XNNPACK print banners, pip prints notices. The build says only what is its own."""
    _, found = trained
    ours = re.compile(r"  (train|native code of the emulator|measured|samples run|accuracy|converted) .*")
    assert [line for line in found.errors.splitlines() if not ours.fullmatch(line)] == []
    stages = {stage for stage, _ in found.built}
    assert {"train", "quantize", "evaluate", "measure"} <= stages
    assert not re.search(r"XNNPACK|oneDNN|absl|INFO|WARNING|W0000|notice|tensorflow/", found.output)


def test_trained_and_quantized_once(trained):
    project, found = trained
    assert found.code == 0, found.errors
    assert [stage for stage, _ in found.built].count("train") == 1
    assert [stage for stage, _ in found.built].count("quantize") == 1
    evaluation = json.loads((project.folder / "build/common/models/tiny/accuracy.json").read_text())
    (accuracy,) = evaluation["metrics"]
    reported = project.report("stm32l4", "tiny")["accuracy"]
    assert (reported["float"], reported["int8"]) == (accuracy["float"], accuracy["int8"])
    assert reported["deployed"] == reported["int8"]
    assert reported["drop"] == pytest.approx(reported["float"] - reported["int8"])
    assert project.scons(*TINY).stages == []


def test_networks_are_in_the_cache_and_their_accuracy_is_not(trained):
    """A verdict reads it, so that a project evaluates networks that it did not train."""
    project, _ = trained
    cached = {path.read_bytes() for path in project.cache.rglob("*") if path.is_file()}
    made = project.folder / "build/common/models/tiny"
    names = ("float.keras", "float.tflite", "int8.tflite", "samples.npz", "accuracy.json")
    assert [(made / name).read_bytes() in cached for name in names] == [True, True, True, True, False]


def test_seed_trains_again(project):
    project.edit("models/tiny/model.toml", "seed = 1", "seed = 2")
    assert next_stages(project) == {"train"}


def test_axes_of_other_variants_change_nothing(project):
    text = (project.folder / "models/tiny/model.toml").read_text()
    (project.folder / "models/tiny/model.toml").write_text(f"{text}\n[variants]\nsize = [14, 28]\n")
    assert next_stages(project) == set()
    project.edit("models/tiny/model.toml", "size = [14, 28]", "size = [14, 21]\nepochs = [1, 2]")
    assert next_stages(project) == set()


def test_a_variant_is_built_beside_the_model(project):
    text = (project.folder / "models/tiny/model.toml").read_text()
    (project.folder / "models/tiny/model.toml").write_text(f"{text}\n[variants]\nsize = [14]\n")
    own = ("target=stm32l4", "model=tiny:size=14")
    found = project.scons("-j2", *own)
    assert found.code == 0, found.errors
    report = project.report("stm32l4", "tiny-size14")
    assert (report["model"], report["inputs"][0]["shape"]) == ("tiny-size14", [1, 14, 14, 1])
    assert (project.folder / "build/stm32l4/tiny-size14/tiny-size14.elf").is_file()
    assert next_stages(project) == next_stages(project, *own) == set()
    assert next_stages(project, "target=stm32l4", "model=tiny:size=28") == set()  # the model itself


def test_network_trains_again(project):
    project.edit("models/tiny/network.py", "strides=7", "strides=6")
    assert next_stages(project) == {"train"}


def test_code_of_training_trains_again(project):
    project.insert_line("site_scons/scons_tinyml/stages/train/fit.py", "# A comment.")
    assert next_stages(project) == {"train"}


def test_budgets_train_nothing(project):
    project.edit("models/tiny/model.toml", "64 KiB", "63 KiB")
    found = project.scons(*TINY)
    assert (found.code, found.stages) == (0, ["plan", "report", "judge"])


def test_description_trains_nothing(project):
    project.edit("models/tiny/model.toml", "as bad", "as useless")
    assert next_stages(project) <= {"report"}


def test_representative_samples_quantize_again(project):
    project.edit("models/tiny/model.toml", "representative_samples = 16", "representative_samples = 32")
    assert next_stages(project) == {"quantize"}


def test_clock_of_the_board_trains_nothing(project):
    project.edit("boards/stm32l4.toml", 'clock = "80 MHz"', 'clock = "16 MHz"')
    assert next_stages(project) == {"fit", "generate", "report"}


def test_second_board_reuses_both_models(project):
    found = next_stages(project, "target=stm32l1", "model=tiny")
    assert not {"train", "quantize", "graph"} & found
    assert {"measure", "run"} <= found


def test_float_needs_no_second_training(project):
    found = next_stages(project, *TINY, "quantize=float")
    assert not {"train", "quantize"} & found
    assert {"graph", "measure", "run"} <= found


VARIANTS = """
[variants]
filters = [2, 1]
"""
OF_FILTERS = NETWORK.replace("build(input_shape, classes)", "build(spec)").replace(
    "input_shape", "spec.input_shape"
)
OF_FILTERS = OF_FILTERS.replace("Conv2D(2,", 'Conv2D(spec.whole("filters"),').replace(
    "(classes", "(spec.classes"
)


def test_a_failed_build_names_variants_that_were_explored(project):
    """What `scons explore` has found is a source of the report, and of nothing else."""
    model = project.folder / "models" / "tiny"
    (model / "model.toml").write_text(OWN_MODEL + VARIANTS)
    (model / "network.py").write_text(OF_FILTERS)
    too_small = (*TINY, "flash=2KiB")
    found = project.scons(*too_small)
    assert found.code == 2, found.errors
    assert project.report("stm32l4", "tiny")["remedies"]["variants"]["outcome"] == "not explored"
    said = " ".join(found.errors.split())
    assert "variants: none is explored; `scons explore target=stm32l4 model=tiny` looks for some" in said
    report = Report.model_validate(project.report("stm32l4", "tiny"))
    folder = project.folder / "build" / "explore" / "tiny"
    folder.mkdir(parents=True)
    points = [explored_point("filters=1", 0.9, 1900)]
    made = sha256(made_of(model / "model.toml").encode()).hexdigest()
    write_explored(folder, report, points, made, accuracy_drop=0.9)
    found = project.scons(*too_small)
    assert (found.code, found.stages) == (2, ["report", "judge"]), found.errors
    said = " ".join(found.errors.split())
    assert "filters=1: accuracy 0.9000, flash 1.9 KiB, RAM 2.0 KiB, latency 2.00 ms;" in said
    assert "`scons target=stm32l4 model=tiny:filters=1`" in said
    (model / "model.toml").write_text(OWN_MODEL.replace("epochs = 1", "epochs = 2") + VARIANTS)
    assert project.scons(*too_small).code == 2
    assert project.report("stm32l4", "tiny")["remedies"]["variants"]["outcome"] == "changed"
