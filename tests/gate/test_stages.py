"""Both stages as processes would run them, on real files and a real image."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.budget import split_limits
from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_INPUT, EXIT_INTERNAL, EXIT_PASS
from scons_tinyml.records.report import Report, verdict
from scons_tinyml.stages import command
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.gate import judge as judging
from scons_tinyml.stages.gate import report as reporting
from scons_tinyml.stages.gate.build import quantization
from scons_tinyml.stages.gate.checks import check
from scons_tinyml.stages.gate.requests import JudgeRequest, ReportRequest
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.plan.assign import Candidate
from scons_tinyml.stages.plan.footprint import Footprint, Part
from scons_tinyml.stages.plan.measurements import measurements_to_json
from scons_tinyml.stages.plan.record import write_plan
from scons_tinyml.stages.request import arguments
from support.reports import REPORT, limited, report_with

ROOT = Path(__file__).parents[2]
COMPILER = "arm-none-eabi-gcc"
PUBLISHED = ["net.elf", "net.bin", "net.hex", "net.map", "libnet.a", "net.h"]

pytestmark = [
    pytest.mark.arm,
    pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH"),
]


@pytest.fixture
def folder(tmp_path, build, monkeypatch):
    """What the stages before the gate leave behind."""
    monkeypatch.chdir(tmp_path)
    write_graph(build.graph, tmp_path / "graph.json", tmp_path / "graph.bin")
    write_plan(build.plan, tmp_path / "plan.json")
    write_json(tmp_path / "sizes.json", build.sizes.to_json())
    write_json(tmp_path / "run.json", build.run.to_json())
    write_json(tmp_path / "accuracy.json", build.evaluation.to_json())
    measure_kernels(tmp_path)
    return tmp_path


def measure_kernels(folder):
    """Files of the choice of kernels: the one that runs the layer, and one that was left out."""
    known = {"cmsis_nn/fully_connected_int8": (790, 1_000), "reference/fully_connected_int8": (900, 100)}
    measured = {
        1: [Candidate(name, cycles, True, 0 if "ref" in name else 10) for name, (cycles, _) in known.items()]
    }
    parts = {name: Part(size, 0) for name, (_, size) in known.items()}
    footprint = Footprint(4_000, 24, parts, {name: (name,) for name in known})
    write_json(folder / "measurements.json", measurements_to_json(measured))
    write_json(folder / "footprint.json", footprint.to_json())
    (folder / "boards").mkdir()
    ours = folder / "kernels" / "cmsis_nn"
    ours.mkdir(parents=True)
    (ours / "set.toml").write_text('description = "ours"\noptimize = "-O2"\n')
    for name in ("fully_connected_int8.toml", "fully_connected_int8.c"):
        shutil.copy(ROOT / "kernels" / "reference" / name, ours)


def report_request(mode, **more):
    names = ("graph", "plan", "sizes", "run", "report", "measurements", "footprint")
    return ReportRequest(
        **{name: Path(f"{name}.json") for name in names},
        constants=Path("graph.bin"),
        board=ROOT / "boards" / "stm32l4.toml",
        mode=mode,
        sets=("cmsis_nn", "reference"),
        optimize="latency",
        compiler=COMPILER,
        kernels=(Path("kernels"),),
        costs=Path("costs.sqlite3"),
        boards=(Path("boards"),),
        subject="model=tiny",
        **more,
    )


def test_report_stage(folder):
    request = report_request("int8", accuracy=Path("accuracy.json"), limits="flash=4 KiB ram=12KiB")
    assert command.call(reporting.main, request) == EXIT_PASS
    report = Report.model_validate_json((folder / "report.json").read_bytes())
    assert (report.model, report.verdict, report.accuracy.drop) == ("tiny", "fail", 0.01)
    assert {name: (limit.value, limit.source) for name, limit in report.limits.items()} == {
        "flash": (4096, "command line"),
        "ram": (12_288, "command line"),
    }
    assert report.provenance.compiler.startswith(COMPILER)


def test_the_same_build_gives_the_same_bytes(folder):
    request = report_request("given")
    command.call(reporting.main, request)
    first = (folder / "report.json").read_bytes()
    (folder / "report.json").unlink()
    command.call(reporting.main, request)
    assert (folder / "report.json").read_bytes() == first


def test_a_given_network_has_no_accuracy_and_the_report_says_so(folder):
    assert command.call(reporting.main, report_request("given")) == EXIT_PASS
    report = json.loads((folder / "report.json").read_text())
    assert report["accuracy"] is None
    assert report["accuracy_absent"] == "there are no labelled samples for a network that was given as a file"
    assert report["quantization"] == "int8"


def test_budgets_of_the_model(folder):
    (folder / "net").mkdir()
    (folder / "net" / "model.toml").write_text(
        'source = "x.tflite"\n[budgets]\nflash = "4 KiB"\n[budgets.boards.stm32l4]\nflash = "6 KiB"\n'
    )
    command.call(reporting.main, report_request("given", model=Path("net/model.toml")))
    report = json.loads((folder / "report.json").read_text())
    assert report["limits"]["flash"] == {
        "value": 6144,
        "unit": "bytes",
        "source": "net/model.toml: budgets.boards.stm32l4",
        "asked": None,
        "asked_by": None,
    }


def test_sources_of_the_kernels_that_were_used(folder):
    command.call(reporting.main, report_request("given"))
    report = json.loads((folder / "report.json").read_text())
    assert report["provenance"]["kernel_sources"] == {"cmsis_nn": "this project"}


def test_a_changed_artefact_is_named(folder, capsys):
    write_json(folder / "run.json", {"cycles": 1})
    assert command.call(reporting.main, report_request("int8")) == EXIT_INPUT
    assert "run.json: instructions: is not what its stage writes: Field required" in capsys.readouterr().err
    assert not (folder / "report.json").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("flash=48KiB", {"flash": "48KiB"}),
        (
            "accuracy_drop=0.01 flash=48 KiB latency=40ms",
            {"accuracy_drop": "0.01", "flash": "48 KiB", "latency": "40ms"},
        ),
    ],
)
def test_limits_of_the_command_line(text, expected):
    assert split_limits(text) == expected


@pytest.mark.parametrize(("mode", "expected"), [("int8", "int8"), ("float", "float"), ("given", "int8")])
def test_quantization(build, mode, expected):
    assert quantization(mode, build.graph) == expected


@pytest.fixture
def image(tmp_path, monkeypatch):
    """A linked image of six bytes, and the files that are published beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image.s").write_text(".section .text\n.global _start\n_start: .byte 1,2,3,4,5,6\n")
    subprocess.run(
        [
            COMPILER,
            "-mcpu=cortex-m3",
            "-nostdlib",
            "-Wl,-Ttext=0x08000000",
            "image.s",
            "-o",
            "image.unchecked",
        ],
        check=True,
    )
    for name in ("map", "library", "header"):
        (tmp_path / f"{name}.unchecked").write_text(f"the {name}")
    for name in PUBLISHED:
        (tmp_path / name).write_text("of an earlier build")
    return tmp_path


