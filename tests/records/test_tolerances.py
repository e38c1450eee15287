"""Tolerances of kernels: declared below a ceiling that follows from the operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.kernel import Kernel, read_kernel_set
from scons_tinyml.records.tolerances import CEILINGS, ceiling_ulps

KERNELS = Path(__file__).parents[2] / "kernels"
DECLARATION = """\
operator = "{operator}"
type = "{type}"
function = "mine"
description = "mine"
sources = ["mine.c"]
max_ulps = {max_ulps}
"""


def read(folder: Path, operator: str, number_type: str, max_ulps: int) -> Kernel:
    (folder / "set.toml").write_text('description = "mine"\noptimize = "-O2"\n')
    (folder / "mine.c").write_text("")
    text = DECLARATION.format(operator=operator, type=number_type, max_ulps=max_ulps)
    (folder / "mine.toml").write_text(text)
    return read_kernel_set(folder)[1][0]


@pytest.mark.parametrize(
    ("operator", "number_type", "most"),
    [("EXP", "float32", 16), ("CONV_2D", "float32", 256), ("ADD", "float32", 0), ("CONV_2D", "int8", 0)],
)
def test_a_tolerance_ends_at_its_ceiling(tmp_path: Path, operator: str, number_type: str, most: int) -> None:
    assert read(tmp_path, operator, number_type, most).max_ulps == most
    with pytest.raises(RecordError) as caught:
        read(tmp_path, operator, number_type, most + 1)
    reason = ceiling_ulps(operator, number_type)[1]
    assert str(caught.value) == (
        f"{tmp_path / 'mine.toml'}: max_ulps: found {most + 1} ulps, "
        f"the limit for {operator} of {number_type} is {most} ulps: {reason}"
    )


def test_garbage_within_a_tolerance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="found 9999999999 ulps, the limit for CONV_2D of float32 is 256"):
        read(tmp_path, "CONV_2D", "float32", 9999999999)


def test_ceilings_leave_room_above_what_shipped_kernels_declare() -> None:
    """Other kernels may be less accurate than the reference, by a factor and not by orders of magnitude."""
    kernels = [
        kernel for folder in ("reference", "cmsis_nn") for kernel in read_kernel_set(KERNELS / folder)[1]
    ]
    declared = {(kernel.operator, kernel.type): kernel.max_ulps for kernel in kernels if kernel.max_ulps}
    factors = {kind: ceiling_ulps(*kind)[0] / ulps for kind, ulps in declared.items()}
    assert len(factors) >= 10
    assert {kind: factor for kind, factor in factors.items() if not 2 <= factor <= 8} == {}


def test_every_ceiling_is_of_an_operator_that_has_a_float32_kernel() -> None:
    _, kernels = read_kernel_set(KERNELS / "reference")
    assert {*CEILINGS} <= {kernel.operator for kernel in kernels if kernel.type == "float32"}
