"""The stage that evaluates reads networks as carefully as the one that converts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.stages.quantize import evaluate, outputs
from scons_tinyml.stages.quantize.requests import AccuracyRequest
from scons_tinyml.stages.train import saved_model, tensorflow_process


def request_of(keras: Path, trust_model: str | None = None) -> AccuracyRequest[Path]:
    file = Path("unused")
    return AccuracyRequest(
        keras=keras, float=file, int8=file, data=file, accuracy=file, model=file, trust_model=trust_model
    )


@pytest.fixture(autouse=True)
def named_output(monkeypatch: pytest.MonkeyPatch) -> None:
    model = SimpleNamespace(dataset=SimpleNamespace(output="scores"), signature=None)
    monkeypatch.setattr(evaluate, "read_model", lambda _: model)


def test_a_network_is_checked_before_tensorflow_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorflow_process, "import_tensorflow", lambda _seed: pytest.fail("imported"))
    (tmp_path / "net.keras").write_bytes(b"no archive")
    with pytest.raises(ModelFileError, match=r"is not a \.keras file"):
        evaluate._output(request_of(tmp_path / "net.keras"))


@pytest.mark.parametrize("trust_model", [None, "yes"])
def test_trust_reaches_the_reader(monkeypatch: pytest.MonkeyPatch, trust_model: str | None) -> None:
    found = []
    monkeypatch.setattr(saved_model, "check_network", lambda _: None)
    monkeypatch.setattr(saved_model, "read_network", lambda *_, trusted: found.append(trusted))
    monkeypatch.setattr(tensorflow_process, "import_tensorflow", lambda seed: seed)
    monkeypatch.setattr(outputs, "output_position", lambda *_: 2)
    assert evaluate._output(request_of(Path("saved_model.pb"), trust_model)) == 2
    assert found == [trust_model == "yes"]
