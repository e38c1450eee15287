"""Imports of a build with nothing to do: libraries that take long to import would make up half of its time."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.broken import small
from support.project import ROOT, Project

HEAVY = {
    "pydantic",
    "numpy",
    "jsonschema",
    "jinja2",
    "rich",
    "cryptography",
    "sqlite_utils",
    "tensorflow",
    "h5py",
}
_SITE = """\
import atexit, sys
atexit.register(lambda: print("heavy:", sorted({heavy!r} & set(sys.modules)), flush=True))
"""


def test_a_build_whose_records_are_checked_imports_nothing_heavy(tmp_path: Path) -> None:
    project = Project.of_others(tmp_path / "project")
    shutil.copytree(ROOT / "tests" / "failing" / "base", project.folder, dirs_exist_ok=True)
    (project.folder / "net.tflite").write_bytes(small())
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(_SITE.format(heavy=HEAVY))
    environment = {"PYTHONPATH": f"{site}:{project.environment['PYTHONPATH']}"}
    words = ("-n", "target=acme", "model=net.tflite")
    first, second = (project.scons(*words, environment=environment) for _ in range(2))
    assert "heavy: ['pydantic'" in first.output
    assert (second.code, second.output.splitlines()[-1]) == (0, "heavy: []")
