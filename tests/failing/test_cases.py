"""Tiny failing projects: `base` with one mistake each, and the exact message.

A folder beside this file is a case, whose files are added to `base`. Its case.toml has these keys:
    arguments  of scons
    exit_code  of scons
    message    all of stderr; {project} is the project's folder, {shipped} that of the shipped kernel sets
    network    function of support/broken.py that makes net.tflite
    data       function of support/broken_data.py that makes data.npz
    kernels    names of the kernels that the project has, and no others
    edit       edits of files
"""

import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from support import broken, broken_data
from support.project import ROOT, Project, files_below

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/case.toml"))
IMAGES = (".elf", ".bin", ".hex", ".unchecked")


def failing_project(folder: Path, name: str, case: dict) -> Project:
    project = Project.of_others(folder)
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    if "kernels" in case:
        project.take_kernels(*case["kernels"])
    shutil.copytree(HERE / name, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("case.toml"))
    for edit in case.get("edit", []):
        project.edit(edit["file"], edit["old"], edit["new"])
    if "network" in case:
        (folder / "net.tflite").write_bytes(getattr(broken, case["network"])())
    if "data" in case:
        np.savez(folder / "data.npz", **getattr(broken_data, case["data"])())
    return project


def looks_like_a_result(name: str) -> bool:
    """Return whether `name` is a half-written file or an image; files in 'common' are parts of networks."""
    return name.endswith(".part") or (name.endswith(IMAGES) and not name.startswith("common/"))


@pytest.mark.parametrize("name", CASES)
def test_case(name, tmp_path):
    case = tomllib.loads((HERE / name / "case.toml").read_text())
    project = failing_project(tmp_path / "project", name, case)
    found = project.scons(*case["arguments"])
    message = found.errors.replace(str(project.folder), "{project}")
    expected = case["message"].replace("{shipped}", str(ROOT / "kernels"))
    assert (message, found.code) == (expected, case["exit_code"])
    assert [name for name in files_below(project.folder / "build") if looks_like_a_result(name)] == []


def test_nothing_is_wrong_with_the_base(tmp_path):
    project = failing_project(tmp_path / "project", "base", {"network": "small"})
    for model in ("mine", "net.tflite"):
        found = project.scons("-n", "target=acme", f"model={model}")
        assert (found.code, found.errors) == (0, "")


def test_messages_are_as_wide_as_the_terminal_unless_wide_is_yes(tmp_path):
    project = failing_project(tmp_path / "project", "unknown_option", {})
    words, narrow = ("target=acme", "model=mine", "latencey=1ms"), {"COLUMNS": "60"}
    lines = project.scons(*words, environment=narrow).errors.splitlines()
    wide = project.scons(*words, "wide=yes", environment=narrow).errors.splitlines()
    assert len(lines) > len(wide) == 1
    assert max(map(len, lines)) <= 60
    assert " ".join(line.strip() for line in lines) == wide[0]
