"""Files of scons_tinyml that a stage depends on, compared with those that Python imports for it."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import scons_tinyml
from scons_tinyml.registry import Plugins
from site_tools.tinyml.dependencies.modules import Modules, named_modules
from support.effort import examples

PACKAGE = Path(scons_tinyml.__file__).parent
REGISTRY = PACKAGE / "registry.py"
FILES = sorted(PACKAGE.rglob("*.py"))
LOADS_OTHERS = {
    "emulator/timing/native/build.py",  # models of tests
    "stages/__main__.py",  # the stage that a command line names
    "stages/executors/worker.py",  # modules that the sender of a kit has imported
    "stages/graph/tflite/schema.py",  # a file of a wheel
    "stages/lowering/generators.py",  # files beside kernel sets, which are dependencies of their own
}
"""Modules that load files other than modules of scons_tinyml by their name."""
BY_NAME = {"import_module", "__import__", "spec_from_file_location", "run_module", "iter_modules"}
STAGES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__main__")
    for path in (PACKAGE / "stages").rglob("*.py")
    if re.search(r"^def main\(request: \w+\[Path\]\) -> None:", path.read_text(), re.M)
)
LOAD_ALL = """
import ast, gc, importlib, json, sys
from contextlib import suppress
from pathlib import Path

def ours():
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "scons_tinyml"}

def load_what_functions_import(module):
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("scons_tinyml"):
            importlib.import_module(node.module)
            for alias in node.names:
                with suppress(ModuleNotFoundError):
                    importlib.import_module(f"{node.module}.{alias.name}")

def load_plugins(registry):
    for plugins in [one for one in gc.get_objects() if isinstance(one, registry.Plugins)]:
        for name in plugins.names():
            plugins.load(name)
        found.add((plugins.package, plugins.provides))

importlib.import_module("scons_tinyml." + sys.argv[1])
seen, found = {}, set()
while new := {name: module for name, module in ours().items() if name not in seen}:
    seen |= new
    for module in new.values():
        load_what_functions_import(module)
    if "scons_tinyml.registry" in seen:
        load_plugins(seen["scons_tinyml.registry"])
