"""What operators say of their parameter structs is what the headers declare: fields, order and types."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.graph.operators import find_operator, known_operators
from support.all_cases import KERNEL_CASES
from support.arm_machine import CORES
from support.kernel_calls import KERNELS, KernelFolder, operator_of

REFERENCE = {kernel.name: kernel for kernel in KernelFolder(KERNELS / "reference").kernels}


def _checks(struct: CStruct) -> str:
    """C that compiles when the struct has these fields, all of four bytes, in this order and no other."""
    lines = []
    for position, (name, value) in enumerate(struct.fields.items()):
        place = f"offsetof({struct.c_type}, {name}) == {4 * position}"
        lines.append(f'_Static_assert({place}, "{name} is not field {position}");')
        c_type = f"const {value.c_type} *" if isinstance(value, CArray) else type(value).__name__
        c_type = {"int": "int32_t", "float": "float"}.get(c_type, c_type)
        match = f"_Generic((({struct.c_type} *)0)->{name}, {c_type}: 1, default: 0)"
        lines.append(f'_Static_assert({match}, "{name} is not {c_type}");')
    size = f"sizeof({struct.c_type}) == {4 * len(struct.fields)}"
    lines.append(f'_Static_assert({size}, "the struct has more fields");')
    return "\n".join(lines)


@pytest.mark.parametrize("kernel", REFERENCE.values(), ids=REFERENCE)
def test_struct_is_as_the_header_declares(kernel: Kernel, tmp_path: Path) -> None:
    found: list[CStruct] = []

    @settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        case = data.draw(KERNEL_CASES[kernel.operator](kernel.type))
        found.append(operator_of(case).parameters(case.view))

    draw()
    source = tmp_path / "check.c"
    header = f'#include "tinyml/{kernel.operator.lower()}.h"'
    source.write_text(f"#include <stddef.h>\n{header}\n{_checks(found[0])}\n")
    command = ["arm-none-eabi-gcc", *CORES[0].flags, "-std=c11", f"-I{KERNELS / 'include'}", "-fsyntax-only"]
    result = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert result.stderr == ""


def test_every_computation_has_kernels_and_layers() -> None:
    operators = filter(None, map(find_operator, known_operators()))
    computed = {operator.computes for operator in operators if not operator.layout_only}
    with_kernels = {kernel.operator for kernel in REFERENCE.values()}
    assert computed <= with_kernels
    assert with_kernels == set(KERNEL_CASES)
