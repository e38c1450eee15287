"""The matrix of boards as people and programs read it."""

import re
from pathlib import Path

import jsonschema
import pytest

from scons_tinyml.records.matrix import Tightest
from scons_tinyml.records.report import verdict
from scons_tinyml.records.schema import json_schema
from scons_tinyml.reports.matrix import (
    Judged,
    NotJudged,
    annotations_of_all,
    reasons,
    summary,
    table,
    tightest,
    to_json,
)
from scons_tinyml.reports.table import text_table
from scons_tinyml.stages.gate.checks import check
from support.reports import REPORT, limited, report_with

PATH = Path("build/stm32l1/cats/report.json")
UNKNOWN = NotJudged("acme", "boards/acme.toml: clock: found 0", 1)

TABLE = """\
  board    core        clock  verdict                  latency     limit     flash      limit      RAM     limit\
  tightest  percent
  stm32l1  cortex-m3  32 MHz  pass        24.00 ms to 27.00 ms      none  29.3 KiB  512.0 KiB  9.8 KiB  12.0 KiB\
  RAM        81.4 %
  stm32l1  cortex-m3  32 MHz  FAIL        24.00 ms to 27.00 ms  26.00 ms  29.3 KiB  512.0 KiB  9.8 KiB  12.0 KiB\
  latency   103.8 %
  acme                        not judged"""


def judged(report):
    findings = check(report)
    return Judged(report.model_copy(update={"findings": findings, "verdict": verdict(findings)}), PATH)


def test_table_and_reasons():
    rows = (judged(REPORT), judged(limited("latency", 0.026)), UNKNOWN)
    assert text_table(table(rows), 200, "  ") == TABLE
    assert list(reasons(rows)) == [
        "stm32l1: latency 27.00 ms (25.00 ms and the slow end of its error band) is 1.00 ms over the limit of 26.00 ms",
        "acme: boards/acme.toml: clock: found 0",
    ]


HOSTILE = "a\n::error::x|<b>\x1b[2J"


def test_the_summary_for_a_pull_request():
    rows = (judged(REPORT), judged(limited("latency", 0.026)), NotJudged("acme", HOSTILE, 1))
    text = summary("cats", rows, 1)
    head, title, found, below = text.split("\n\n")
    assert (head, title) == ("<!-- scons-tinyml: matrix/cats -->", "### `cats` on 1 of 3 boards: FAIL")
    lines = found.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| stm32l1", "| stm32l1", "| acme"]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    assert below.startswith(
        "- stm32l1: latency 27\\.00 ms" if "\\." in below else "- stm32l1: latency 27.00 ms"
    )
    assert below.splitlines()[1].startswith("- acme: a")
    assert len(below.splitlines()) == 2
    assert summary("cats", rows[:1], 0).endswith(" |\n")


def test_annotations_of_what_fails():
    """Each error is one line, and a hostile reason makes no further command."""
    rows = (judged(REPORT), judged(limited("latency", 0.026)), NotJudged("acme", HOSTILE, 1))
    first, second = annotations_of_all("cats", rows).splitlines()
    assert first.startswith("::error title=cats on stm32l1%3A latency::latency 27.00 ms")
    assert second == "::error title=cats on acme%3A not judged::a\\n::error::x|<b>\\x1b[2J"
    assert annotations_of_all("cats", rows[:1]) == ""


def test_json():
    found = to_json("cats", (judged(limited("latency", 0.026)), UNKNOWN), 1)
    first, second = found.pop("boards")
    assert found == {"schema_version": 1, "model": "cats", "exit_code": 1}
    assert second == {
        "board": "acme",
        "verdict": "not judged",
        "exit_code": 1,
        "reasons": ["boards/acme.toml: clock: found 0"],
    }
    assert (first["verdict"], first["exit_code"], first["flash_bytes"]) == ("fail", 2, 30_000)
    assert first["latency_s"]["high"] == 0.027
    assert first["tightest"] == {"name": "latency", "share": 0.027 / 0.026}
    assert first["report"] == str(PATH)


SCHEMA = jsonschema.Draft202012Validator(json_schema("matrix"))


def test_the_json_follows_the_published_schema():
    SCHEMA.validate(to_json("cats", (judged(REPORT), judged(limited("latency", 0.026)), UNKNOWN), 1))


@pytest.mark.parametrize("board", [0, 1])
def test_the_schema_insists_on_each_key_of_a_board(board):
    found = to_json("cats", (judged(REPORT), UNKNOWN), 1)
    for key in found["boards"][board]:
        changed = [dict(row) for row in found["boards"]]
        del changed[board][key]
        assert not SCHEMA.is_valid({**found, "boards": changed}), key


def test_a_region_can_be_tighter_than_the_whole():
    regions = [
        {"name": "SRAM1", "kind": "ram", "used_bytes": 900, "size_bytes": 1000},
        {"name": "SRAM2", "kind": "ram", "used_bytes": 0, "size_bytes": 100_000},
    ]
    assert tightest(report_with(regions=regions)) == Tightest(name="region SRAM1", share=0.9)


def test_a_wrong_output_is_not_told_as_a_budget():
    exact = {**REPORT.bit_exact.model_dump(), "differing_bytes": 3}
    assert judged(report_with(bit_exact=exact)).exit_code == 3
    assert judged(limited("latency", 0.026)).exit_code == 2
