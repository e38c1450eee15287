"""The script with the Python that runs the tests, and a lock of one package that is made here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import COMPILER, ROOT

pytestmark = pytest.mark.slow  # a real environment takes its time

METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder, text):
    """A wheel of the package `tiny` with TEXT = `text`; its line in a lock."""
    path = folder / "tiny-1-py3-none-any.whl"
    files = {
        "tiny.py": f"TEXT = {text!r}\n",
        "tiny-1.dist-info/METADATA": METADATA,
        "tiny-1.dist-info/WHEEL": WHEEL,
    }
    record = "".join(f"{name},,\n" for name in [*files, "tiny-1.dist-info/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, "tiny-1.dist-info/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return f"tiny==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "a checkout"
    (folder / "site_scons" / "scons_tinyml").mkdir(parents=True)
    (folder / "site_scons" / "scons_tinyml" / "__main__.py").write_text(
        "import sys; print('tinyml', *sys.argv[1:])\n"
    )
    shutil.copy(ROOT / "bootstrap", folder)
    (folder / "requirements.lock").write_text(wheel(tmp_path, "genuine"))
    return folder


def test_a_real_environment(checkout, environment, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "arm-none-eabi-gcc").write_text(f"#!/bin/sh\nMACHINE=/\n{COMPILER}\n")
    (tools / "arm-none-eabi-gcc").chmod(0o755)
    (tools / "python3").symlink_to(Path(sys.base_prefix, "bin", "python3"))
    path = f"{tools}:/usr/bin:/bin"
    environment |= {
        "PATH": path,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_CONFIG_FILE": "/dev/null",
    }

    def bootstrap(*command):
        return subprocess.run(
            [checkout / "bootstrap", *command], env=environment, capture_output=True, text=True
        )

    wheel(tmp_path, "forged")
    done = bootstrap("python", "-c", "import tiny")
    assert (done.returncode, done.stdout) == (1, "")
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert "bootstrap: the packages of requirements.lock could not be installed" in done.stderr
    wheel(tmp_path, "genuine")
    done = bootstrap("python", "-c", "import tiny, scons_tinyml, sys; print(tiny.TEXT, sys.prefix)")
    assert done.stdout == f"genuine {checkout}/.venv\n", done.stderr
    done = bootstrap("tinyml", "run", "two words")
    assert (done.returncode, done.stdout, done.stderr) == (0, "tinyml run two words\n", "")
    activated = subprocess.run(
        ["sh", "-c", '. "$0/.venv/bin/activate" && tinyml boards', checkout],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert activated.stdout == "tinyml boards\n"
