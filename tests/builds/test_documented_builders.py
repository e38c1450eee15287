"""The examples of docs/builders.md, in one SConstruct."""

from __future__ import annotations

import re
from pathlib import Path

from site_tools.tinyml.builders import BUILDERS
from support.networks import SMALL_KERNELS, small_int8
from support.project import ROOT, Project
from support.tflite_builder import to_tflite

PAGE = (ROOT / "docs" / "builders.md").read_text()


def test_the_examples_build(tmp_path: Path) -> None:
    project = Project.of_others(tmp_path / "theirs")
    project.take_kernels(*SMALL_KERNELS)
    (project.folder / "SConstruct").write_text("".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)))
    (project.folder / "nets").mkdir()
    for name in ("wake", "gesture"):
        (project.folder / "nets" / f"{name}.tflite").write_bytes(to_tflite(small_int8()))
    (project.folder / "app").mkdir()
    (project.folder / "app" / "main.c").write_text("int main(void) { return 0; }\n")
    found = project.scons("-n")
    assert (found.code, found.errors) == (0, "")
    judged = {line.split()[1] for line in found.output.splitlines() if line.startswith("judge ")}
    assert judged == {
        *("out/libwake.a", "out/wake.elf", "release/wake.elf", "out/app.elf", "out/two.elf"),
        *("build/stm32l4/wake/wake.elf", "build/stm32l4/wake-reference/wake-reference.elf"),
        "build/stm32l4/wake-app/wake-app.elf",
    }


def test_every_builder_is_documented() -> None:
    assert [name for name in BUILDERS if f"| `{name}` |" not in PAGE] == []
