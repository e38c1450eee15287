"""The stages of a firmware of several networks, one after the other, from graphs and plans to published files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.library.application import Application
from scons_tinyml.records.errors import BudgetExceeded
from scons_tinyml.resources import folders
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.firmware import several, whole
from scons_tinyml.stages.firmware.requests import SeveralRequest, WholeSizesRequest
from scons_tinyml.stages.firmware.toolchain import COMPILER
from scons_tinyml.stages.gate import firmware, judge
from scons_tinyml.stages.gate import report as network_report
from scons_tinyml.stages.gate.report_file import read_judged
from scons_tinyml.stages.gate.requests import FirmwareReportRequest, JudgeRequest, ReportRequest
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.record import LayerPlan, write_plan
from scons_tinyml.stages.run import __main__ as run
from scons_tinyml.stages.run.request import RunRequest
from support.applications import ROOT, Firmware, dense, written

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")

BOARD = ROOT / "boards" / "stm32l4.toml"
MAIN = """
#include "kws.h"
#include "wake.h"
int main(void) { for (;;) { wake_invoke(); if (wake_output()[0] > -128) kws_invoke(); } }
"""
GRAPHS = {"kws": dense(1, [30, 20, 4]), "wake": dense(2, [10, 3])}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Firmware:
    folder = tmp_path_factory.mktemp("stages")
    application = Application(written(folder / "own", main_c=MAIN), ("-O2",))
    found = Firmware(folder, GRAPHS, application, "shared")
    for name, one in found.networks.items():
        graph = one.network.graph
        layers = tuple(
            LayerPlan(
                index=layer.index,
                name=layer.name,
                operator=layer.operator,
                kernel=one.implementations[layer.index].name,
                reason=None,
                cycles=1000,
                scratch_bytes=one.implementations[layer.index].scratch_bytes,
                rejected=(),
            )
            for layer in graph.layers
        )
        write_graph(graph, folder / f"{name}.json", folder / f"{name}.bin")
        write_plan(replace(one.plan, layers=layers), folder / f"{name}.plan")
    return found


def steps(made: Firmware, latency: dict[str, str], limits: str) -> None:
    """Run, measure and judge the image under limits of each network and of the whole."""
    folder, names = made.folder, list(GRAPHS)
    image, library = made.elf, sorted((folder / "image").glob("*.o"))
    sizes = WholeSizesRequest(
        image=image,
        library=tuple(path for path in library if path.name != "startup.o"),
        plan=tuple(folder / f"{name}.plan" for name in names),
        sizes=folder / "sizes.json",
        board=BOARD,
        networks=tuple(names),
    )
    whole.main(sizes)
    write_json(folder / "footprint.json", Footprint(0, 0, {}, {}).to_json())
    for name in names:
        files = {
            "graph": folder / f"{name}.json",
            "constants": folder / f"{name}.bin",
            "plan": folder / f"{name}.plan",
        }
        network = made.networks[name].network
        others = tuple(other for other in names if other != name)
        run.main(
            RunRequest(
                **files,
                image=image,
                tflite=network.tflite,
                samples=network.samples,
                run=folder / f"{name}.run",
                board=BOARD,
                content="application",
                sharing=others,
            )
        )
        network_report.main(
            ReportRequest(
                **files,
                sizes=folder / "sizes.json",
                run=folder / f"{name}.run",
                measurements=folder / "none",
                footprint=folder / "footprint.json",
                report=folder / f"{name}.report",
                board=BOARD,
                mode="given",
                sets=("reference",),
                optimize="latency",
                limits=latency.get(name, ""),
                compiler=COMPILER,
                kernels=tuple(folders("kernels", Path())),
                costs=folder / "none",
                boards=(),
                subject=name,
                content="application",
            )
        )
    firmware.main(
        FirmwareReportRequest(
            report=tuple(folder / f"{name}.report" for name in names),
            run=tuple(folder / f"{name}.run" for name in names),
            sizes=folder / "sizes.json",
            firmware_report=folder / "firmware.json",
            board=BOARD,
            name="doorbell",
            arena="shared",
            limits=limits,
            described="SConstruct:flash,ram",
            sources="yes",
        )
    )
    headers = {name: folder / "image" / f"{name}.h" for name in names}
    judge.main(
        JudgeRequest(
            report=folder / "firmware.json",
            image=image,
            map=headers["kws"],
            library=headers["kws"],
            headers=(headers["kws"], headers["wake"]),
            elf=folder / "out" / "doorbell.elf",
            bin=folder / "out" / "doorbell.bin",
            hex=folder / "out" / "doorbell.hex",
            published_map=folder / "out" / "doorbell.map",
            published_library=folder / "out" / "libdoorbell.a",
            published_headers=(folder / "out" / "kws.h", folder / "out" / "wake.h"),
            compiler=COMPILER,
        )
    )


def test_a_firmware_that_passes_is_published(made, capsys):
    steps(made, {"kws": "latency=5ms"}, "flash=64KiB ram=16KiB")
    report = read_judged(made.folder / "firmware.json")
    assert (report.verdict, [one.name for one in report.networks]) == ("pass", ["kws", "wake"])
    assert report.parts.keys() == {"kws", "wake", "kernels", "tinyml_arena", "rest"}
    assert [one.measured for one in report.networks] == ["kws_invoke", "wake_invoke"]
    assert sorted(path.name for path in (made.folder / "out").iterdir()) == sorted(
        ["doorbell.elf", "doorbell.bin", "doorbell.hex", "doorbell.map", "libdoorbell.a", "kws.h", "wake.h"]
    )
    printed = capsys.readouterr().out
    assert printed.startswith("doorbell on stm32l4: STM32L475VG, cortex-m4f at 80 MHz: PASS\n")
    assert "  kws: latency " in printed
    assert "shared by networks that exclude each other" in printed


def test_one_network_over_its_limit_leaves_nothing(made, capsys):
    with pytest.raises(BudgetExceeded) as error:
        steps(made, {"wake": "latency=1us"}, "flash=64KiB")
    assert "doorbell on stm32l4 does not keep a limit; no image is left\n  wake: latency " in str(error.value)
    assert list((made.folder / "out").glob("*")) == []
    assert "FAIL" in capsys.readouterr().out


def test_sources_in_common(made):
    folder, names = made.folder, list(GRAPHS)
    request = SeveralRequest(
        graph=tuple(folder / f"{name}.json" for name in names),
        constants=tuple(folder / f"{name}.bin" for name in names),
        plan=tuple(folder / f"{name}.plan" for name in names),
        main=folder / "common" / "main.c",
        linker_script=folder / "common" / "link.ld",
        shared_arena=folder / "common" / "tinyml_arena.c",
        board=BOARD,
        arena="shared",
    )
    several.main(request)
    most = max(one.plan.memory.arena_bytes for one in made.networks.values())
    assert f"uint8_t tinyml_arena[{most}];" in request.shared_arena.read_text()
    calls = [
        line.strip() for line in request.main.read_text().splitlines() if line.strip().endswith("_invoke();")
    ]
    assert calls == ["kws_invoke();", "wake_invoke();"]
