"""Kernel sets of a project beside the shipped ones; the first is that of docs/own-kernels.md."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml import library
from scons_tinyml.stages.graph.ir import Graph
from support.project import ROOT, Project
from support.tflite_builder import NetworkBuilder, to_tflite

PAGE = (ROOT / "docs" / "own-kernels.md").read_text()
FILES = dict(
    re.findall(r"^`(kernels/mine/[\w./]+)`[^\n]*(?:\n[^\n]+)*\n\n```\w+\n(.*?)^```$", PAGE, re.M | re.S)
)
NET = ("target=stm32l4", "model=net.tflite")
BOTH = (*NET, "kernels=mine,reference")
"""Without the shipped generators, of which one looks RELU up in a table too."""
OBJECTS = "build/common/objects/cortex-m4f"
RELU = ["mine/relu_table_int8", "reference/relu_int8"]


def relus(size: int) -> Graph:
    """Return a network of two RELU layers of `size` values."""
    net = NetworkBuilder("net")
    tensors = [net.activation((1, size), "int8", scale=scale) for scale in (0.1, 0.07, 0.05)]
    net.layer("RELU", tensors[:1], tensors[1:2])
    net.layer("RELU", tensors[1:2], tensors[2:])
    return net.finish(tensors[:1], tensors[2:])


def dense_layer() -> Graph:
    """Return a network of one FULLY_CONNECTED layer."""
    net = NetworkBuilder("net")
    source, target = (net.activation((1, size), "int8", scale=0.1) for size in (8, 4))
    weights = net.constant(np.arange(-16, 16, dtype=np.int8).reshape(4, 8), scales=[0.05])
    bias = net.constant(np.arange(4, dtype=np.int32), scales=[0.005])
    options = {"fused_activation_function": "NONE", "keep_num_dims": False, "weights_format": "DEFAULT"}
    net.layer("FULLY_CONNECTED", [source, weights, bias], [target], **options)
    return net.finish([source], [target])


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def kernels_of(project: Project) -> dict[str, int]:
    """Return the cycles of the first layer's kernels that passed, by name, without shipped generators."""
    layer = project.report("stm32l4", "net")["layers"][0]
    found = {one["kernel"]: one["cycles"] for one in (layer, *layer["rejected"]) if one["cycles"]}
    return {name: cycles for name, cycles in found.items() if not name.startswith("generated/lookup")}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Project:
    """Return a project with the set of the page, after its first build. No test changes it."""
    project = Project.of_others(tmp_path_factory.mktemp("own") / "first", cache=shared_cache)
    write(project.folder, FILES)
    (project.folder / "net.tflite").write_bytes(to_tflite(relus(1024)))
    found = project.scons("-j2", *BOTH)
    assert found.code == 0, found.errors
    return project


@pytest.fixture
def project(first: Project, tmp_path: Path) -> Project:
    return first.copy(tmp_path / "project")


def test_the_set_of_the_page_is_proven_measured_and_chosen(first: Project) -> None:
    assert sorted(FILES) == [
        "kernels/mine/include/mine/table.h",
        "kernels/mine/relu_table_int8.c",
        "kernels/mine/relu_table_int8.toml",
        "kernels/mine/set.toml",
    ]
    report = first.report("stm32l4", "net")
    assert [layer["kernel"] for layer in report["layers"]] == [RELU[0], RELU[0]]
    assert report["bit_exact"]["differing_bytes"] == 0
    assert report["provenance"]["kernel_sources"] == {"mine": "this project"}
    cycles = kernels_of(first)
    assert sorted(cycles) == RELU
    assert cycles[RELU[0]] < cycles[RELU[1]]
    measured = {kernel for kernel, _ in first.rows().values() if kernel.startswith("mine/")}
    assert measured == {RELU[0]}


def test_the_figures_of_the_page(first: Project) -> None:
    if "12.2" not in first.report("stm32l4", "net")["provenance"]["compiler"]:
        pytest.skip("the page has figures of GCC 12.2")
    named = re.search(r"takes ([\d,]+) cycles with this kernel .*?\n?.*? and ([\d,]+) with", PAGE)
    assert named is not None
    assert [int(text.replace(",", "")) for text in named.groups()] == [
        kernels_of(first)[name] for name in RELU
    ]


