"""A copy of `bootstrap` on a machine whose every program is a stub that writes down how it was called."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("cat", "chmod", "cksum", "dirname", "env", "flock", "mkdir", "mv", "rm", "sleep", "touch")

COMPILER = 'case $1 in -print-file-name=libc.a) echo "$MACHINE/newlib/libc.a" ;; esac'
COMPILER_ALONE = "case $1 in -print-file-name=libc.a) echo libc.a ;; esac"

PYTHON = """
case "$*" in
"-I -c "*ensurepip*venv*version_info*) exit {usable} ;;
"-I -S -c "*) echo {version} ;;
"-V") echo "Python {version}" ;;
"-m venv"*)
    for folder; do :; done
    rm -rf "$folder"
    mkdir -p "$folder/bin" "$folder/lib/python3/site-packages"
    cat "$0" >"$folder/bin/python"
    chmod 755 "$folder/bin/python"
    ;;
"-m pip"*) {pip} ;;
esac
"""

APT = """
install() {
    cat "$MACHINE/stubs/$1" >"$MACHINE/bin/$2"
    chmod 755 "$MACHINE/bin/$2"
}
for word; do
    case $word in
    gcc-arm-none-eabi) install compiler arm-none-eabi-gcc ;;
    python3 | python3.11) install python "$word" ;;
    gcc | g++ | git | make | qemu-system-arm | clang | chromium-headless-shell) install compiler "$word" ;;
    lld) install compiler wasm-ld ;;
    esac
done
"""


def python(version="3.11.2", usable=True, pip=":"):
    """Body of a stub for Python."""
    return PYTHON.format(version=version, usable=int(not usable), pip=pip)


@dataclass
class Machine:
    """`folder/checkout` holds the script, `folder/bin` is all of PATH, `folder/log` lists all calls."""

    folder: Path
    user: str = "0"
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.folder / "check out"

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    @property
    def log(self) -> list[str]:
        """Calls of stubs that change something, in order."""
        log = self.folder / "log"
        calls = log.read_text().splitlines() if log.exists() else []
        return [
            call for call in calls if not call.startswith(("python", "arm-none-eabi-gcc")) or " -m " in call
        ]

    def add(self, name: str, body: str, folder: str = "bin") -> None:
        path = self.folder / folder / name
        path.write_text(f'#!/bin/sh\nprintf "%s %s\\n" "${{0##*/}}" "$*" >>"$MACHINE/log"\n{body}\n')
        path.chmod(0o755)

    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.folder / "bin"), "MACHINE": str(self.folder), **self.environment}

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start `bootstrap`. A shell cannot trap a signal that is ignored from the start, as under nohup."""
        default = (shutil.which("env") or "env", "--default-signal=HUP")
        return subprocess.Popen(
            [*default, self.checkout / "bootstrap", *command],
            env=self.environ(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str) -> tuple[int, str, list[str]]:
        """Exit code, stdout and the lines of stderr."""
        process = self.start(*command)
        out, errors = process.communicate()
        return process.returncode, out, errors.splitlines()


@pytest.fixture
def bare(tmp_path):
    """Debian with nothing installed but what every Debian has, run by root."""
    machine = Machine(tmp_path)
    for name in ("bin", "stubs", "check out/site_scons"):
        (tmp_path / name).mkdir(parents=True)
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"this machine has no {name}")
        (tmp_path / "bin" / name).symlink_to(found)
    script = (ROOT / "bootstrap").read_text()
    script = script.replace("/etc/os-release", '"$MACHINE/os-release"').replace('"/usr/bin/$name"', "")
    (machine.checkout / "bootstrap").write_text(script)
    (machine.checkout / "bootstrap").chmod(0o755)
    (machine.checkout / "requirements.lock").write_text("one==1\n")
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    machine.add("id", "echo ${FAKE_USER:-0}")
    machine.add("uname", "echo ${FAKE_MACHINE:-Linux x86_64}")
    machine.add("compiler", COMPILER, "stubs")
    machine.add("python", python(), "stubs")
    machine.add("apt-get", APT)
    return machine


@pytest.fixture
def furnished(bare):
    """The same with compiler and Python."""
    bare.add("arm-none-eabi-gcc", COMPILER)
    bare.add("python3", python())
    return bare


@pytest.fixture
def environment():
    """Without settings of the person who runs the tests."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PIP_", "VIRTUAL_ENV", "PYTHON"))
    }
