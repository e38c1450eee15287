"""Cores: one file with all facts of each, and no module beside these that names one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from unicorn import arm_const

import scons_tinyml
from scons_tinyml.emulator.timing import timed_cores, timing_for
from scons_tinyml.records import cores
from scons_tinyml.records.board import core_names

PACKAGE = Path(scons_tinyml.__file__).parent
A_CORE = re.compile(r"cortex-m\d+(plus)?(f|fd)?")


def test_the_folder_holds_these():
    assert cores.names() == ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")


@pytest.mark.parametrize("name", cores.names())
def test_a_file_describes_the_core_that_it_is_named_after(name):
    core = cores.core(name)
    assert core.name == timing_for(name).core == name
    assert hasattr(arm_const, core.unicorn_model)
    assert core.cpuid >> 24 == 0x41  # Arm


def test_every_core_has_a_timing_model_and_no_model_is_of_another():
    assert set(timed_cores()) == set(cores.names())


@pytest.mark.parametrize("name", cores.names())
def test_a_unit_that_may_be_chosen_has_a_name_for_the_compiler(name):
    core = cores.core(name)
    assert ("fpu" in core.features) == (core.compiler_fpu is not None)
    assert ("fpu_double" in core.features) == (core.compiler_double_fpu is not None)


def test_names_of_cores_with_their_units():
    assert core_names() == (
        "cortex-m0plus",
        "cortex-m3",
        "cortex-m4",
        "cortex-m4f",
        "cortex-m7",
        "cortex-m7f",
        "cortex-m7fd",
        "cortex-m33",
        "cortex-m33f",
    )


def _texts(path: Path) -> set[str]:
    """Texts that the code of a module has, without its documentation."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return {node.value for node in constants if isinstance(node.value, str)}


def test_no_other_module_names_a_core():
    own = {PACKAGE / "records/cores", PACKAGE / "emulator/timing"}
    naming = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if not (path.parent in own and path.name.startswith("cortex_"))
        and any(A_CORE.fullmatch(text) for text in _texts(path))
    }
    templates = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.j2")
        if re.search(rf"""["']{A_CORE.pattern}["']""", path.read_text())
    }
    assert naming | templates == set()
