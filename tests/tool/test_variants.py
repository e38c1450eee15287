"""Variants in a request: they are told apart by description, code and samples, and not by budgets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from site_tools.tinyml.dependencies.facts import Checked, Facts
from site_tools.tinyml.nodes.variants import of_report

MODEL = '[training]\nepochs = 1\n[dataset]\npath = "samples.csv"\n'


class Code:
    """Substitute of Modules."""

    def digest(self, *modules: str) -> str:
        return " ".join(modules)


class Environment(dict[str, str]):
    """Substitute of an environment in the folder `top`."""

    def __init__(self, top: Path) -> None:
        super().__init__(TINYML_BUILD="build")
        self.fs = SimpleNamespace(
            Top=SimpleNamespace(get_abspath=lambda: str(top)), File=lambda path: SimpleNamespace(abspath=path)
        )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the model.toml of a model with samples."""
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(MODEL)
    (folder / "samples.csv").write_text("1,2\n")
    return folder / "model.toml"


def fields(model: Path, variants: Any = ("width",)) -> dict[str, str]:
    paths = dict.fromkeys(("script", "train", "validation", "test", "representative"))
    dataset = Facts(**paths, path="samples.csv", files=[])
    network = SimpleNamespace(file=model, model=Facts(variants=variants, dataset=dataset), outside=())
    top = model.parents[2]
    return of_report(Environment(top), network, Checked(top / "checked.json", Code()))  # type: ignore[arg-type]


def test_changes_make_other_variants(model: Path) -> None:
    found = [fields(model)]
    assert found[0]["variants"].startswith("tiny=")
    model.write_text(f'{MODEL}[budgets]\nflash = "1 KiB"\n')
    assert fields(model) == found[0]
    for file, text in (("network.py", "a"), ("network.py", "b"), ("samples.csv", "1,2,3\n")):
        model.with_name(file).write_text(text)
        found.append(fields(model))
    model.write_text(MODEL.replace("1", "2"))
    found.append(fields(model))
    assert len({one["variants"] for one in found}) == len(found)


def test_only_models_with_variants_have_some_and_an_exploration_is_read_where_there_is_one(
    model: Path,
) -> None:
    assert fields(model, ()) == {}
    assert "explored" not in fields(model)
    result = model.parents[2] / "build" / "explore" / "tiny" / "explore.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    assert fields(model)["explored"] == "build/explore/tiny/explore.json"
