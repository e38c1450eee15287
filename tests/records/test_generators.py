"""Lists show what generators say that they take, without running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.generators import Generated, listed_kernels
from scons_tinyml.records.kernel import generator_files

ROOT = Path(__file__).parents[2]


def a_set(folder: Path, text: str) -> Path:
    """Write a set of one generator."""
    made = folder / "mine"
    made.mkdir(parents=True)
    (made / "set.toml").write_text('description = "mine"\noptimize = "-O2"\n')
    (made / "own.py").write_text(text)
    return made


def test_what_a_generator_takes_is_read_and_nothing_runs(tmp_path: Path) -> None:
    folder = a_set(tmp_path, 'raise SystemExit\nTAKES = ("RELU int8", "ADD int16")\n')
    assert listed_kernels(folder) == (
        Generated("mine/own", "RELU", "int8"),
        Generated("mine/own", "ADD", "int16"),
    )
    assert listed_kernels(a_set(tmp_path / "other", "GENERATOR = None\n")) == ()


@pytest.mark.parametrize("value", ['"RELU int8"', '("RELU",)', "(1,)", "taken()", '["RELU int8"]'])
def test_other_values_are_told(tmp_path: Path, value: str) -> None:
    with pytest.raises(RecordError, match=r"own\.py: TAKES: expected texts such as \(\"CONV_2D int8\",\)"):
        listed_kernels(a_set(tmp_path, f"TAKES = {value}\n"))


def test_what_is_not_python_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"own\.py: is not Python"):
        listed_kernels(a_set(tmp_path, "TAKES = (\n"))


def test_every_shipped_generator_is_listed() -> None:
    folder = ROOT / "kernels" / "generated"
    listed = {found.name for found in listed_kernels(folder) if isinstance(found, Generated)}
    assert listed == {f"generated/{file.stem}" for file in generator_files(folder)}
