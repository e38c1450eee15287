"""`scons web`: the page of a build, whose network has the emulator's outputs, and the page of a network alone."""

from __future__ import annotations

import base64
import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

from scons_tinyml.stages.web.compiler import Exports
from support.networks import SMALL
from support.project import Project
from support.web import Instance, compiler

ALONE = "build/common/models/small/given/web.html"
_ABOUT = re.compile(r'<script type="application/json" id="about">(.*?)</script>', re.DOTALL)


def about(page: Path) -> dict[str, Any]:
    """Return what the scripts of a page read."""
    (found,) = _ABOUT.findall(page.read_text(encoding="utf-8"))
    values: dict[str, Any] = json.loads(found)
    return values


def require_same_outputs(values: dict[str, Any]) -> int:
    """Require that the module of a page makes the outputs that the page expects; return the number of samples."""
    names = tuple(tuple(one["function"] for one in values[key]) for key in ("inputs", "outputs"))
    instance = Instance(
        base64.b64decode(values["module"]), Exports(*names, values["invoke"], values["reset"])
    )
    sizes_bytes = [tensor["bytes"] for tensor in values["outputs"]]
    for sample in values["samples"]:
        found = instance.infer(list(map(base64.b64decode, sample["inputs"])), sizes_bytes)
        assert found == tuple(map(base64.b64decode, sample["outputs"]))
    return len(values["samples"])


def test_the_page_of_a_build(project: Project) -> None:
    compiler()
    results = project.results("stm32l4", "small")
    published = project.published("stm32l4", "small")
    found = project.scons("web", *SMALL)
    assert (found.code, found.stages) == (0, ["web"]), found.errors
    assert "build/stm32l4/small/web.html: " in found.output
    page = results / "web.html"
    values = about(page)
    assert values["from"] == "the emulator of stm32l4"
    assert require_same_outputs(values) == 4
    text = unescape(page.read_text(encoding="utf-8"))
    assert "cmsis_nn/fully_connected_int8" in text
    assert "reference/fully_connected_int8" in text
    report = project.report("stm32l4", "small")
    assert f"stm32l4: {report['part']}, {report['core']} at 80 MHz" in text
    assert f"(emulator); verdict: {report['verdict']}" in text
    kept = {name: data for name, data in project.published("stm32l4", "small").items() if name in published}
    assert kept == published

    alone = project.scons("web", "model=small.tflite")
    assert (alone.code, alone.built) == (0, [("web", ALONE)]), alone.errors
    values = about(project.folder / ALONE)
    assert values["from"].startswith("tflite-micro ")
    assert require_same_outputs(values) == 4
    assert "no board was named" in (project.folder / ALONE).read_text(encoding="utf-8")


def test_a_network_over_a_budget_has_a_page_and_no_image(project: Project) -> None:
    """The report changes, so images that an earlier build published are not left beside it."""
    compiler()
    results = project.results("stm32l4", "small")
    assert (results / "small.elf").exists()
    found = project.scons("web", *SMALL, "flash=1KiB")
    assert found.code == 0, found.errors
    assert "(emulator); verdict: fail" in (results / "web.html").read_text(encoding="utf-8")
    assert not (results / "small.elf").exists()


def test_no_compiler_of_browsers(project: Project, tmp_path: Path) -> None:
    """The message comes before anything is built."""
    gcc = shutil.which("arm-none-eabi-gcc")
    assert gcc is not None
    for program in Path(gcc).parent.glob("arm-none-eabi-*"):
        (tmp_path / program.name).symlink_to(program)
    found = project.scons("web", "model=small.tflite", environment={"PATH": str(tmp_path)})
    assert (found.code, found.stages) == (1, [])
    assert found.errors == (
        "tinyml: error: 'clang' is not on PATH, and makes the WebAssembly of a network\n"
        "  on Debian and Ubuntu: apt-get install --no-install-recommends clang lld wasi-libc\n"
    )
