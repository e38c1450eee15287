import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scons_tinyml.records.names import shorten
from scons_tinyml.records.remedies import Kernels, OtherBoard, Remedies
from scons_tinyml.records.report import ProjectState, verdict
from scons_tinyml.records.terminals import is_pretty
from scons_tinyml.records.wrapping import WIDE_COLUMNS
from scons_tinyml.reports.formats.text import render
from scons_tinyml.reports.layout import bar
from scons_tinyml.reports.lines import remedy_lines
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.summary import one_line
from scons_tinyml.reports.terminal import print_judged
from scons_tinyml.stages.gate.checks import check
from support.reports import REPORT, limited, report_with

PATH = Path("build/stm32l1/cats/report.json")

PASSING = """\
cats (int8) on stm32l1: STM32L152RE, cortex-m3 at 32 MHz: PASS

                     used     budget  percent  verdict  set by
  flash          29.3 KiB  512.0 KiB    5.7 %  pass     capacity of stm32l1
  RAM             9.8 KiB   12.0 KiB   81.4 %  pass     models/cats/model.toml: budgets
  latency        27.00 ms       none
  accuracy         0.9000       none
  accuracy drop    0.0100       none

  flash: code 7.8 KiB, weights 19.5 KiB, other 2.0 KiB
  RAM: arena 8.8 KiB (lower bound 8.8 KiB), stack 900 B, bss 84 B, data 16 B
  latency: 25.00 ms, 800,000 cycles, between 24.00 ms and 27.00 ms
  evidence: emulator, cortex-m3 1; compared with eight images
  output: byte for byte that of tflite-micro 1 on 4 samples
  accuracy: float 0.9100, int8 0.9000 (balanced accuracy, 1000 test samples)

     layer                                                    operator         \
kernel                            MACs   cycles  percent
  0  conv                                                     CONV_2D          \
reference/conv_2d_int8          60,000  600,000   75.0 %
  1  reshape                                                  RESHAPE          none needed
  2  model/a_very_long_name/of_a_layer/that_a_converter_made  FULLY_CONNECTED  \
reference/fully_connected_int8  20,000  200,000   25.0 %

report: build/stm32l1/cats/report.json"""

FAILING_LATENCY = "  latency        27.00 ms   26.00 ms  103.8 %  FAIL     command line"
FINDINGS = """
error: latency 27.00 ms (25.00 ms and the slow end of its error band) is 1.00 ms over the limit of 26.00 ms
  set by command line
  heaviest: layer 0 (CONV_2D) 75.0 %, layer 2 (FULLY_CONNECTED) 25.0 %
  try: layer 0 (CONV_2D) takes 18.75 ms, 0.10 MACs a cycle: the whole has to shrink by 4 %, so begin with that layer

warning: the layers measured alone add up to 0.950 times the cycles of the whole run: more than 3% apart

report: """


def judged(report):
    findings = check(report)
    return report.model_copy(update={"findings": findings, "verdict": verdict(findings)})


def lines(report):
    return render(view_of(report, PATH), WIDE_COLUMNS).splitlines()


def test_plain_report():
    assert render(view_of(REPORT, PATH), WIDE_COLUMNS) == f"{PASSING}\n"


def test_plain_report_of_a_failure():
    agreement = {"sum_of_layers_cycles": 760_000, "run_cycles": 800_000, "ratio": 0.95}
    shown = render(view_of(judged(limited("latency", 0.026, agreement=agreement)), PATH), WIDE_COLUMNS)
    assert shown.startswith("cats (int8) on stm32l1: STM32L152RE, cortex-m3 at 32 MHz: FAIL\n")
    assert FAILING_LATENCY in shown.splitlines()
    assert FINDINGS in shown


def test_remedies_are_said_after_the_findings():
    kernels = Kernels(outcome="misses", text="no choice of kernels misses the limit of latency by less")
    boards = (
        OtherBoard(board="fast", outcome="would pass", text="2.00 ms"),
        OtherBoard(board="slow", outcome="would not pass", text="3.00 ms at best"),
        OtherBoard(board="near", outcome="not known", text="near a limit"),
        OtherBoard(board="odd", outcome="not known", text="no room"),
        OtherBoard(board="next", outcome="not known", text="near a limit"),
        OtherBoard(board="new", outcome="not measured", text="scons measure target=new model=cats"),
        OtherBoard(board="old", outcome="not measured", text="scons measure target=old model=cats"),
    )
    report = judged(limited("latency", 0.026)).model_copy(
        update={"remedies": Remedies(kernels=kernels, boards=boards)}
    )
    assert lines(report)[-8:-1] == [
        "kernels: no choice of kernels misses the limit of latency by less",
        "boards that would pass, the one with the least memory first:",
        "  fast: 2.00 ms",
        "boards that would not: slow (3.00 ms at best)",
        "boards of which it is not known: near, next (near a limit), odd (no room)",
        "boards not measured: new, old (scons measure target=new model=cats)",
        "",
    ]
    passing = Remedies(kernels=Kernels(outcome="passes", text="told as advice"))
    assert remedy_lines(passing) == ()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"commit": "0123456789abcdef", "dirty": False, "built": "2026-11-29T22:00:00Z"},
            "  commit 0123456789ab without changes, built 2026-11-29T22:00:00Z",
        ),
        ({"commit": "0123456", "dirty": True}, "  commit 0123456 and changes"),
        ({"commit": "0123456"}, "  commit 0123456"),
        ({"built": "2026-11-29T22:00:00Z"}, "  built 2026-11-29T22:00:00Z"),
        ({}, ""),
    ],
)
def test_state_of_the_project_is_in_the_head(said, expected):
    report = report_with(project=ProjectState(**said))
    assert lines(report)[1] == expected
    pretty = Terminal()
    print_judged(report, PATH, pretty)
    assert expected in pretty.getvalue()


