"""Measuring an image that speaks the protocol, on two chips: by interrupts and by polling."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import FirmwareFault
from scons_tinyml.validation.inputs import made_up_input
from scons_tinyml.validation.run import measure

pytestmark = pytest.mark.arm

CHIPS = [
    ("NUCLEO_L4R5ZI", ("-DINTERRUPT=70",)),
    ("NUCLEO_L4R5ZI", ()),
    ("NUCLEO_G0B1RE", ("-DINTERRUPT=28",)),
]


@pytest.mark.parametrize(("chip", "macros"), CHIPS)
def test_the_emulator_and_the_timer_of_the_image_agree(compile_image, board, chip, macros):
    image, descriptor = compile_image(chip, "kws", *macros, rounds=10), board(chip)
    measured = measure(image, descriptor, "kws", iterations=5)
    printing_us = 5000 / descriptor.clock * 1e6
    assert measured.clock_hz == descriptor.clock
    assert measured.seconds * 1e6 == pytest.approx(measured.lap_us, abs=printing_us)
    assert measured.cycles_per_inference > 490 * 10


def test_an_inference_costs_the_same_however_many_are_measured(compile_image, board):
    """What is around the inferences is off: the loop around them and a digit more or less of a lap stay."""
    image = compile_image("NUCLEO_L4R5ZI", "kws", rounds=10)
    once, often = (measure(image, board("NUCLEO_L4R5ZI"), "kws", iterations=count) for count in (1, 8))
    assert once.instructions_per_inference == pytest.approx(often.instructions_per_inference, abs=200)
    assert once.cycles_per_inference == pytest.approx(often.cycles_per_inference, abs=300)


def test_the_work_of_one_round_is_what_twice_the_rounds_add(compile_image, board):
    """The loop of the made-up network has four instructions: load, add, compare and branch, for each of 490 bytes."""
    work = [
        measure(
            compile_image("NUCLEO_L4R5ZI", "kws", rounds=rounds), board("NUCLEO_L4R5ZI"), "kws", timing=False
        ).instructions_per_inference
        for rounds in (10, 20)
    ]
    each = (work[1] - work[0]) / 10 / 490
    assert each == pytest.approx(round(each), abs=0.05)
    assert 3 <= round(each) <= 6


@pytest.mark.parametrize("timing", [True, False])
def test_the_input_arrives_whole(compile_image, board, timing):
    image = compile_image("NUCLEO_L4R5ZI", "kws", "-DINTERRUPT=70")
    data = made_up_input("kws", 7)
    measured = measure(image, board("NUCLEO_L4R5ZI"), "kws", data=data, timing=timing)
    assert measured.results == f"m-results-[{sum(data)}]"
    assert measured.output.splitlines()[:2] == ["m-init-done", "m-ready"]


def test_without_input_nothing_is_loaded(compile_image, board):
    measured = measure(compile_image("NUCLEO_L4R5ZI", "kws"), board("NUCLEO_L4R5ZI"), "kws", data=b"")
    assert measured.results == "m-results-[0]"


def test_another_set_up_than_the_descriptors_is_told(compile_image, board):
    image = compile_image("NUCLEO_L4R5ZI", "kws", "-DACR=0x40022000", "-DACR_VALUE=0x602")
    slow = measure(image, board("NUCLEO_L4R5ZI"), "kws")
    assert slow.differences == (
        "the image sets 2 wait states of the flash, stm32l4r5 says 5",
        "the image has prefetch of the flash off, stm32l4r5 says on",
    )


BROKEN = [
    ("-DBROKEN=SILENT", "the firmware does not get ready"),
    ("-DBROKEN=NO_LAPS", "the firmware answers no lap to 'timestamp'"),
    ("-DBROKEN=FAULTS", "0x70000000"),
]


@pytest.mark.parametrize(("macro", "message"), BROKEN)
def test_an_image_that_does_not_follow_the_protocol_is_told(
    compile_image, board, macro, message, monkeypatch
):
    monkeypatch.setattr("scons_tinyml.validation.talk.PATIENCE_INSTRUCTIONS", 100_000)
    image: Path = compile_image("NUCLEO_L4R5ZI", "kws", macro)
    with pytest.raises(FirmwareFault, match=message):
        measure(image, board("NUCLEO_L4R5ZI"), "kws")


def test_an_error_that_the_image_answers_is_told(compile_image, board):
    image = compile_image("NUCLEO_L4R5ZI", "kws")
    with pytest.raises(FirmwareFault, match=r"answers 'e-\[too many bytes\]' to 'db load 3072'"):
        measure(image, board("NUCLEO_L4R5ZI"), "ic")


def test_made_up_inputs_have_the_sizes_of_the_networks():
    sizes = {network: len(made_up_input(network)) for network in ("ad", "ic", "kws", "vww")}
    assert sizes == {"ad": 2560, "ic": 3072, "kws": 490, "vww": 27648}
    assert made_up_input("kws", 1) == made_up_input("kws", 1) != made_up_input("kws", 2)