def test_the_library_finds_the_set_and_its_rows(project: Project, tmp_path: Path) -> None:
    rows = project.rows()
    workspace = library.open_workspace(
        ROOT / "boards" / "stm32l4.toml",
        tmp_path / "work",
        sets=("mine", "reference"),
        kernels=[project.folder / "kernels"],
        database=project.folder / ".tinyml" / "costs.sqlite3",
    )
    network = library.load_network(project.folder / "net.tflite", workspace.folder)
    report = library.build_firmware(network, workspace).report
    assert [layer.kernel for layer in report.layers] == [RELU[0], RELU[0]]
    assert (report.cycles, project.rows()) == (project.report("stm32l4", "net")["cycles"], rows)


def test_it_can_be_the_only_one(project: Project) -> None:
    rows = project.rows()
    found = project.scons(*NET, "kernels=mine")
    assert (found.code, project.rows()) == (0, rows), found.errors
    assert project.report("stm32l4", "net")["layers"][0]["kernel"] == RELU[0]
    (project.folder / "net.tflite").write_bytes(to_tflite(relus(16)))
    found = project.scons(*NET, "kernels=mine")
    assert found.code == 1
    assert "the table costs more than it saves for fewer than 512 values" in found.errors
    assert project.scons(*BOTH).code == 0


@pytest.mark.parametrize(
    ("name", "objects"),
    [
        ("relu_table_int8.c", ["relu_table_int8.o"]),
        ("include/mine/table.h", ["relu_table_int8.o"]),
    ],
)
def test_an_edit_touches_the_set_alone(project: Project, name: str, objects: list[str]) -> None:
    before = project.rows()
    project.edit(f"kernels/mine/{name}", "for (int32_t ", "for (volatile int32_t ")
    found = project.scons(*BOTH)
    assert found.code == 0, found.errors
    assert [one for one in found.made("compile") if one not in ("network.o", "kernels.o")] == objects
    assert set(found.made("archive")) <= {"mine.a", "library.unchecked"}
    after = project.rows()
    assert {digest: after[digest] for digest in before} == before
    assert {kernel for digest, (kernel, _) in after.items() if digest not in before} == {RELU[0]}
    assert project.scons(*BOTH).stages == []


def test_a_set_that_is_moved_gives_the_same_image(project: Project, tmp_path: Path) -> None:
    """One folder in TINYML_KERNELS, outside of the project; its rows are found again."""
    rows, image = project.rows(), project.published("stm32l4", "net")["net.bin"]
    (project.folder / "kernels").rename(tmp_path / "else where")
    project.edit("SConstruct", "tools=", f'TINYML_KERNELS="{tmp_path}/else where", tools=')
    found = project.scons(*BOTH)
    assert (found.code, project.rows()) == (0, rows), found.errors
    assert project.published("stm32l4", "net")["net.bin"] == image
    content = (project.folder / OBJECTS / "mine" / "relu_table_int8.o").read_bytes()
    assert b"kernels/mine/relu_table_int8.c" in content
    assert str(tmp_path).encode() not in content
    (tmp_path / "else where").rename(tmp_path / "third")
    project.edit("SConstruct", "else where", "third")
    found = project.scons(*BOTH)
    assert found.code == 0, found.errors
    assert not {"archive", "measure", "link"} & set(found.stages)  # equal objects


def test_a_set_with_a_shipped_name_hides_that_set_alone(project: Project) -> None:
    (project.folder / "kernels" / "mine").rename(project.folder / "kernels" / "reference")
    found = project.scons(*NET, "kernels=reference")
    assert found.code == 0, found.errors
    assert set(kernels_of(project)) == {"reference/relu_table_int8"}
    assert project.scons(*NET, "kernels=refrence").errors == (
        "tinyml: error: command line: kernels: unknown kernel set 'refrence'; did you mean 'reference'? "
        "Known: cmsis_nn, generated, reference\n"
    )


