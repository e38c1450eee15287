"""Exports of a build: written when it passes, kept while nothing changes, removed when it fails."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import jsonschema

from scons_tinyml.records.schema import json_schema
from support.documentation import blocks_of
from support.networks import SMALL, small_int8
from support.project import ROOT, Project, files_below
from support.tflite_builder import to_tflite

PAGE = ROOT / "docs" / "into-your-firmware.md"
WORDS = (*SMALL, "export=make,arduino")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_below(folder)}


def test_the_command_of_the_page(project: Project) -> None:
    [command] = (block for block in blocks_of(PAGE, "sh") if block.startswith("scons "))
    _, *words = command.replace("kws", "small").split()
    found = project.scons("-n", *words)
    assert found.made("export") == ["manifest.json", "manifest.json"]


def test_exports_follow_the_gate(project: Project) -> None:
    exports = project.results("stm32l4", "small") / "export"
    found = project.scons(*WORDS)
    assert (found.code, found.stages) == (0, ["export"]), found.errors
    assert sorted(path.name for path in exports.iterdir()) == ["arduino", "make"]
    first = contents(exports)
    for system in ("arduino", "make"):
        require_described(exports / system)
    report = (project.results("stm32l4", "small") / "report.json").read_bytes()
    assert first["make/report.json"] == report
    assert b"Apache License" in first["make/LICENSE"]
    assert b"Kernels 'cmsis_nn': aidge-export-arm-cortexm 0.2.1" in first["make/NOTICE"]

    assert project.scons(*WORDS).stages == []

    (exports / "make" / "src" / "small" / "small.c").write_text("void small_invoke(void) {}\n")
    (exports / "make" / "src" / "left.c").write_text("")
    (exports / ".make.1.part").mkdir()
    again = project.scons(*WORDS)
    assert again.built == [("export", "build/stm32l4/small/export/make/manifest.json")]
    assert contents(exports) == first

    (project.folder / "small.tflite").write_bytes(to_tflite(small_int8(seed=61)))
    over = project.scons("-j2", *WORDS, "flash=1KiB")
    assert over.code == 2
    assert not exports.exists()

    other = project.scons("-j2", *WORDS)
    assert other.code == 0, other.errors
    changed = {name for name, content in contents(exports).items() if content != first.get(name)}
    weights = "make/src/small/small_weights.c"
    assert {weights, "make/manifest.json", "make/report.json"} <= changed
    assert not any("cmsis_nn" in name for name in changed)


def require_described(folder: Path) -> None:
    """Require that the manifest follows its schema and describes all other files."""
    manifest = json.loads((folder / "manifest.json").read_text())
    jsonschema.validate(manifest, json_schema("export"))
    there = {name: sha256(data).hexdigest() for name, data in contents(folder).items()}
    del there["manifest.json"]
    assert {file["path"]: file["sha256"] for file in manifest["files"]} == there
    copies = [file for file in manifest["files"] if file["original"] and file["original"]["external"]]
    assert len(copies) > 5
    for file in copies:
        text = (folder / file["path"]).read_text()
        assert "SPDX-License-Identifier: Apache-2.0" in text
        if file["role"] == "source":
            assert text.startswith("/* Copied by scons-tinyml. Changed: ")
            assert all(name in manifest["symbols"].values() for name in weak_names(text))


def weak_names(text: str) -> list[str]:
    return [line.removeprefix("#pragma weak ") for line in text.splitlines() if "#pragma weak " in line]
