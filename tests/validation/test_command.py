"""`tinyml validate` on a checkout of made-up results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.validation.run import measure

pytestmark = pytest.mark.arm

L4R5, G0B1 = "NUCLEO_L4R5ZI", "NUCLEO_G0B1RE"


@pytest.fixture
def microseconds(compile_image: Any, board: Any) -> Any:
    """What the emulator says an inference takes on a chip."""
    return lambda chip: 1e6 * measure(compile_image(chip, "kws"), board(chip), "kws").seconds


def validate(*arguments: object) -> None:
    """In this process, which is faster for images as small as these; a later --jobs has precedence."""
    main(["validate", "--jobs", "1", *map(str, arguments)])


def test_images_inside_of_their_bands(make_checkout, microseconds, capsys, tmp_path):
    make_checkout(L4R5, "kws", microseconds(L4R5) / 1.01)
    root = make_checkout(G0B1, "kws", microseconds(G0B1) / 0.97)
    validate(root, "--jobs", 2, "--json", tmp_path / "out.json")
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["image", f"somebody/{G0B1}", f"somebody/{L4R5}"]
    assert [line.split()[-1] for line in lines[1:3]] == ["0.970", "1.010"]
    assert lines[5].split()[0] == "cortex-m0plus"
    assert lines[-1] == "all 2 images are inside of their bands"
    assert sorted(line[:6] for line in captured.err.splitlines()) == ["1 of 2", "2 of 2"]
    content = json.loads((tmp_path / "out.json").read_text())
    assert content["inside"] is True
    assert [image["image"] for image in content["images"]] == [
        f"somebody/{chip}/kws" for chip in (G0B1, L4R5)
    ]
    assert content["images"][1]["ratio"] == pytest.approx(1.01, abs=1e-3)
    assert content["images"][1]["cycles"] == pytest.approx(120 * microseconds(L4R5), abs=1)


def test_an_image_outside_of_its_band(make_checkout, microseconds, capsys):
    make_checkout(L4R5, "kws", microseconds(L4R5) * 1.1)
    root = make_checkout(G0B1, "kws", microseconds(G0B1))
    with pytest.raises(BudgetExceeded) as caught:
        validate(root)
    assert caught.value.exit_code == 2
    out = capsys.readouterr().out.splitlines()
    assert out[2].split()[-2:] == ["0.909", "outside"]
    assert out[-1] == f"1 of 2 images are outside of their bands: somebody/{L4R5}/kws (0.909)"


def test_an_image_that_faults_does_not_stop_the_others(make_checkout, microseconds, capsys):
    make_checkout(L4R5, "kws", 1, "-DBROKEN=FAULTS")
    root = make_checkout(G0B1, "kws", microseconds(G0B1))
    with pytest.raises(BudgetExceeded, match="1 of 2 images"):
        validate(root)
    out = capsys.readouterr().out
    assert f"somebody/{L4R5}  kws       cortex-m4" in out
    assert "note: somebody/NUCLEO_L4R5ZI/kws: " in out
    assert "0x70000000" in out


def test_one_board_and_one_network_can_be_chosen(make_checkout, microseconds, capsys):
    make_checkout(G0B1, "ic", 1)
    make_checkout(L4R5, "kws", 1)
    root = make_checkout(G0B1, "kws", microseconds(G0B1))
    validate(root, "--board", "stm32g0b1", "--network", "kws")
    assert "all 1 images are inside" in capsys.readouterr().out


def test_a_set_up_that_differs_is_noted(make_checkout, capsys):
    root = make_checkout(L4R5, "kws", 1, "-DACR=0x40022000", "-DACR_VALUE=0x705", "-DINTERRUPT=70")
    with pytest.raises(BudgetExceeded):
        validate(root)
    assert "note:" not in capsys.readouterr().out
    root = make_checkout(L4R5, "ad", 1, "-DACR=0x40022000", "-DACR_VALUE=0x702", "-DINTERRUPT=70")
    with pytest.raises(BudgetExceeded):
        validate(root, "--network", "ad")
    note = f"note: somebody/{L4R5}/ad: the image sets 2 wait states of the flash, stm32l4r5 says 5"
    assert note in capsys.readouterr().out.splitlines()


def test_a_folder_without_images_is_an_error_of_the_input(tmp_path):
    with pytest.raises(InputError, match="no images of supported boards are here") as caught:
        validate(tmp_path)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--network", "mnist"]])
def test_wrong_arguments_are_told(arguments, tmp_path):
    with pytest.raises(InputError):
        validate(tmp_path, *arguments)
