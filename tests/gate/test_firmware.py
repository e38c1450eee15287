"""One report and one verdict for a firmware of several networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.errors import BudgetExceeded, FirmwareFault, InputError, InternalError
from scons_tinyml.records.limits import Limit
from scons_tinyml.reports.firmware import view_of_firmware
from scons_tinyml.reports.formats import find_format
from scons_tinyml.reports.formats.text import render
from scons_tinyml.reports.page import drawn_pictures
from scons_tinyml.stages.firmware.sizes import Part, PartSymbol
from scons_tinyml.stages.gate.assemble import Build, assemble
from scons_tinyml.stages.gate.firmware import FirmwareBuild, assemble_firmware, firmware_limits
from scons_tinyml.stages.gate.publish import require_pass
from scons_tinyml.stages.gate.report_file import read_judged, read_report, write_report

PARTS = {
    "first": Part(3000, 100),
    "second": Part(2000, 80),
    "kernels": Part(1500, 0),
    "rest": Part(900, 40),
}


SYMBOLS = (
    *(PartSymbol("first_weights", "first", 2800), PartSymbol("second_weights", "second", 1900)),
    *(PartSymbol("matmul", "kernels", 1500), PartSymbol("main<b>", "rest", 500)),
    *(PartSymbol(f"small_{number}", "rest", 2) for number in range(3)),
)


@pytest.fixture
def whole(build: Build) -> FirmwareBuild:
    """Two networks of one image, whose second one takes interrupts and 250 µs at most."""
    sizes = replace(build.sizes, parts=PARTS, part_symbols=SYMBOLS, reserved_stack_bytes=0)

    def network(name: str, limit_s: float, **changes: object):
        run = replace(build.run, network=name, measured=f"{name}_invoke", **changes)
        limits = {"latency": Limit(limit_s, f"models/{name}/model.toml: budgets")}
        graph = replace(build.graph, name=name)
        part = replace(build, model=name, graph=graph, run=run, sizes=sizes, limits=limits, is_part=True)
        return assemble(part), run

    networks = [network("first", 1.0), network("second", 1.0, interrupt_cycles=80_000)]
    return FirmwareBuild("both", build.board, "own", True, sizes, networks, {})


def test_sizes_are_those_of_the_image_and_latencies_of_each_network(whole: FirmwareBuild) -> None:
    report = assemble_firmware(whole)
    assert (report.verdict, report.exit_code, report.findings) == ("pass", 0, ())
    assert report.flash_bytes == whole.sizes.flash_bytes
    assert report.ram_bytes == sum(report.ram.model_dump().values())
    assert [one.name for one in report.networks] == ["first", "second"]
    first, second = (one.report for one in report.networks)
    assert second.latency_s.value - first.latency_s.value == pytest.approx(80_000 / whole.board.clock)
    assert (second.cycles, first.regions, first.limits.keys()) == (first.cycles, (), {"latency"})
    assert report.networks[1].interrupt_cycles == 80_000


def test_what_the_linker_script_reserves_counts_where_it_is_more(whole: FirmwareBuild) -> None:
    before = assemble_firmware(whole)
    reserved = replace(whole, sizes=replace(whole.sizes, reserved_stack_bytes=9000))
    report = assemble_firmware(reserved)
    assert report.ram.stack_bytes == 9000
    assert report.ram_bytes == before.ram_bytes - before.ram.stack_bytes + 9000


def over(whole: FirmwareBuild, **limits: float) -> FirmwareBuild:
    return replace(whole, limits={key: Limit(value, "SConstruct") for key, value in limits.items()})


def test_limits_of_the_image_name_its_parts(whole: FirmwareBuild, tmp_path: Path) -> None:
    report = assemble_firmware(over(whole, flash=1024, ram=10))
    flash, ram = report.findings
    assert (flash.kind, ram.kind, report.exit_code) == ("flash", "ram", 2)
    assert [share.name for share in flash.heaviest] == ["first", "second", "kernels"]
    assert flash.advice == "first takes 2.9 KiB, the most: begin there"
    assert ram.advice == 'arena="shared" saves 48 B, if no network runs while another one does'
    with pytest.raises(BudgetExceeded) as error:
        require_pass(report, tmp_path / "firmware.json")
    assert str(error.value).startswith("both on stm32l4 does not keep 2 limits; no image is left\n  flash ")


def test_a_limit_of_a_network_names_it(whole: FirmwareBuild) -> None:
    (first, run), second = whole.networks
    limits = {"latency": first.limits["latency"].model_copy(update={"value": 1e-9})}
    from scons_tinyml.stages.gate.checks import check

    facts = first.model_copy(update={"limits": limits})
    failed = facts.model_copy(update={"findings": check(facts), "verdict": "fail"})
    report = assemble_firmware(replace(whole, networks=[(failed, run), second]))
    assert (report.verdict, report.exit_code) == ("fail", 2)
    assert report.findings[0].message.startswith("first: latency ")
    assert "first: latency" in render(view_of_firmware(report, Path("firmware.json")), 200)


@pytest.mark.parametrize(("own", "error"), [(True, FirmwareFault), (False, InternalError)])
def test_another_output_is_a_fault_of_the_firmware_or_a_bug_of_ours(
    whole: FirmwareBuild, build: Build, own: bool, error: type[Exception], tmp_path: Path
) -> None:
    run = replace(build.run, differing_bytes=3, max_ulps=0, measured="tiny_invoke")
    wrong = assemble(replace(build, run=run, is_part=True, limits={}))
    report = assemble_firmware(replace(whole, own_sources=own, networks=[(wrong, run), whole.networks[1]]))
    assert report.exit_code == error.exit_code
    with pytest.raises(error, match="tiny: 3 of "):
        require_pass(report, tmp_path / "firmware.json")


def test_it_is_written_and_read_by_its_schema(whole: FirmwareBuild, tmp_path: Path) -> None:
    report, path = assemble_firmware(whole), tmp_path / "firmware.json"
    write_report(report, path)
    assert read_judged(path) == report
    with pytest.raises(InputError, match="is the report of a firmware of several networks"):
        read_report(path)


def test_each_limit_of_a_firmware_names_who_set_it(whole: FirmwareBuild, tmp_path: Path) -> None:
    model = tmp_path / "model.toml"
    model.write_text(
        'source = "net.tflite"\n[budgets]\nflash = "32 KiB"\nram = "8 KiB"\nlatency = "1 ms"\n'
        '[budgets.boards.stm32l4]\nram = "6 KiB"\n'
    )
    found = firmware_limits(whole.board, "flash=48KiB", "app/SConscript:flash", model)
    assert found == {
        "flash": Limit(48 * 1024, "app/SConscript: flash"),
        "ram": Limit(6 * 1024, f"{model}: budgets.boards.stm32l4"),
    }
    typed = firmware_limits(whole.board, "flash=48KiB")
    assert typed["flash"] == Limit(48 * 1024, "command line")
    assert typed["ram"].source == "capacity of stm32l4"


def test_limits_of_networks_are_not_limits_of_a_firmware(whole: FirmwareBuild) -> None:
    with pytest.raises(InputError) as refused:
        firmware_limits(whole.board, "latency=40ms")
    assert str(refused.value) == (
        "command line: latency: is a limit of one network, and not of a firmware of several\n"
        "  give the network a latency=; the firmware has flash= and ram="
    )


def test_its_text(whole: FirmwareBuild) -> None:
    lines = render(view_of_firmware(assemble_firmware(whole), Path("firmware.json")), 120).splitlines()
    assert lines[0] == "both on stm32l4: STM32L475VG, cortex-m4f at 80 MHz: PASS"
    assert sum(line.startswith("  first: output byte for byte that of ") for line in lines) == 1
    assert any(line.startswith("  second: latency ") for line in lines)
    assert max(map(len, lines)) <= 120


def test_symbols_of_a_library_are_those_that_it_adds(whole: FirmwareBuild) -> None:
    whole = replace(whole, sizes=replace(whole.sizes, bss_bytes=1000))
    image, library = assemble_firmware(whole), assemble_firmware(replace(whole, scope="library"))
    assert {one.part for one in image.symbols} == {"first", "second", "kernels", "rest"}
    assert {one.part for one in library.symbols} == {"first", "second", "kernels"}
    assert sum(one.flash_bytes for one in library.symbols) <= library.flash_bytes


def test_its_page_has_the_budgets_and_the_parts(whole: FirmwareBuild, tmp_path: Path) -> None:
    whole = over(replace(whole, sizes=replace(whole.sizes, flash_bytes=7_400)), flash=1024)
    view = view_of_firmware(assemble_firmware(whole), tmp_path / "report.json")
    assert [name for name, _ in drawn_pictures(view)] == ["budgets", "findings", "parts", "firmware_flash"]
    flash = dict(drawn_pictures(view))["firmware_flash"]
    groups = ("first", "second", "kernels", "own code, C library, start-up", "small symbols and gaps")
    assert all(f"{group} " in flash.lead for group in groups)
    assert [row[0] for row in flash.table.rows[:4]] == [
        "first_weights",
        "second_weights",
        "matmul",
        "main<b>",
    ]
    assert "main&lt;b&gt;" in flash.svg and "3 small symbols" in flash.svg
    page = find_format("html").render(view, 80)
    assert "<title>both on stm32l4: fail</title>" in page
    assert find_format("model_explorer").render(view, 80).count('"results": {}') == 1
