"""The wheel in a folder of its own, beside the packages of its base alone: a new project builds, extras are named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.extras import EXTRAS
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.render import linker_script, startup_code
from support.external_sources import cmsis_nn_root
from support.project import ROOT, TIMEOUT_S, Outcome

NOT_IN_THE_BASE = {"tensorflow", "keras", "h5py", "numba", "llvmlite", "animal_mnist", "onnx", "pyocd"}
SITE = f"""\
from importlib.machinery import PathFinder

_find_spec = PathFinder.find_spec


def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in {NOT_IN_THE_BASE!r} else _find_spec(name, path, target)


PathFinder.find_spec = find_spec
"""
OURS = re.compile(r"  (native code of the emulator|measured|samples run) .*")
"""Lines of progress. Everything else on stderr is an error, or of a library."""


@dataclass(frozen=True)
class Installed:
    """A folder of packages with the wheel, and the environment variables with which Python finds it."""

    packages: Path
    environment: dict[str, str]

    def run(self, folder: Path, *words: str | Path) -> Outcome:
        """Run a module of Python in `folder`."""
        command = [sys.executable, "-P", "-m", *map(str, words)]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def scons(self, folder: Path, *words: str) -> Outcome:
        """Build with the sources of CMSIS-NN that are here already."""
        return self.run(folder, "SCons", "-Q", "-j2", f"CMSIS_NN_ROOT={cmsis_nn_root()}", *words)

    def tinyml(self, folder: Path, *words: str | Path) -> Outcome:
        return self.run(folder, "scons_tinyml", *words)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    [path] = made.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    packages, home = tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "sitecustomize.py").write_text(SITE)
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}
    homes = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    return Installed(packages, {"PYTHONPATH": str(packages), **offline, **homes})


@pytest.fixture(scope="module")
def built(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Outcome]]:
    """A new project after its first build, with what the build said."""
    folder = tmp_path_factory.mktemp("work") / "my firmware"
    made = installed.tinyml(folder.parent, "new", folder.name)
    assert made.code == 0, made.errors
    assert "  cd 'my firmware'\n  scons " in made.output
    yield folder, installed.scons(folder)


def requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        [name] = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist", [])


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9_-]", line)[0] for line in lines}


def test_the_base_is_small(wheel: Path) -> None:
    """Of the packages that weigh most, it has none; nothing depends on a second TensorFlow."""
    found = requirements(wheel)
    base = names([line for line in found if "extra ==" not in line])
    assert (
        base & {"tensorflow", "tensorflow-cpu", "numba", "llvmlite", "animal-mnist", "onnx2tf", "pyocd"}
        == set()
    )
    assert {name for name in names(found) if name.startswith("tensorflow")} == {"tensorflow-cpu"}
    assert "animal-mnist" not in names(found)


@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: extra.name)
def test_an_extra_brings_what_doctor_looks_for(wheel: Path, extra) -> None:
    for name in (extra.name, "all"):
        found = names([line for line in requirements(wheel) if f"extra == '{name}'" in line])
        assert extra.distributions[0] in found


def test_a_new_project_builds(built: tuple[Path, Outcome]) -> None:
    folder, found = built
    assert found.code == 0, found.errors
    assert "example (int8) on stm32l4: STM32L475VG, cortex-m4f at 80 MHz: PASS" in found.output
    made = {path.name for path in (folder / "build" / "stm32l4" / "example").glob("*.*")}
    assert {"example.elf", "example.hex", "libexample.a", "example.h", "report.json"} <= made


def test_no_library_talks(built: tuple[Path, Outcome]) -> None:
    """Not the oracles, which print banners, and not pip."""
    _, found = built
    assert [line for line in found.errors.splitlines() if not OURS.fullmatch(line)] == []
    assert not re.search(r"XNNPACK|oneDNN|absl|INFO|WARNING|W0000|notice", found.output)


def test_a_tighter_budget_fails(installed: Installed, built: tuple[Path, Outcome]) -> None:
    folder, _ = built
    found = installed.scons(folder, "latency=1us")
    assert found.code == 2
    assert "tinyml: error: example on stm32l4 does not keep a limit; no image is left\n" in found.errors


MAIN = """\
#include "example.h"

void done(void) { __asm volatile(""); }

int main(void)
{
    example_invoke();
    done();
    for (;;) {
    }
}
"""
LISTS = """\
cmake_minimum_required(VERSION 3.13)
project(app C)
add_subdirectory(example)
add_executable(app.elf main.c startup.c)
target_link_libraries(app.elf PRIVATE example::example)
target_link_options(app.elf PRIVATE -T${CMAKE_SOURCE_DIR}/link.ld -nostartfiles --specs=nano.specs -Wl,--gc-sections)
"""


@pytest.mark.skipif(
    shutil.which("cmake") is None or shutil.which("ninja") is None, reason="no cmake or ninja"
)
def test_an_export_is_built_by_cmake_and_runs(
    installed: Installed, built: tuple[Path, Outcome], tmp_path: Path
) -> None:
    """The way of a stranger to the end: a passed network goes into a project that has nothing of ours."""
    folder, _ = built
    exported = installed.scons(folder, "export=cmake")
    assert exported.code == 0, exported.errors
    shutil.copytree(folder / "build" / "stm32l4" / "example" / "export" / "cmake", tmp_path / "example")
    board = read_board(ROOT / "boards" / "stm32l4.toml")
    vendor = {
        "startup.c": startup_code(board, application=True),
        "link.ld": linker_script(board, place(board, 4096)),
    }
    for name, text in {**vendor, "main.c": MAIN, "CMakeLists.txt": LISTS}.items():
        (tmp_path / name).write_text(text)
    toolchain = "-DCMAKE_TOOLCHAIN_FILE=example/toolchain.cmake"
    for words in (["-G", "Ninja", "-B", "out", toolchain], ["--build", "out"]):
        done = subprocess.run(["cmake", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    image = tmp_path / "out" / "app.elf"
    ran = installed.tinyml(
        tmp_path, "run", image, "--board", "stm32l4", "--from", "example_invoke", "--until", "done"
    )
    assert ran.code == 0, ran.errors
    assert "reached done+0x0" in ran.errors


def test_a_model_that_is_trained_says_what_it_needs(
    installed: Installed, built: tuple[Path, Outcome]
) -> None:
    folder, _ = built
    found = installed.scons(folder, "model=catdetector")
    assert found.code == 1
    assert found.errors.startswith(
        f"tinyml: error: {installed.packages}/scons_tinyml/data/models/catdetector/model.toml: "
        "needs TensorFlow, and the package tensorflow is not installed\n  pip install 'scons-tinyml[train]'; "
    )


def test_doctor_names_extras_that_are_absent(installed: Installed, tmp_path: Path) -> None:
    """Packages whose modules are hidden here count as broken: their distributions are there."""
    found = installed.tinyml(tmp_path, "doctor")
    assert set(re.findall(r"^extra (\w+) +(?:ok|absent|broken) ", found.output, re.MULTILINE)) == {
        extra.name for extra in EXTRAS
    }
    assert re.search(
        r"^extra train +broken .* does not work: ModuleNotFoundError", found.output, re.MULTILINE
    )