def test_accuracy_rows():
    report = judged(limited("accuracy", 0.95))
    assert "  accuracy         0.9000  at least 0.9500   94.7 %  FAIL     command line" in lines(report)
    report = judged(limited("accuracy_drop", 0.01))
    assert "  accuracy drop    0.0100     0.0100  100.0 %  pass     command line" in lines(report)


def test_no_accuracy():
    shown = lines(report_with(accuracy=None, accuracy_absent="it was given as a file"))
    assert "  accuracy           none       none" in shown
    assert "  accuracy: none, it was given as a file" in shown


def test_changes_of_the_network_are_notes():
    shown = lines(report_with(network_changes=("padding is part of a layer", "a clamp is part of a layer")))
    assert [line for line in shown if line.startswith("  network: ")] == [
        "  network: padding is part of a layer",
        "  network: a clamp is part of a layer",
    ]


def test_a_float_image_shows_no_drop():
    assert "  accuracy drop      none       none" in lines(report_with(quantization="float"))


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        ({"samples": 1}, "  output: byte for byte that of tflite-micro 1 on 1 sample"),
        (
            {"differing_bytes": 4, "max_ulps": 1, "tolerance_ulps": 2},
            "  output: within 1 ulps of that of tflite-micro 1 on 4 samples",
        ),
        ({"differing_bytes": 4}, "  output: 4 of 8 bytes are not those of tflite-micro 1 on 4 samples"),
    ],
)
def test_output_note(exact, expected):
    assert expected in lines(report_with(bit_exact={**REPORT.bit_exact.model_dump(), **exact}))


@pytest.mark.parametrize(
    ("name", "longest", "expected"),
    [("short", 5, "short"), ("abcdefghij", 7, "ab...ij"), ("abcdefghij", 8, "ab...hij")],
)
def test_shorten(name, longest, expected):
    assert shorten(name, longest) == expected
    assert len(expected) <= longest


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"CI": "true"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_who_is_looking(stream, environment, expected):
    assert is_pretty(stream, environment) is expected


def test_a_pipe_gets_plain_text():
    stream = io.StringIO()
    print_judged(REPORT, PATH, stream)
    assert stream.getvalue() == f"{PASSING}\n"


def test_a_terminal_gets_the_same_words_in_colour(monkeypatch):
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    print_judged(judged(limited("flash", 28_000)), PATH, stream)
    shown = stream.getvalue()
    assert "\x1b[" in shown
    for word in (
        "FAIL",
        "29.3 KiB",
        "━━━━━━━━━━  107.1 %",
        "reference/conv_2d_int8",
        "set by command line",
        str(PATH),
    ):
        assert word in shown


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "╌╌╌╌╌╌╌╌╌╌"), (0.5, "━━━━━╌╌╌╌╌"), (3.0, "━━━━━━━━━━"), (-0.158, "╌╌╌╌╌╌╌╌╌╌")],
)
def test_bar(share, expected):
    assert bar(share) == expected


def written(folder, report):
    path = folder / "report.json"
    path.write_text(json.dumps(report.model_dump(mode="json", by_alias=True)))
    return path


def test_one_line(tmp_path):
    start = "cats (int8) on stm32l1: PASS: flash 29.3 KiB, RAM 9.8 KiB, latency 25.00 ms"
    assert one_line(written(tmp_path, REPORT)) == f"{start}, accuracy 0.9000"
    assert one_line(written(tmp_path, report_with(accuracy=None))) == start


def test_nothing_heavy_is_imported_for_one_line():
    heavy = "{'rich', 'pydantic', 'numpy', 'sqlite_utils', 'tensorflow'}"
    code = f"import sys, scons_tinyml.reports.summary; print({heavy} & set(sys.modules))"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert shown.stdout == "set()\n", shown.stderr


def test_each_metric_has_a_row_and_a_note(tmp_path):
    error = {
        "name": "mean_error",
        "metric": "own.py:error",
        "better": "lower",
        "unit": "number",
        "samples": 9,
        "overlap": 2,
        "float": 12.5,
        "int8": 12.75,
        "drop": 0.25,
        "deployed": 12.75,
    }
    shown = lines(report_with(metrics=[error]))
    assert "  mean error        12.75       none" in shown
    assert (
        "  mean error: float 12.5, int8 12.75 (own.py:error, 9 test samples, 2 of them also in other splits)"
        in shown
    )
    assert not any("mean error drop" in line for line in shown)
    assert one_line(written(tmp_path, report_with(metrics=[error]))).endswith(
        ", accuracy 0.9000, mean error 12.75"
    )
