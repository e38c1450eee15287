"""Finding images."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.validation.checkout import BOARDS, PublishedImage, board_of_folder, find_images
from scons_tinyml.validation.compare import compare_all

FILES = [
    "NUCLEO_L4R5ZI/kws/Release/a.bin",
    "NUCLEO_H7A3ZI/ad/project/Release/b.bin",
    "NUCLEO_H7A3ZI/ic/BUILD/NUCLEO_H7A3ZI_Q/GCC_ARM/code_application.bin",
    "NUCLEO_H7A3ZI/ic/BUILD/NUCLEO_H7A3ZI_Q/GCC_ARM/other.bin",
    "SOMETHING_ELSE/kws/Release/c.bin",
    "NUCLEO_L4R5ZI/unknown/Release/d.bin",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / "results_v0" / "closed" / "maker" / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "results_v0"


def names(images: list[PublishedImage]) -> list[tuple[str, str, str]]:
    return [(image.name, image.board, image.path.name) for image in images]


EVERYTHING = [
    ("maker/NUCLEO_H7A3ZI/ad", "stm32h7a3", "b.bin"),
    ("maker/NUCLEO_H7A3ZI/ic", "stm32h7a3", "code_application.bin"),
    ("maker/NUCLEO_L4R5ZI/kws", "stm32l4r5", "a.bin"),
]


@pytest.mark.parametrize("inside", ["..", ".", "closed", "closed/maker"])
def test_images_are_found_from_any_folder_around_them(root, inside):
    assert names(find_images(root / inside)) == EVERYTHING


LAYOUTS = {
    "NUCLEO_L4R5ZI_int8/ad/l4r5_ad.bin": "NUCLEO_L4R5ZI_int8/ad",
    "NUCLEO_L4R5ZI_int8_max_performance/ad/l4r5_ad.hex": "NUCLEO_L4R5ZI_int8_max_performance/ad",
    "NUCLEO_H7A3ZI_float/vww/a.bin": "NUCLEO_H7A3ZI_float/vww",
    "NUCLEO-U575ZI-Q/keyword_spotting/Release/a.hex": "NUCLEO-U575ZI-Q/kws",
    "some_tool/NUCLEO_L4R5ZI/person_detection/a.bin": "some_tool/NUCLEO_L4R5ZI/vww",
}


@pytest.mark.parametrize(("path", "name"), LAYOUTS.items())
def test_layouts_of_submitters(tmp_path, path, name):
    image = tmp_path / "closed/maker/code" / path
    image.parent.mkdir(parents=True)
    image.touch()
    (image.parent / "notes.txt").touch()
    (image.parent / "ml_perf").mkdir()
    (image.parent / "ml_perf" / "weights.bin").touch()
    found = find_images(tmp_path)
    assert [(each.name, each.path) for each in found] == [(f"maker/{name}", image)]
    assert find_images(tmp_path, board=name.rpartition("/")[0]) == found


@pytest.mark.parametrize(
    ("folder", "board"),
    [
        ("NUCLEO_L4R5ZI", "stm32l4r5"),
        ("NUCLEO-L4R5ZI_X-CUBE-AI-7.3", "stm32l4r5"),
        ("NUCLEO_H7A3ZI_Q", "stm32h7a3"),
        ("NUCLEO_L4R5ZI2", None),
        ("OTHER_NUCLEO_L4R5ZI", None),
        ("", None),
    ],
)
def test_the_board_of_a_folder(folder, board):
    assert board_of_folder(folder) == board


def test_of_two_forms_of_an_image_the_one_with_addresses_is_taken(tmp_path):
    folder = tmp_path / "code/NUCLEO_L4R5ZI_int8/kws"
    folder.mkdir(parents=True)
    for name in ("a.bin", "a.hex"):
        (folder / name).touch()
    assert [image.path.name for image in find_images(tmp_path)] == ["a.hex"]


def test_images_in_one_folder_have_names_of_their_own(tmp_path):
    folder = tmp_path / "maker/code/NUCLEO_L4R5ZI_int8/kws"
    folder.mkdir(parents=True)
    for name in ("a.bin", "b.bin"):
        (folder / name).touch()
    assert [image.name for image in find_images(tmp_path)] == [
        f"maker/NUCLEO_L4R5ZI_int8/kws/{name}" for name in ("a.bin", "b.bin")
    ]


def test_results_may_have_other_names(tmp_path):
    image = tmp_path / "maker/code/NUCLEO_L4R5ZI/keyword_spotting/a.bin"
    log = tmp_path / "maker/results/NUCLEO_L4R5ZI/keyword_spotting/performance/performance_log.txt"
    for path in (image, log):
        path.parent.mkdir(parents=True)
        path.touch()
    assert find_images(tmp_path)[0].log == log


def test_results_lie_beside_the_code(root):
    image = find_images(root, network="kws")[0]
    folder = root / "closed/maker/results/NUCLEO_L4R5ZI/kws/performance"
    assert (image.log, image.results) == (folder / "log.txt", folder / "results.txt")


@pytest.mark.parametrize("board", ["stm32h7a3", "NUCLEO_H7A3ZI"])
def test_a_board_goes_by_both_of_its_names(root, board):
    assert names(find_images(root, board=board)) == EVERYTHING[:2]


def test_every_board_of_the_table_is_shipped():
    shipped = {path.stem for path in (Path(__file__).parents[2] / "boards").glob("*.toml")}
    assert set(BOARDS.values()) <= shipped


def test_a_board_without_descriptor_is_told(root):
    with pytest.raises(InputError, match="there is no descriptor of stm32h7a3, stm32l4r5"):
        list(compare_all(find_images(root), {}, 1))


def test_a_wrong_folder_is_told_what_was_looked_for(tmp_path):
    with pytest.raises(InputError) as caught:
        find_images(tmp_path)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path}: no images of supported boards are here")
    assert all(
        part in text
        for part in ("closed/<submitter>/code/<board>[_<variant>]/<network>/", *BOARDS, "ad, ic, kws, vww")
    )


def test_a_board_without_images_is_told_which_have_some(root):
    with pytest.raises(InputError, match="no image is for stm32g0b1 and kws") as caught:
        find_images(root, board="stm32g0b1", network="kws")
    assert "boards: stm32h7a3, stm32l4r5" in str(caught.value)