def test_a_header_of_the_project_replaces_the_shipped_one_for_all_sets(project: Project) -> None:
    shipped = (ROOT / "kernels" / "include" / "tinyml" / "relu.h").read_text()
    guard = "#ifndef TINYML_RELU_H\n"
    assert guard in shipped
    ours = shipped.replace(guard, f"{guard}#define OF_PROJECT 1\n")
    write(project.folder, {"kernels/include/tinyml/relu.h": ours})
    checked = '_Static_assert(OF_PROJECT, "");\n\nstatic int8_t'
    project.edit("kernels/mine/relu_table_int8.c", "static int8_t", checked)
    found = project.scons(*BOTH)
    assert found.code == 0, found.errors
    assert {"network.o", "relu_int8.o", "relu_table_int8.o"} <= set(found.made("compile"))
    write(project.folder, {"kernels/include/tinyml/relu.h": ours.replace("OF_PROJECT 1", "OF_PROJECT 2")})
    found = project.scons(*BOTH)
    assert found.made("compile") == ["network.o", "relu_int8.o", "relu_table_int8.o"]


SHARED = {"kernels/include/mine/limits.h": "#define MINE_ZERO 0\n"}


def test_generators_of_an_own_set_include_shared_headers(project: Project) -> None:
    """An edit of a header that only generated code includes is measured, too."""
    shutil.copytree(ROOT / "tests" / "lowering" / "generated", project.folder / "kernels" / "generated")
    write(project.folder, SHARED)
    dense, first = "kernels/generated/dense.py", '#include "tinyml/fixed_point.h"\n'
    project.edit(dense, first, f'#include "mine/limits.h"\n{first}')
    project.edit(dense, "int32_t i = 0; i <", "int32_t i = MINE_ZERO; i <")
    (project.folder / "net.tflite").write_bytes(to_tflite(dense_layer()))
    generated = {"generated/dense.flash", "generated/dense.ram"}
    command = (*NET, "kernels=generated")
    found = project.scons(*command)
    assert found.code == 0, found.errors
    before = project.rows()
    assert generated <= {kernel for kernel, _ in before.values()}
    write(project.folder, {"kernels/include/mine/limits.h": "#define MINE_ZERO (1 - 1)\n"})
    found = project.scons(*command)
    assert found.code == 0, found.errors
    assert {kernel for digest, (kernel, _) in project.rows().items() if digest not in before} == generated
    assert project.scons(*command).stages == []


SOURCE = FILES.get("kernels/mine/relu_table_int8.c", "")
CALL = """\
#include "far.h"
#include "tinyml/relu.h"

tinyml_relu_int8_kernel mine_relu_far_int8;

void mine_relu_far_int8(const tinyml_relu_int8_params *params, const int8_t *input, int8_t *output, void *scratch)
{
    far_relu(params, input, output, scratch);
}
"""
FAR = {
    "root/inc/far.h": '#include "tinyml/relu.h"\ntinyml_relu_int8_kernel far_relu;\n',
    "root/far.c": '#include "far.h"\n' + SOURCE.replace("mine_relu_table_int8", "far_relu"),
    "far-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: far\nVersion: 1.0\n",
    "far-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "far-1.0.dist-info/RECORD": "",
}
EXTERNAL = """\
description = "Sources from elsewhere"
optimize = "-O2"
external_include = ["inc"]
external_headers = ["inc/far.h"]

[external]
distribution = "far"
version = "1.0"
sha256 = "{sha256}"
subfolder = "root"
licence = "MIT"
override_option = "FAR_ROOT"
"""


def test_an_own_set_has_external_sources(project: Project, tmp_path: Path) -> None:
    """They see the set's own headers as well. `pip` looks for the wheel in a folder."""
    wheel = tmp_path / "index" / "far-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in FAR.items():
            archive.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    declared = FILES["kernels/mine/relu_table_int8.toml"]
    declared = declared.replace("mine_relu_table", "mine_relu_far").replace(
        "relu_table_int8.c", "relu_far_int8.c"
    )
    declared = declared.replace("scratch_bytes", 'external_sources = ["far.c"]\nscratch_bytes')
    files = {
        "kernels/far/set.toml": EXTERNAL.format(sha256=digest),
        "kernels/far/relu_far_int8.toml": declared,
        "kernels/far/relu_far_int8.c": CALL,
        "kernels/far/include/mine/table.h": FILES["kernels/mine/include/mine/table.h"],
    }
    write(project.folder, files)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}
    found = project.scons(*NET, "kernels=far", environment=offline)
    assert found.code == 0, found.errors
    assert project.report("stm32l4", "net")["layers"][0]["kernel"] == "far/relu_far_int8"
    manifest = json.loads((project.folder / "build/common/external/far/manifest.json").read_text())
    assert sorted(manifest["files"]) == ["far.c", "inc/far.h"]
