"""The how-to docs/pytorch.md, command by command, where an interpreter with litert-torch is at hand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import ROOT

PAGE = (ROOT / "docs" / "pytorch.md").read_text()
PYTHON = os.environ.get("TORCH_PYTHON", "")
"""Interpreter of an environment with litert-torch. PyTorch is too large for the environment of the tests."""


def command(begin: str) -> list[str]:
    """Return the words of the only command of the page that begins with `begin`."""
    (line,) = re.findall(rf"^    ({re.escape(begin)}.*)$", PAGE, re.MULTILINE)
    return line.split()


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "COLUMNS": "80"}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.timeout(900)
@pytest.mark.skipif(not PYTHON, reason="TORCH_PYTHON names no interpreter with litert-torch")
def test_the_how_to_builds_what_it_says(tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "train.py").write_text(script)
    trained = run([PYTHON, *command("torch-env/bin/python")[1:]], tmp_path)
    assert trained.returncode == 0, trained.stderr
    made = run([sys.executable, "-m", "scons_tinyml", *command("tinyml new")[1:]], tmp_path)
    assert made.returncode == 0, made.stderr
    run(command("cp "), tmp_path)
    built = run([sys.executable, "-m", "SCons", *command("scons model=stripes ")[1:]], tmp_path / "firmware")
    assert built.returncode == 0, built.stderr
    (note,) = re.findall(r"^    tinyml: stripes: (.*)$", PAGE, re.MULTILINE)
    assert note in " ".join(built.stderr.split())
    report = json.loads((tmp_path / "firmware" / "build" / "stm32l4" / "stripes" / "report.json").read_text())
    assert "PAD" not in {layer["operator"] for layer in report["layers"]}
