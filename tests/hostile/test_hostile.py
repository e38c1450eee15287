"""Inputs from anybody: each ends with a message, within its limits, and runs nothing."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from support.hostile import Hostile, attempt


def cases() -> list[Hostile]:
    """Of all modules in the folder `generators`."""
    found: list[Hostile] = []
    for path in sorted((Path(__file__).parent / "generators").glob("*.py")):
        spec = spec_from_file_location(f"hostile_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found += module.CASES
    return found


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
def test_hostile(case: Hostile, tmp_path: Path) -> None:
    found = attempt(case, tmp_path)
    assert found.intruders == ()
    assert found.raw == []
    assert case.says.replace("\n", " ") in " ".join(found.errors.split())
    assert found.code == case.code, found.errors
    assert "Traceback" not in found.errors
    assert found.peak_mib <= case.memory_mib
    assert found.cpu_s <= case.cpu_s
