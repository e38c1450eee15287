"""Messages about values of `model=` that are paths, but of no network."""

from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from site_tools.tinyml.commandline.naming import check_name, network_file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("models/cat", "models/empty", "elsewhere/dog"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("models/cat/model.toml", "elsewhere/dog/model.toml", "old.h5", "notes"):
        (tmp_path / file).touch()
    return tmp_path


def check(project: Path, text: str) -> None:
    models = project / "models"
    check_name(text, project / text, {"cat": models / "cat" / "model.toml"}, [models])


BY_NAME = "is a path; a model with a model.toml is called by its name"
NEITHER = "has neither model.toml nor saved_model.pb"
OTHER_KIND = "is no .tflite, .keras or .onnx file, nor the folder of a SavedModel"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models/cat", f"'models/cat' {BY_NAME}\n  model=cat"),
        ("models/cat/", f"'models/cat/' {BY_NAME}\n  model=cat"),
        ("models/cat/model.toml", f"'models/cat/model.toml' {BY_NAME}\n  model=cat"),
        ("elsewhere/dog", f"'elsewhere/dog' {BY_NAME}\n  models are folders of models/"),
        ("models/empty", f"the folder 'models/empty' {NEITHER}"),
        ("empty", f"the folder 'empty' {NEITHER}"),
        ("elsewhere", f"the folder 'elsewhere' {NEITHER}"),
        ("notes", f"'notes' {OTHER_KIND}"),
        (
            "old.h5",
            f"'old.h5' {OTHER_KIND}\n  keras.models.load_model reads it; save it with model.save('name.keras')",
        ),
        ("nets/absent", "no such file or folder: nets/absent"),
    ],
)
def test_path_that_names_no_network(project: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check(project, text)
    assert str(caught.value) == f"command line: model: {message}"


@pytest.mark.parametrize("text", ["cat", "kat"])
def test_a_name_is_left_to_the_search_for_names(project: Path, text: str) -> None:
    (project / "cat").mkdir()  # a folder of the same name does not hide the model
    check(project, text)


def test_networks(project: Path) -> None:
    saved = project / "elsewhere" / "saved_model.pb"
    saved.touch()
    assert network_file(saved.parent) == network_file(saved) == saved
    assert network_file(project / "absent.keras") == project / "absent.keras"
    assert network_file(project / "old.h5") is None