print(json.dumps({"files": [module.__file__ for module in seen.values()], "plugins": sorted(found)}))
"""


@cache
def loaded_by(stage: str) -> tuple[set[Path], list[Plugins]]:
    """Return the files of scons_tinyml that `stage` can load, and the `Plugins` that find them."""
    main = PACKAGE.joinpath(*stage.split("."), "__main__.py")
    module = f"{stage}.__main__" if main.is_file() else stage
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, module],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    found = json.loads(done.stdout)
    return {Path(file) for file in found["files"]}, [Plugins(*words) for words in found["plugins"]]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Modules:
    return Modules(PACKAGE, tmp_path_factory.mktemp("ours") / "memory")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy") / PACKAGE.name
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def digests(folder: Path, memory: Path) -> dict[str, str]:
    """Return the digests of all stages; results are kept in `memory`, as builds do."""
    modules = Modules(folder, memory)
    found = {stage: modules.digest(stage) for stage in STAGES}
    modules.save()
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import scons_tinyml.costs.key as key", ["scons_tinyml.costs.key"]),
        ("def f():\n    from .. import files", ["scons_tinyml.stages", "scons_tinyml.stages.files"]),
        ("from .link import (\n    LinkJob,\n)", ["scons_tinyml.stages.size.link", "...link.LinkJob"]),
        ("if x:\n    from scons_tinyml.costs import key", ["scons_tinyml.costs", "scons_tinyml.costs.key"]),
        ('Plugins("scons_tinyml.costs", provides="X")', ["scons_tinyml.costs", "scons_tinyml.costs.*"]),
        ('registry.Plugins(package="scons_tinyml.costs")', ["scons_tinyml.costs", "scons_tinyml.costs.*"]),
        ('Child("scons_tinyml.stages.oracle_child")', ["scons_tinyml.stages.oracle_child"]),
        ('"""About scons_tinyml.costs, which it does not import."""', []),
        ("import json\nfrom pathlib import Path", []),
    ],
)
def test_named_modules(text: str, names: list[str]) -> None:
    found = named_modules(text, "scons_tinyml.stages.size.__main__", is_package=False)
    assert list(found) == [name.replace("...", "scons_tinyml.stages.size.") for name in names]


def test_a_package_imports_from_itself() -> None:
    assert named_modules("from . import key", "scons_tinyml.costs", is_package=True) == (
        "scons_tinyml.costs",
        "scons_tinyml.costs.key",
    )


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_python_imports_is_known(stage: str, ours: Modules) -> None:
    known = set(ours.files(stage))
    loaded, _ = loaded_by(stage)
    assert {str(path.relative_to(PACKAGE)) for path in loaded - known} == set()


def test_every_plugin_makes_stages_stale_that_can_load_it(copied: Path, tmp_path: Path) -> None:
    users: dict[Plugins, set[str]] = {}
    for stage in STAGES:
        for plugins in loaded_by(stage)[1]:
            users.setdefault(plugins, set()).add(stage)
    assert {plugins.package.removeprefix("scons_tinyml.") for plugins in users} == {
        "emulator.devices",
        "emulator.timing",
        "emulator.timing.native",
        "records.cores",
        "reports.formats",
        "reports.page.pictures",
        "stages.firmware.families",
        "stages.graph.operators",
        "stages.data.datasets",
        "stages.data.readers",
        "stages.export.systems",
        "stages.metrics",
    }
    before = digests(copied, tmp_path / "memory")
    for plugins, stages in users.items():
        names = plugins.names()
        assert names
        for name in names[:: -(-len(names) // examples(5))]:  # with --effort, all of them
            file = copied / plugins.file(name).relative_to(PACKAGE)
            file.write_text(file.read_text() + "# A comment.\n")
            after = digests(copied, tmp_path / "memory")
            assert stages <= {stage for stage in STAGES if after[stage] != before[stage]}, file
            before = after


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("emulator/devices/blocks/timer.py", "stages.run"),
        ("emulator/timing/native/caches.py", "stages.measure"),
        ("emulator/timing/evidence/cortex-m4.toml", "stages.run"),
        ("stages/firmware/templates/serial/stm32_usart.c.j2", "stages.measure.hardware.images"),
        ("stages/firmware/templates/clock/stm32l4.c.j2", "stages.firmware.startup"),
        ("stages/codegen/templates/network.c.j2", "stages.codegen"),
        ("stages/export/systems/templates/cmake/CMakeLists.txt.j2", "stages.export"),
        ("costs/pack.schema.json", "stages.measure"),
        ("costs/__init__.py", "stages.measure"),
    ],
)
def test_blocks_and_data_belong_to_who_uses_them(file: str, stage: str, copied: Path, tmp_path: Path) -> None:
    before = digests(copied, tmp_path / "memory")[stage]
    (copied / file).write_text((copied / file).read_text() + "\n")
    assert digests(copied, tmp_path / "memory")[stage] != before


def test_a_new_plugin_and_a_lost_one_are_noticed(copied: Path, tmp_path: Path) -> None:
    before = digests(copied, tmp_path / "memory")
    new = copied / "emulator" / "devices" / "stm32x.py"
    new.write_text("def devices(board, system):\n    return []\n")
    with_it = digests(copied, tmp_path / "memory")
    assert with_it["stages.run"] != before["stages.run"]
    assert with_it["stages.graph"] == before["stages.graph"]
    new.unlink()
    assert digests(copied, tmp_path / "memory") == before


def test_stages_do_not_depend_on_each_other_needlessly(ours: Modules) -> None:
    for stage, never in (
        ("stages.graph", ("emulator", "costs", "stages/plan", "stages/gate", "cli")),
        ("stages.train", ("emulator", "costs", "stages/graph", "cli")),
        ("stages.measure", ("stages/train", "stages/gate", "cli")),
    ):
        names = {str(path.relative_to(PACKAGE)) for path in ours.files(stage)}
        assert not {name for name in names if name.startswith(never)}


@pytest.mark.parametrize("content", ["", "{", "[]\n[]", '{"state": 1}\n{"a": 1}'])
def test_a_memory_that_is_broken_is_made_again(content: str, tmp_path: Path) -> None:
    whole = digests(PACKAGE, tmp_path / "whole")
    (tmp_path / "broken").write_text(content)
    assert digests(PACKAGE, tmp_path / "broken") == whole
    assert (tmp_path / "broken").read_text().partition("\n")[0] == (tmp_path / "whole").read_text().partition(
        "\n"
    )[0]


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_found_by_name_is_found_by_the_registry(path: Path) -> None:
    if path == REGISTRY or str(path.relative_to(PACKAGE)) in LOADS_OTHERS:
        return
    for call in calls(path):
        literal = bool(call.args) and isinstance(call.args[0], ast.Constant)
        assert literal or called(call) not in {*BY_NAME, "Plugins"}, ast.unparse(call)
