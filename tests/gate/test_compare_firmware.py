"""Comparisons of two reports of a firmware: sizes of the image and its parts, and each network."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.records.budget import Budgets, limits_from_options
from scons_tinyml.records.errors import BudgetExceeded, InputError
from scons_tinyml.records.firmware_report import PartUse
from scons_tinyml.records.schema import json_schema
from scons_tinyml.reports.comparison import as_html, as_markdown, as_text
from scons_tinyml.stages.gate.compare import tolerances_in_force
from scons_tinyml.stages.gate.compare_firmware import compare_firmware
from scons_tinyml.stages.gate.comparison import compare_files
from scons_tinyml.stages.gate.report_file import write_report
from support.reports import REPORT, firmware, network

PATHS = ("old/report.json", "new/report.json")


OLD = firmware(network("kws"), network("wake"))
SLOW = {**REPORT.latency_s.model_dump(), "value": 0.0275, "high": 0.03}
NEW = firmware(
    network("kws", cycles=880_000, latency_s=SLOW, layers=[one.model_dump() for one in REPORT.layers[:2]]),
    network("scene"),
    flash_bytes=50_600,
    arena="shared",
    parts={
        "kws": PartUse(flash_bytes=9_600, ram_bytes=700),
        "rest": PartUse(flash_bytes=9_000, ram_bytes=900),
        "scene": PartUse(flash_bytes=4_000, ram_bytes=100),
    },
)


def tolerances(text: str):
    return tolerances_in_force("stm32l1", Budgets(), limits_from_options({"tolerances": text}), "model.toml")


def test_a_firmware_is_like_itself():
    found = compare_firmware(OLD, OLD, tolerances("flash:0,latency:0,accuracy:0"), PATHS)
    assert (found.verdict, found.parts, found.symbols, found.unlike, found.exit_code) == (
        "pass",
        (),
        (),
        (),
        0,
    )
    assert [(one.name, one.state, one.layers) for one in found.networks] == [
        ("kws", "same", ()),
        ("wake", "same", ()),
    ]
    assert {figure.change for figure in found.all_figures} == {0}


def test_what_changes_in_an_image_and_in_its_networks():
    found = compare_firmware(OLD, NEW, {}, PATHS)
    jsonschema.validate(found.model_dump(mode="json"), json_schema("firmware-comparison"))
    assert [(one.name, one.change) for one in found.figures] == [("flash", 600), ("ram", 0)]
    assert [(one.what, one.old, one.new) for one in found.unlike] == [("arena", "own", "shared")]
    assert [(one.name, one.state, one.new_flash_bytes - one.old_flash_bytes) for one in found.parts] == [
        ("kws", "changed", 600),
        ("scene", "new", 4_000),
    ]
    assert [(one.name, one.state) for one in found.networks] == [
        ("kws", "changed"),
        ("scene", "new"),
        ("wake", "gone"),
    ]
    kws = found.networks[0]
    assert {one.name: one.change for one in kws.figures}["cycles"] == 880_000 - REPORT.cycles
    assert [(one.name, one.state) for one in kws.layers] == [(REPORT.layers[2].name, "gone")]


def test_what_is_seen_of_it():
    found = compare_firmware(OLD, NEW, tolerances("flash:1%,latency:5%"), PATHS)
    text = as_text(found, 200)
    assert text.startswith("doorbell on stm32l1, compared with old/report.json: FAIL\n")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "flash 48.8 KiB 49.4 KiB +600 B +1.2% 500 B FAIL" in lines
    assert "kws latency 25.00 ms 27.50 ms +2.50 ms +10.0% 1.25 ms FAIL" in lines
    assert any(line.startswith("scene NEW") for line in lines)
    assert any(line.startswith("wake GONE") for line in lines)
    assert "another arena: own, now shared" in lines
    assert lines[-1] == "kws: latency is worse by more than the tolerance of command line"
    assert as_markdown(found).startswith(
        "<!-- scons-tinyml: comparison/stm32l1/doorbell -->\n\n### `doorbell` on "
    )
    assert "<td>GONE</td>" in as_html(found)
    assert all(len(line) <= 80 for line in as_text(found, 80).splitlines())


def test_tolerances_of_sizes_are_of_the_image_and_others_of_each_network():
    assert compare_firmware(OLD, NEW, tolerances("flash:2%,latency:10%,ram:0"), PATHS).verdict == "pass"
    found = compare_firmware(OLD, NEW, tolerances("latency:1%"), PATHS)
    assert [figure.name for figure in found.all_figures if figure.exceeded] == ["latency"]
    with pytest.raises(InputError, match="there is no figure 'flesh'; did you mean 'flash'"):
        compare_firmware(OLD, OLD, tolerances("flesh:1%"), PATHS)
    newer = {**REPORT.provenance.model_dump(), "timing_model": "cortex-m3 2"}
    other = firmware(network("kws", provenance=newer), network("wake"))
    with pytest.raises(InputError, match="latency of the two reports cannot be compared: timing model"):
        compare_firmware(OLD, other, tolerances("latency:1%"), PATHS)
    assert "kws: cycles and latency are not compared" in as_text(compare_firmware(OLD, other, {}, PATHS), 200)


def test_names_are_no_markup():
    hostile = "<script>|x`@y\x1b\n"
    renamed = OLD.networks[0].model_copy(update={"name": hostile})
    found = compare_firmware(OLD, OLD.model_copy(update={"networks": (renamed,)}), {}, (hostile, "new"))
    assert "<script" not in as_html(found)
    assert "\x1b" not in as_text(found, 80) + as_markdown(found) + as_html(found)


def test_other_firmwares_and_networks_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"old/report.json: is of another firmware: doorbell, where"):
        compare_firmware(OLD, OLD.model_copy(update={"firmware": "gate"}), {}, PATHS)
    write_report(OLD, tmp_path / "firmware.json")
    write_report(REPORT, tmp_path / "report.json")
    for paths in (("firmware.json", "report.json"), ("report.json", "firmware.json")):
        with pytest.raises(
            InputError, match=r"firmware.json: is the report of a firmware, where .*report.json is of"
        ):
            compare_files(*(tmp_path / path for path in paths), None, "")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name, report in (("old", OLD), ("new", NEW)):
        (tmp_path / name).mkdir()
        write_report(report, tmp_path / name / "report.json")
    with pytest.raises(BudgetExceeded, match=r"doorbell on stm32l1 is worse .*: flash, kws: latency"):
        main(["compare", str(tmp_path / "old"), str(tmp_path / "new"), "--tolerances", "flash:1%,latency:0"])
    assert "scene" in capsys.readouterr().out
