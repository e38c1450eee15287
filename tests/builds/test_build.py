"""Whole builds: a network becomes checked firmware, and a second call has nothing to do."""

import json
import re

import jsonschema
import pytest
from elftools.elf.elffile import ELFFile

from scons_tinyml.cli.main import main
from scons_tinyml.records.schema import json_schema
from scons_tinyml.reports.formats import file_names
from support.project import files_below

HEAVY = {"tensorflow", "keras", "numba", "unicorn", "numpy", "capstone", "sqlite_utils", "rich", "jinja2"}
IMAGES = {"libsmall.a", "small.bin", "small.elf", "small.h", "small.hex", "small.map"}
PUBLISHED = {*IMAGES, "report.json", *file_names().values()}
BOARDS = ("stm32l4", "stm32l1", "rp2040")


@pytest.fixture(params=BOARDS)
def built(request):
    return request.param, request.getfixturevalue(f"on_{request.param}")


def test_everything_is_published(built):
    target, found = built
    assert (found.outcome.code, found.outcome.errors.count("error")) == (0, 0), found.outcome.errors
    files = found.project.published(target, "small")
    assert set(files) == PUBLISHED
    work = found.project.results(target, "small") / "work"
    assert files["small.elf"] == (work / "image.unchecked").read_bytes()
    assert files["libsmall.a"] == (work / "library.unchecked").read_bytes()
    assert files["small.hex"].startswith(b":02000004") and files["small.hex"].rstrip().endswith(
        b":00000001FF"
    )


def test_binary_is_the_flash_of_the_image(built):
    target, found = built
    folder = found.project.results(target, "small")
    with (folder / "small.elf").open("rb") as stream:
        segments = [s for s in ELFFile(stream).iter_segments("PT_LOAD") if s["p_filesz"]]
        start = min(segment["p_paddr"] for segment in segments)
        flash = bytearray(max(s["p_paddr"] + s["p_filesz"] for s in segments) - start)
        for segment in segments:
            offset = segment["p_paddr"] - start
            flash[offset : offset + segment["p_filesz"]] = segment.data()
    assert (folder / "small.bin").read_bytes() == bytes(flash)
    assert found.project.report(target, "small")["flash_bytes"] == len(flash)


def test_report_follows_its_schema(built):
    target, found = built
    jsonschema.Draft202012Validator(json_schema("report")).validate(found.project.report(target, "small"))


ONCE = "integer, weights read once"


def test_report_says_everything(built):
    target, found = built
    report = found.project.report(target, "small")
    assert (report["schema_version"], report["verdict"], report["findings"]) == (1, "pass", [])
    assert report["flash_bytes"] == sum(
        report["flash"][f"{part}_bytes"] for part in ("code", "weight", "other")
    )
    assert report["ram_bytes"] == sum(report["ram"].values())
    latency = report["latency_s"]
    assert latency["low"] < latency["value"] == report["cycles"] / report["clock_hz"] < latency["high"]
    assert latency["evidence"] == "emulator"
    assert report["accuracy"] is None
    assert report["accuracy_absent"] == "there are no labelled samples for a network that was given as a file"
    layers = report["layers"]
    assert [layer["operator"] for layer in layers] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    kinds = [layer["code"] and layer["code"]["kind"] for layer in layers]
    flash, ram = "integer, weights in flash", "integer, weights in RAM"
    assert kinds[2:] == [None, kinds[3], flash]
    in_ram = [bool(layer["kernel"] and layer["kernel"].endswith(".ram")) for layer in layers]
    assert kinds[:2] == [ram if found else flash for found in in_ram[:2]]
    assert kinds[3] == (ram if in_ram[3] else ONCE)
    coded = [layer for layer in layers if layer["code"]]
    high = sum(layer["cycles"] * (1 + layer["code"]["high"]) for layer in coded)
    assert latency["high"] / latency["value"] == pytest.approx(high / sum(layer["cycles"] for layer in coded))
    assert [layer["macs"] for layer in layers] == [5 * 5 * 6 * 27, 5 * 5 * 6 * 9, 0, 5 * 150, 0]
    assert [layer["weight_bytes"] for layer in layers] == [6 * 27 + 24, 6 * 9 + 24, 0, 5 * 150 + 20, 0]
    assert all(
        layer["rejected"] and all(other["reason"] for other in layer["rejected"]) for layer in layers[:2]
    )


