"""Weights in RAM are a variant of every implementation that reads constants often enough."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    GeneratedCode,
    Implementation,
    Input,
    Output,
    Refusal,
)
from scons_tinyml.stages.lowering.ram_constants import with_ram_constants

WEIGHTS = ConstantData("weights", "int8_t", bytes(200))
BASE = Implementation(
    "made/row", "row", GeneratedCode("void row(void)", "void row(void) {}"), (Input(0), WEIGHTS, Output(0))
)
REFUSAL = Refusal("made/other", "is for floats")


def test_the_variant_follows_and_differs_in_place_and_name_alone() -> None:
    *found, variant = with_ram_constants([BASE, REFUSAL])
    assert found == [BASE, REFUSAL]
    assert isinstance(variant, Implementation)
    assert (variant.name, variant.variant_of, variant.base) == ("made/row.ram", "made/row", "made/row")
    assert replace(variant, name=BASE.name, variant_of="", arguments=BASE.arguments) == BASE
    assert [found.in_ram for found in variant.constants] == [True]


def test_it_has_a_row_of_its_own_and_one_proof() -> None:
    _, variant = with_ram_constants([BASE])
    assert isinstance(variant, Implementation)
    assert variant.code_digest != BASE.code_digest
    assert variant.proof_digest == BASE.proof_digest


def test_few_bytes_copies_and_weights_that_are_there_already_have_none() -> None:
    few = replace(BASE, arguments=(Input(0), replace(WEIGHTS, data=bytes(100)), Output(0)))
    there = replace(BASE, arguments=(Input(0), replace(WEIGHTS, in_ram=True), Output(0)))
    for item in (few, there, replace(BASE, reads_constants_once=True), replace(BASE, arguments=(Input(0),))):
        assert with_ram_constants([item]) == (item,)