def judge(folder, report):
    if report is not None:
        write_json(folder / "report.json", report.model_dump(mode="json", by_alias=True))
    unchecked = {name: Path(f"{name}.unchecked") for name in ("image", "map", "library")}
    names = ("elf", "bin", "hex", "published_map", "published_library")
    request = JudgeRequest(
        **unchecked,
        **dict(zip(names, map(Path, PUBLISHED), strict=False)),
        headers=(Path("header.unchecked"),),
        published_headers=(Path(PUBLISHED[-1]),),
        report=Path("report.json"),
        compiler=shutil.which(COMPILER),
    )
    return command.call(judging.main, request)


def published(folder):
    return [name for name in PUBLISHED if (folder / name).exists()]


def test_a_passing_image_is_published(image, capsys):
    assert judge(image, REPORT) == EXIT_PASS
    assert published(image) == PUBLISHED
    assert (image / "net.bin").read_bytes() == bytes([1, 2, 3, 4, 5, 6])
    assert (image / "net.hex").read_text().splitlines()[1] == ":06000000010203040506E5"
    assert (image / "net.elf").read_bytes() == (image / "image.unchecked").read_bytes()
    assert [(image / name).read_text() for name in PUBLISHED[3:]] == ["the map", "the library", "the header"]
    assert "cats (int8) on stm32l1" in capsys.readouterr().out


