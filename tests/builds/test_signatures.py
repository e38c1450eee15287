"""Which of our own files a stage's outputs depend on."""

import ast
from pathlib import Path

import pytest

import scons_tinyml
from site_tools.tinyml import signatures

PACKAGE = Path(scons_tinyml.__file__).parent
STAGES = sorted(
    str(path.relative_to(PACKAGE / "stages").with_suffix("")).replace("/", ".").removesuffix(".__main__")
    for path in (PACKAGE / "stages").rglob("*.py")
    if "__main__" in path.read_text() and path.name != "command.py"
)


def imported(path: Path) -> set[Path]:
    """Project files that the file `path` imports anywhere, as Python's own parser sees it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    places = [PACKAGE.joinpath(*name.split(".")[1:]) for name in names if name.startswith("scons_tinyml")]
    files = {place.with_suffix(".py") for place in places} | {place / "__init__.py" for place in places}
    return {file for file in files if file.is_file() and file != PACKAGE / "__init__.py"}


def closure(path: Path) -> set[Path]:
    found, pending = set(), [path]
    while pending:
        file = pending.pop()
        if file not in found:
            found.add(file)
            pending.extend(imported(file))
    return found


def test_stages_are_found():
    assert {
        "train",
        "quantize",
        "graph",
        "plan",
        "measure",
        "codegen",
        "run",
        "gate",
        "firmware.fetch",
    } <= set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_every_import_is_known(stage):
    place = PACKAGE.joinpath("stages", *stage.split("."))
    main = place / "__main__.py" if place.is_dir() else place.with_suffix(".py")
    missing = closure(main) - set(signatures.module_files(f"stages.{stage}"))
    assert {str(path.relative_to(PACKAGE)) for path in missing} == set()


def test_what_is_found_by_name_is_known():
    graph = {path.name for path in signatures.module_files("stages.graph")}
    assert {"softmax.py", "conv_2d.py", "reshape.py"} <= graph
    assert {"cortex_m3.py", "cortex_m4.py"} <= {path.name for path in signatures.module_files("stages.run")}
    assert "animal_mnist.py" in {path.name for path in signatures.module_files("stages.train")}


def test_templates_belong_to_what_renders_them():
    templates = {path.name for path in signatures.module_files("stages.codegen") if path.suffix == ".j2"}
    assert {"network.c.j2", "network.h.j2", "weights.c.j2", "main.c.j2", "link.ld.j2"} <= templates


def test_stages_do_not_depend_on_each_other_needlessly():
    graph = {str(path.relative_to(PACKAGE)) for path in signatures.module_files("stages.graph")}
    assert not {
        name for name in graph if name.startswith(("emulator", "costs", "stages/plan", "stages/gate"))
    }
    train = {str(path.relative_to(PACKAGE)) for path in signatures.module_files("stages.train")}
    assert not {name for name in train if name.startswith(("emulator", "costs", "stages/graph"))}


def test_versions_are_those_of_the_packages():
    from importlib.metadata import version

    names = ("numpy", "tensorflow-cpu", "tflite-micro", "animal-mnist")
    assert signatures.packages(*names) == signatures.canonical({name: version(name) for name in names})
    assert signatures.packages("no-such-package") == '{"no-such-package":"absent"}'
