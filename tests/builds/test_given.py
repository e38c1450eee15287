"""Networks given as a path: their artefacts are known without a build."""

from __future__ import annotations

import pytest


@pytest.fixture
def nets(new_clone, tmp_path):
    """Return a project with files of networks, whose content no test reads."""
    project = new_clone(tmp_path / "project")
    for name in ("one.keras", "saved/saved_model.pb", "saved/variables/variables.index"):
        path = project.folder / "nets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a network")
    return project


@pytest.mark.parametrize(
    ("model", "name"),
    [("nets/one.keras", "one"), ("nets/saved", "saved"), ("nets/saved/saved_model.pb", "saved")],
)
def test_what_would_be_made(nets, model, name):
    found = nets.scons("-n", "target=stm32l4", f"model={model}")
    assert (found.code, found.errors) == (0, "")
    assert found.made("quantize") == ["float.tflite"]
    assert f"build/common/models/{name}/float.tflite" in found.output


def test_every_file_of_a_saved_model_counts(nets):
    found = nets.scons("--tree=all", "-n", "target=stm32l4", "model=nets/saved")
    assert "nets/saved/variables/variables.index" in found.output


def test_a_folder_that_is_none(nets):
    found = nets.scons("target=stm32l4", "model=nets")
    assert (found.code, found.stages) == (1, [])
    assert found.errors == (
        "tinyml: error: command line: model: the folder 'nets' has neither model.toml nor saved_model.pb\n"
    )
