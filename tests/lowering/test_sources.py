"""Kernel sets in several folders: which set is taken, and which headers its files see."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import RecordError
from scons_tinyml.resources import folders
from scons_tinyml.stages.firmware.sources import source_digest
from scons_tinyml.stages.lowering.sources import KernelSources

ROOT = Path(__file__).parents[2]
SET = 'description = "Ours"\noptimize = "-O2"\n'
KERNEL = """\
operator = "RELU"
type = "int8"
function = "{name}_relu"
description = "{folder}"
sources = ["relu.c"]
"""


def add_set(folder: Path, name: str, include: str = "tinyml/relu.h") -> None:
    """Write a kernel set with one kernel, which is described by the name of `folder`."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "set.toml").write_text(SET)
    (place / "relu.toml").write_text(KERNEL.format(name=name, folder=folder.name))
    (place / "relu.c").write_text(f'#include "{include}"\n')


def add_header(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """Return two folders of kernel sets: both have `theirs`, only the first one `mine`."""
    project, shipped = tmp_path / "project", tmp_path / "shipped"
    add_set(project, "mine")
    add_set(project, "theirs")
    add_set(shipped, "theirs")
    add_header(shipped, "include/tinyml/relu.h", "// shipped\n")
    return [project, shipped]


def test_of_two_sets_with_one_name_the_first_wins(places: list[Path]) -> None:
    sources = KernelSources.read(places)
    assert {kernel.name: kernel.description for kernel in sources.kernels} == {
        "mine/relu": "project",
        "theirs/relu": "project",
    }
    assert {name: path.parent.name for name, path in sources.places.items()} == {
        "mine": "project",
        "theirs": "project",
    }
    assert {kernel.description for kernel in KernelSources.read(places[::-1]).only(["theirs"]).kernels} == {
        "shipped"
    }
    assert sources.files(sources.kernels[0]) == (places[0] / "mine" / "relu.c",)


def test_a_set_sees_its_own_headers_those_of_all_folders_and_its_external_ones(
    places: list[Path], tmp_path: Path
) -> None:
    add_header(places[0], "mine/include/mine.h", "")
    (places[0] / "mine" / "set.toml").write_text(f'{SET}external_include = ["inc"]\n')
    sources = KernelSources.read(places, {"mine": tmp_path / "far"})
    shared = tuple(place / "include" for place in places)
    assert sources.include_folders == shared
    assert sources.include_folders_of("theirs") == shared
    assert sources.include_folders_of("mine") == (
        places[0] / "mine" / "include",
        *shared,
        tmp_path / "far" / "inc",
    )


def test_a_shared_header_of_the_project_is_the_one_that_counts(places: list[Path]) -> None:
    def digest() -> str:
        sources = KernelSources.read(places)
        (kernel,) = (kernel for kernel in sources.kernels if kernel.name == "theirs/relu")
        return source_digest(sources.files(kernel), sources.include_folders_of(kernel.set_name))

    before = digest()
    add_header(places[0], "include/tinyml/relu.h", "// of the project\n")
    assert digest() != before
    add_header(places[0], "include/tinyml/relu.h", "// shipped\n")
    assert digest() == before


@pytest.mark.parametrize("place", ["mine/include", "mine"])
def test_a_header_of_a_set_that_hides_a_shared_one_is_refused(places: list[Path], place: str) -> None:
    add_header(places[0], f"{place}/tinyml/relu.h", "// other parameters\n")
    found = rf"^\S*/project/{place}/tinyml/relu\.h: has the name of \S*/shipped/"
    with pytest.raises(RecordError, match=found):
        KernelSources.read(places).include_folders_of("mine")


def test_a_project_adds_to_the_shipped_sets(tmp_path: Path) -> None:
    add_set(tmp_path / "kernels", "mine")
    sources = KernelSources.read(folders("kernels", tmp_path))
    assert list(sources.sets) == ["cmsis_nn", "generated", "mine", "reference"]
    shipped = {name: path for name, path in sources.places.items() if name != "mine"}
    assert {path.parent for path in shipped.values()} == {ROOT / "kernels"}
