"""What a chip family consists of: the files that docs/adding-a-chip-family.md lists, and nothing besides."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import scons_tinyml
from scons_tinyml.emulator.devices.families import FAMILIES as EMULATED
from scons_tinyml.stages.firmware.families import FAMILIES as STARTED

PACKAGE = Path(scons_tinyml.__file__).parent
GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-chip-family.md"
CLOCKS = "stages/firmware/templates/clock"
SHARED_CLOCK_CODE = {"begin"}
BOOT_STAGES = {"records/board.py"}
"""A boot stage has the name of the chip whose boot ROM wants it."""


def listed(of: str) -> list[str]:
    """Files that the guide lists for '<family>' or '<core>'."""
    return re.findall(rf"^\| `([^`]*<{of}>[^`]*)` \|", GUIDE.read_text(), re.MULTILINE)


def test_the_folders_hold_the_same_families():
    clocks = {path.name.removesuffix(".c.j2") for path in (PACKAGE / CLOCKS).glob("*.c.j2")}
    assert set(EMULATED.names()) == set(STARTED.names()) == clocks - SHARED_CLOCK_CODE


@pytest.mark.parametrize("family", EMULATED.names())
def test_a_family_has_exactly_the_files_that_the_guide_lists(family):
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob(f"{family}.*") if path.suffix != ".pyc"}
    assert found == {name.replace("<family>", family) for name in listed("family")}


def test_a_core_has_the_files_that_the_guide_lists():
    for name in listed("core"):
        core = "cortex_m4" if name.endswith(".py") else "cortex-m4"
        assert (PACKAGE / name.replace("<core>", core)).is_file()
    assert len(listed("core")) == 3


def test_no_other_module_names_a_family():
    own = {PACKAGE / "emulator/devices", PACKAGE / "stages/firmware/families"}
    naming = set()
    for path in PACKAGE.rglob("*.py"):
        if path.parent in own:
            continue
        texts = (
            node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
        )
        if not set(EMULATED.names()).isdisjoint(text for text in texts if isinstance(text, str)):
            naming.add(str(path.relative_to(PACKAGE)))
    # a board and an architecture of Arduino have the name of a family
    assert naming == {*BOOT_STAGES, "cli/commands/new.py", "stages/export/systems/arduino.py"}
