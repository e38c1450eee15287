"""Machines that lack something: the compiler, a data set, a package, a place to write."""

import shutil
from pathlib import Path

import pytest

from scons_tinyml.emulator.timing.native.objects import cache_folder
from support.broken import small
from support.external_sources import cmsis_nn_root
from support.project import Project

TARGET = "target=acme"
WITHOUT = """\
from importlib import util

_find_spec = util.find_spec
util.find_spec = lambda name, package=None: None if name == "{}" else _find_spec(name, package)
"""


@pytest.fixture
def project(tmp_path):
    project = Project.of_others(tmp_path / "project")
    shutil.copytree(Path(__file__).parent / "base", project.folder, dirs_exist_ok=True)
    (project.folder / "net.tflite").write_bytes(small())
    return project


def changed(project, folder: Path, text: str) -> dict[str, str]:
    """Return environment variables with which Python runs `text` when it starts."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(text)
    return {"PYTHONPATH": f"{folder}:{project.environment['PYTHONPATH']}"}


def test_no_compiler(project, tmp_path):
    found = project.scons(TARGET, "model=net.tflite", environment={"PATH": str(tmp_path)})
    assert (found.code, found.stages) == (1, [])
    assert found.errors == (
        "tinyml: error: compiler 'arm-none-eabi-gcc' is not on PATH\n"
        "  on Debian and Ubuntu: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi, "
        "or let ./bootstrap do it\n"
    )


def test_another_compiler_that_is_missing(project):
    project.edit("SConstruct", 'tools=["tinyml"]', 'tools=["tinyml"], TINYML_CC="arm-none-eabi-gcc-99"')
    found = project.scons(TARGET, "model=net.tflite")
    assert found.code == 1
    assert found.errors.startswith("tinyml: error: compiler 'arm-none-eabi-gcc-99' is not on PATH\n")


def test_compiler_that_does_not_answer(project, tmp_path):
    compiler = tmp_path / "arm-none-eabi-gcc"
    compiler.write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    compiler.chmod(0o755)
    found = project.scons(TARGET, "model=net.tflite", environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert found.code == 1
    assert found.errors == f"tinyml: error: {compiler}: '{compiler} --version' failed: no licence\n"


def test_no_data_set(project, tmp_path):
    """The wheel of the data is downloaded, where there is an index of packages."""
    without = changed(project, tmp_path / "site", WITHOUT.format("animal_mnist"))
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    (tmp_path / "cache" / "scons-tinyml").mkdir(parents=True)
    (tmp_path / "cache" / "scons-tinyml" / "native").symlink_to(cache_folder())
    sources = f"CMSIS_NN_ROOT={cmsis_nn_root()}"
    found = project.scons(TARGET, "model=mine", sources, environment=without | offline)
    assert (found.code, found.made("data")) == (1, ["data.npz"])
    assert found.errors.startswith("tinyml: error: animal-mnist 0.4 could not be downloaded:")
    assert found.errors.endswith(
        "\n  pip needs to reach its package index once; "
        "or run python -m pip install --no-deps animal-mnist==0.4; the limit of a wheel is 256.00 MiB\n"
        "scons: *** [build/common/models/mine/data.npz] Error 1\n"
    )
    assert not list((project.folder / "build").rglob("float.keras*"))


def test_no_tensorflow(project, tmp_path):
    without = changed(project, tmp_path / "site", WITHOUT.format("tensorflow"))
    found = project.scons(TARGET, "model=mine", environment=without)
    assert (found.code, set(found.stages) - {"fetch"}) == (1, {"data"})
    assert found.errors == (
        "tinyml: error: models/mine/model.toml: needs TensorFlow, and the package tensorflow is not installed\n"
        "  pip install 'scons-tinyml[train]'; in a checkout ./bootstrap; "
        "a .tflite needs neither, as source = in a model.toml or as model=\n"
        "scons: *** [build/common/models/mine/data.npz] Error 1\n"
    )


def test_keras_without_tensorflow(project, tmp_path):
    """No package that comes with TensorFlow is imported first."""
    (project.folder / "net.keras").write_bytes(b"PK")
    without = changed(project, tmp_path / "site", WITHOUT.format("tensorflow"))
    found = project.scons(TARGET, "model=net.keras", "quantize=float", environment=without)
    assert (found.code, set(found.stages) - {"fetch"}) == (1, {"quantize"})
    assert found.errors.startswith(
        "tinyml: error: net.keras: needs TensorFlow, and the package tensorflow is not installed\n"
    )


def test_results_that_cannot_be_written(project):
    (project.folder / "build").write_text("a file where a folder should be\n")
    found = project.scons(TARGET, "model=net.tflite")
    assert (found.code, found.stages) == (1, [])
    assert found.errors == "tinyml: error: build: is not a folder: results cannot be written there\n"
    assert (project.folder / "build").read_text() == "a file where a folder should be\n"
