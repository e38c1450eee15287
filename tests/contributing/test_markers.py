"""Markers, timeouts and the limit of memory that every test gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.memory import MemoryLimit, resident_bytes
from support.needs import MARKERS, UNIT_TIMEOUT_S, needs

TESTS = Path(__file__).parents[1]
MIB = 1 << 20


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("records/test_limits.py", set()),
        ("emulator/test_machine.py", {"arm"}),  # its conftest assembles
        ("kernels/test_sqrt.py", {"arm", "slow"}),
        ("quantize/test_conversion.py", {"tensorflow"}),
        ("builds/test_rebuilds.py", set(MARKERS)),
    ],
)
def test_what_a_module_needs_is_seen_by_its_imports(module, found):
    assert needs(TESTS / module) == found


def test_a_helper_brings_what_it_imports(tmp_path):
    module = tmp_path / "test_new.py"
    module.write_text("def test(): from support import benches\n")
    assert needs(module) == {"arm"}


def test_a_test_without_markers_has_less_time(request):
    assert request.node.get_closest_marker("timeout").args == (UNIT_TIMEOUT_S,)
    assert float(request.config.getini("timeout")) > UNIT_TIMEOUT_S


def test_a_process_over_its_limit_is_told_once_until_it_grows():
    limit = MemoryLimit(100 * MIB)
    limit.check({"this process": 100 * MIB})
    with pytest.raises(pytest.fail.Exception, match=r"this process takes 101.00 MiB .* limit of 100.00 MiB"):
        limit.check({"this process": 101 * MIB})
    limit.check({"this process": 110 * MIB})
    with pytest.raises(pytest.fail.Exception, match=r"this process takes 112.00 MiB"):
        limit.check({"this process": 112 * MIB})


def test_what_a_process_takes_is_measured():
    before = resident_bytes()
    taken = bytearray(b"1") * (64 * MIB)
    assert resident_bytes() - before > 60 * MIB
    del taken


@pytest.mark.parametrize(("code", "told"), [("b'1' * (200 << 20)", "a child of this process"), ("1", None)])
def test_pytest_fails_a_test_whose_child_takes_too_much(tmp_path, code, told):
    (tmp_path / "test_it.py").write_text(
        f"import subprocess, sys\n\ndef test(): subprocess.run([sys.executable, '-c', \"{code}\"], check=True)\n"
    )
    plugin = f"import sys; sys.path[:0] = {sys.path!r}\nfrom support.memory import MemoryLimit\n"
    plugin += "def pytest_configure(config): config.pluginmanager.register(MemoryLimit(150 << 20))\n"
    (tmp_path / "conftest.py").write_text(plugin)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == (0 if told is None else 1), done.stdout
    assert told is None or f"{told} takes" in done.stdout