def test_parts_of_a_report_add_up_to_the_whole(built):
    target, found = built
    report = found.project.report(target, "small")
    symbols, plan = report["flash"]["symbols"], report["memory_plan"]
    assert 0.95 * report["flash_bytes"] < sum(one["flash_bytes"] for one in symbols) <= report["flash_bytes"]
    assert {one["use"] for one in symbols} == {"weights", "kernel", "network", "other"}
    assert all(one["layers"] and one["kernel_set"] for one in symbols if one["use"] == "kernel")
    cycles = sum(one["cycles"] for one in report["functions"])
    assert cycles == pytest.approx(report["agreement"]["run_cycles"], rel=0.001)
    assert max(one["offset_bytes"] + one["size_bytes"] for one in plan["blocks"]) == plan["arena_bytes"]
    alive = [one for one in plan["blocks"] if one["first"] <= plan["peak_layer"] <= one["last"]]
    assert sum(one["size_bytes"] for one in alive) == plan["lower_bound_bytes"]
    assert report["layers"][0]["inputs"] == [-1]
    assert report["multiply_bound"]["macs"] == (2 if target == "stm32l4" else 1)


def test_layers_add_up_to_the_run(built):
    target, found = built
    report = found.project.report(target, "small")
    total = sum(layer["cycles"] for layer in report["layers"])
    assert report["agreement"]["sum_of_layers_cycles"] == total
    assert total == pytest.approx(report["cycles"], rel=0.03)


def test_output_is_the_oracles(built):
    target, found = built
    exact = found.project.report(target, "small")["bit_exact"]
    assert exact["oracle"].startswith("tflite-micro")
    assert (exact["samples"], exact["compared_bytes"], exact["differing_bytes"]) == (4, 4 * 5, 0)


def test_unused_kernels_are_not_in_the_image(built):
    target, found = built
    used = {layer["kernel"] for layer in found.project.report(target, "small")["layers"]} - {None}
    with (found.project.results(target, "small") / "small.elf").open("rb") as stream:
        names = {symbol.name for symbol in ELFFile(stream).get_section_by_name(".symtab").iter_symbols()}
    kernels = {name for name in names if re.match(r"tinyml_(reference|cmsis_nn)_", name)}
    assert kernels == {f"tinyml_{name.replace('/', '_').removesuffix('.ram')}" for name in used}


def test_second_board_reuses_the_model(on_stm32l1):
    made = set(on_stm32l1.outcome.stages)
    assert not made & {"train", "quantize", "graph", "read", "fetch"}
    assert {"measure", "judge"} <= made
    made_or_retrieved = on_stm32l1.outcome.output  # from the cache that other tests fill
    assert "build/common/objects/cortex-m3/" in made_or_retrieved
    assert sorted(files_below(on_stm32l1.project.folder / "build" / "common" / "models")) == [
        "small/given.tflite",
        "small/given/graph.bin",
        "small/given/graph.json",
        "small/samples.npz",
    ]


def test_nothing_to_do_says_so_in_two_lines(project):
    found = project.scons("target=stm32l4", "model=small.tflite")
    report = project.report("stm32l4", "small")
    latency_ms = report["latency_s"]["value"] * 1e3
    assert (found.code, found.errors) == (0, "")
    assert found.output == (
        "scons: `build/stm32l4/small/small.elf' is up to date.\n"
        f"small (int8) on stm32l4: PASS: flash {report['flash_bytes'] / 1024:.1f} KiB, "
        f"RAM {report['ram_bytes'] / 1024:.1f} KiB, latency {latency_ms:.2f} ms\n"
    )


def test_nothing_to_do_imports_nothing_heavy(project):
    found = project.scons(
        "target=stm32l4", "model=small.tflite", environment={"PYTHONPROFILEIMPORTTIME": "1"}
    )
    assert found.stages == []
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in found.errors.splitlines()}
    assert {"SCons", "scons_tinyml"} <= imported
    assert imported & HEAVY == set()


def test_report_is_plain_json(on_stm32l4):
    text = (on_stm32l4.project.results("stm32l4", "small") / "report.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_explained(on_stm32l1, capsys):
    """What holds the network back is said of the files of its build, and its image runs without wait states."""
    main(["explain", "stm32l1", "small", "--json", "--project", str(on_stm32l1.project.folder)])
    explained = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json_schema("explanation")).validate(explained)
    report = on_stm32l1.project.report("stm32l1", "small")
    waits, none = explained["memory"]["cycles"], explained["memory"]["cycles_without_waits"]
    assert report["cycles"] >= waits > none > report["instructions"]
    assert (explained["about"], explained["layers"][0]["operator"]) == ("latency", "CONV_2D")
    assert "scons measure target=stm32l1 model=FILE" in [one["command"] for one in explained["not_measured"]]
