"""`tinyml new`: files of a project, from an example or a network of one's own; nothing is overwritten."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest
import yaml

from scons_tinyml.cli.main import main
from scons_tinyml.cli.new_project.example import example_network
from scons_tinyml.cli.new_project.project import example, own_network, write_project
from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.model import read_model
from scons_tinyml.stages import command
from scons_tinyml.stages.graph.reader import read_tflite
from support.broken import small

FILES = {
    ".github/workflows/firmware.yml",
    ".gitignore",
    "SConstruct",
    "models/example/example.tflite",
    "models/example/model.toml",
    "requirements.txt",
}


def tinyml(*words: str | Path) -> int:
    return command.call(main, list(map(str, words)))


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path / "firmware", "stm32l1", example())
    return tmp_path / "firmware"


def test_files(project: Path) -> None:
    assert written(project) == FILES
    assert '"target": "stm32l1"' in (project / "SConstruct").read_text()
    assert "@" not in (project / "models" / "example" / "model.toml").read_text()
    model = read_model(project / "models" / "example" / "model.toml")
    assert (model.task, model.budgets.flash, model.budgets.ram) == ("classification", 16 * 1024, 4 * 1024)


def test_ci_builds_what_the_sconstruct_names(project: Path) -> None:
    workflow = yaml.safe_load((project / ".github" / "workflows" / "firmware.yml").read_text())
    steps = workflow["jobs"]["gate"]["steps"]
    assert [step["run"] for step in steps if "run" in step][-1] == "scons -Q"
    assert "build/stm32l1/*/*.elf" in steps[-1]["with"]["path"].split()
    kept = next(step["with"]["path"] for step in steps if "cache@" in step.get("uses", "")).split()
    assert kept == [line.strip("/") for line in (project / ".gitignore").read_text().split()]


def test_the_example_is_the_same_everywhere() -> None:
    """Rows that were measured for it are found again on other machines."""
    digest = "255af7cce51c13572ed76e4858058476fb115c4309bc0e9f64bb2283c912588b"
    assert hashlib.sha256(example_network()).hexdigest() == digest


def test_the_example_is_a_network(project: Path) -> None:
    graph = read_tflite(project / "models" / "example" / "example.tflite")
    assert [layer.operator for layer in graph.layers] == [
        "CONV_2D",
        "AVERAGE_POOL_2D",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]


@pytest.mark.parametrize(
    ("name", "file"),
    [("wake-word", "wake-word"), ("my net", "network"), ('a"b', "network"), ("1st", "network")],
)
def test_own_network(tmp_path: Path, name: str, file: str) -> None:
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(small())
    write_project(tmp_path / "firmware", "stm32l4", own_network(path))
    model = tmp_path / "firmware" / "models" / file
    assert (model / f"{file}.tflite").read_bytes() == small()
    assert read_model(model / "model.toml").source == f"{file}.tflite"
    assert tomllib.loads((model / "model.toml").read_text())["budgets"] == {}
    assert f'"model": "{file}"' in (tmp_path / "firmware" / "SConstruct").read_text()


@pytest.mark.parametrize(("suffix", "extra"), [(".keras", "[train]"), (".onnx", "[onnx]")])
def test_a_network_that_needs_an_extra(tmp_path: Path, capsys, suffix: str, extra: str) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_bytes(b"something")
    assert tinyml("new", tmp_path / "firmware", "--model", path) == 0
    assert f"  pip install 'scons-tinyml{extra}'\n" in capsys.readouterr().out
    assert (tmp_path / "firmware" / "requirements.txt").read_text().startswith(f"scons-tinyml{extra}==")
    model = read_model(tmp_path / "firmware" / "models" / "net" / "model.toml")
    assert (model.quantization.mode == "float") == (suffix == ".keras")


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(InputError) as caught:
        write_project(tmp_path, "stm32l4", example())
    assert str(caught.value).startswith(
        f"{path}: exists already, and nothing is overwritten; no file was written"
    )
    assert (written(tmp_path), path.read_text()) == ({name}, "mine")


def test_a_link_to_nowhere_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "SConstruct").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="SConstruct: exists already"):
        write_project(tmp_path, "stm32l4", example())
    assert not (tmp_path / "elsewhere").exists()


def test_into_a_repository_that_exists(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "README.md").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert tinyml("new", ".") == 0
    assert written(tmp_path) == {*FILES, "README.md"}
    assert "cd " not in capsys.readouterr().out


def test_mistakes(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "firmware"
    assert tinyml("new", folder, "--board", "stm32l44") == 1
    assert capsys.readouterr().err.startswith(
        "tinyml: error: --board: there is no board 'stm32l44'; did you mean 'stm32l4'? Known: "
    )
    (tmp_path / "net.pt").touch()
    with pytest.raises(InputError, match=r"net\.pt: is no \.tflite, \.keras, \.onnx file"):
        own_network(tmp_path / "net.pt")
    (tmp_path / "net.tflite").write_bytes(b"no network")
    with pytest.raises(ModelFileError, match=r"net\.tflite: "):
        own_network(tmp_path / "net.tflite")
    with pytest.raises(ModelFileError, match=r"none\.keras: no such file"):
        own_network(tmp_path / "none.keras")
    assert not folder.exists()