def failed(**changes):
    report = limited("flash", 28_000, **changes)
    findings = check(report)
    return report.model_copy(update={"findings": findings, "verdict": verdict(findings)})


def test_an_image_over_budget_leaves_nothing_that_looks_shippable(image, capsys):
    assert judge(image, failed()) == EXIT_BUDGET
    assert published(image) == []
    assert (image / "report.json").exists()
    shown = capsys.readouterr()
    assert "FAIL" in shown.out
    assert shown.err == (
        "tinyml: error: cats on stm32l1 does not keep a limit; no image is left\n"
        "  flash 29.3 KiB is 2.0 KiB over the limit of 27.3 KiB\n"
        "    set by command line\n"
        "    heaviest: weights of layer 2 (FULLY_CONNECTED) 56.7 %, weights of layer 0 (CONV_2D) 10.0 %, "
        "other constants and data 6.7 %\n"
        "    try: layer 2 (FULLY_CONNECTED) holds 16.6 KiB of weights, the most of all layers: "
        "12 % fewer weights there would be enough\n"
        "  report: report.json\n"
    )


def test_a_wrong_output_is_our_bug_and_nothing_is_published(image, capsys):
    exact = {**REPORT.bit_exact.model_dump(), "differing_bytes": 3}
    assert judge(image, failed(bit_exact=exact)) == EXIT_INTERNAL
    assert published(image) == []
    assert "3 of 8 output bytes over 4 samples differ from tflite-micro 1" in capsys.readouterr().err


def test_no_report_means_no_image(image, capsys):
    assert judge(image, None) == EXIT_INPUT
    assert published(image) == []
    assert "report.json: cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_missing_artefact_publishes_nothing(image, capsys):
    (image / "library.unchecked").unlink()
    assert judge(image, REPORT) == EXIT_INPUT
    assert published(image) == []
    assert "library.unchecked: cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_report_of_another_version_is_refused(image, capsys):
    assert judge(image, None) == EXIT_INPUT
    values = {**report_with().model_dump(mode="json", by_alias=True), "schema_version": 2}
    write_json(image / "report.json", values)
    assert judge(image, None) == EXIT_INPUT
    assert (
        "report.json: schema_version: is not a report of this version: Input should be 1"
        in capsys.readouterr().err
    )


def test_a_failing_report_proposes_kernels_that_pass(folder, build):
    """Linking took more than the plan knew, so that the kernels that it chose are over the limit after all."""
    write_json(folder / "sizes.json", replace(build.sizes, flash_bytes=5_200).to_json())
    assert command.call(reporting.main, report_request("given", limits="flash=5000B")) == EXIT_PASS
    report = json.loads((folder / "report.json").read_text())
    assert report["remedies"]["boards"] == []
    assert report["remedies"]["kernels"]["options"] == "optimize=flash"
    assert [finding["advice"] for finding in report["findings"] if finding["severity"] == "error"] == [
        "dense (layer 1) with reference/fully_connected_int8 frees 900 B of flash for 1.7 us: passes, "
        "with optimize=flash"
    ]


def test_kernels_are_no_remedy_for_accuracy(folder):
    limits = "flash=4999B accuracy=0.95"
    request = report_request("int8", limits=limits, accuracy=Path("accuracy.json"))
    assert command.call(reporting.main, request) == EXIT_PASS
    assert json.loads((folder / "report.json").read_text())["remedies"] is None


HEAVY = ("highspy", "sqlite_utils", "scons_tinyml.stages.gate.remedies", "scons_tinyml.emulator.machine")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("limit", "imported"), [("64KiB", False), ("4KiB", True)])
def test_only_a_build_that_fails_pays_for_remedies(limit, imported):
    code = (
        "import sys\n"
        "from scons_tinyml.stages.gate.report import ReportRequest, main\n"
        "from scons_tinyml.stages.request import parse\n"
        "main(parse(ReportRequest, sys.argv[1:]))\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments(report_request("given", limits=f"flash={limit}"))],
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip() != "[]") == imported
