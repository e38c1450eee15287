"""Changes and the stages that the next build repeats after them."""

import os

import pytest

from support.networks import SMALL, small_int8
from support.tflite_builder import to_tflite

GIVEN = "build/common/models/small/given.tflite"


def new_kernels(before, after):
    """Return the kernels of the rows in `after` that are not in `before`; check that no row has changed."""
    assert {digest: after[digest] for digest in before} == before
    return sorted(kernel for digest, (kernel, _) in after.items() if digest not in before)


def test_clock_changes_the_start_up_and_seconds_only(project):
    before, rows = project.report("stm32l4", "small"), project.rows()
    project.edit("boards/stm32l4.toml", 'clock = "80 MHz"', 'clock = "40 MHz"')
    found = project.scons(*SMALL)
    after = project.report("stm32l4", "small")
    assert found.code == 0, found.errors
    assert not {"plan", "graph", "read", "fetch"} & set(found.stages)
    assert (found.made("compile"), project.rows()) == (["startup.o"], rows)
    assert after["cycles"] == before["cycles"]
    assert after["latency_s"]["value"] == 2 * before["latency_s"]["value"]


def test_budget_on_the_command_line_that_does_not_bind_is_planned_with_and_checked_only(project):
    found = project.scons(*SMALL, "flash=64KiB", "ram=16 KiB")
    assert (found.code, found.stages) == (0, ["plan", "report", "judge"]), found.errors
    limits = project.report("stm32l4", "small")["limits"]
    assert (limits["flash"]["source"], limits["flash"]["value"]) == ("command line", 64 * 1024)
    assert (limits["ram"]["source"], limits["ram"]["value"]) == ("command line", 16 * 1024)


def test_kernel_is_measured_again_alone(project):
    """The kernel becomes slower, so that another one is chosen."""
    source = project.folder / "kernels" / "reference" / "softmax_int8.c"
    text = source.read_text()
    body = text.rindex(") {") + 3
    wait = "\n    for (volatile int i = 0; i < 5000; i++) {\n    }\n"
    source.write_text(text[:body] + wait + text[body:])
    before = project.rows()
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert found.stages[:5] == ["compile", "archive", "measure", "footprint", "plan"]
    assert found.made("compile") == ["network.o", "softmax_int8.o"]
    assert found.made("archive") == ["library.unchecked", "reference.a"]
    assert new_kernels(before, project.rows()) == ["reference/softmax_int8"]
    layer = project.report("stm32l4", "small")["layers"][4]
    assert layer["kernel"] == "cmsis_nn/softmax_int8"
    [rejected] = layer["rejected"]
    assert (rejected["kernel"], rejected["reason"][:8]) == ("reference/softmax_int8", "slower: ")


def test_header_touches_the_kernels_of_its_operator(project):
    before = project.rows()
    project.insert_line("kernels/include/tinyml/softmax.h", "/* A word more. */")
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert found.made("compile") == ["network.o", "softmax_int8.o", "softmax_int8.o"], found.output
    assert new_kernels(before, project.rows()) == ["cmsis_nn/softmax_int8", "reference/softmax_int8"]


def test_wait_states_are_measured_again(project):
    before = project.report("stm32l4", "small")
    rows = project.rows()
    project.edit("boards/stm32l4.toml", "wait_states = 4", "wait_states = 5")
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert not {"graph", "read", "fetch"} & set(found.stages)
    assert found.made("compile") == ["startup.o"]
    assert new_kernels(rows, project.rows()) == sorted(kernel for kernel, _ in rows.values())
    assert project.report("stm32l4", "small")["cycles"] > before["cycles"]


def test_lost_database_is_measured_again(project):
    (project.folder / ".tinyml" / "costs.sqlite3").unlink()
    assert project.scons("-n", *SMALL).stages == ["measure"]


def test_other_kernel_set_is_planned_not_measured(project):
    before, rows = project.published("stm32l4", "small"), project.rows()
    found = project.scons(*SMALL, "kernels=reference")
    assert found.code == 0, found.errors
    assert found.stages[:2] == ["fit", "plan"]
    assert not {"measure", "graph"} & set(found.stages)
    report = project.report("stm32l4", "small")
    assert {str(layer["kernel"]).partition("/")[0] for layer in report["layers"]} == {"reference", "None"}
    reasons = {other["kernel"]: other["reason"] for other in report["layers"][0]["rejected"]}
    assert reasons["cmsis_nn/conv_2d_im2col_int8"] == "is not in kernels=reference"
    assert project.scons(*SMALL).code == 0
    assert project.rows() == rows
    assert project.published("stm32l4", "small") == before


@pytest.mark.parametrize(
    ("module", "first", "never"),
    [
        ("stages/fit/needs.py", "fit", {"graph", "read", "fetch", "compile", "measure", "plan"}),
        ("stages/plan/memory.py", "fit", {"graph", "read", "fetch"}),
        ("stages/measure/bench.py", "measure", {"graph", "read", "fetch", "fit", "compile"}),
        ("stages/gate/advice.py", "report", {"measure", "plan", "run", "sizes"}),
        ("emulator/machine.py", "measure", {"graph", "read", "fetch", "fit", "compile"}),
        ("emulator/devices/stm32l4.py", "measure", {"graph", "read", "fetch", "compile"}),
        ("emulator/devices/blocks/timer.py", "measure", {"graph", "read", "fetch", "compile"}),
        ("emulator/timing/native/three_stage.py", "measure", {"graph", "read", "fetch", "compile"}),
        ("stages/train/fit.py", None, set()),
        ("stages/graph/operators/softmax.py", "read", {"fetch", "train", "compile"}),
    ],
)
def test_change_of_ours_reruns_what_imports_it(project, module, first, never):
    project.insert_line(f"site_scons/scons_tinyml/{module}", "# A comment.")
    found = project.scons("-n", *SMALL)
    assert found.code == 0, found.errors
    assert found.stages[:1] == ([first] if first else [])
    assert not never & set(found.stages)


def test_native_code_is_made_before_what_emulates_and_of_its_sources_alone(project):
    made = "emulator   build/common/native/cortex-m4.json"
    project.insert_line("site_scons/scons_tinyml/emulator/machine.py", "# A comment.")
    assert made not in project.scons("-n", *SMALL).output.splitlines()
    project.insert_line("site_scons/scons_tinyml/emulator/timing/native/replay.py", "# A comment.")
    found = [line.split()[0] for line in project.scons("-n", *SMALL).output.splitlines() if "build/" in line]
    assert found.index("emulator") < found.index("measure")


def test_change_of_ours_without_effect_stops_there(project):
    before, rows = project.published("stm32l4", "small"), project.rows()
    project.insert_line("site_scons/scons_tinyml/stages/measure/samples.py", "# A comment.")
    found = project.scons(*SMALL)
    assert (found.code, sorted(found.stages)) == (0, ["compare", "measure"]), found.errors
    assert (project.published("stm32l4", "small"), project.rows()) == (before, rows)


def test_a_file_that_replaces_another_one_of_its_size_and_time_is_read(project):
    """As `cp -p` and archives leave it: the time alone says that nothing has changed."""
    path = project.folder / "small.tflite"
    path.write_bytes(to_tflite(small_int8(seed=71)))
    assert project.scons(*SMALL, GIVEN).stages == ["read"]
    before = path.stat()
    path.write_bytes(to_tflite(small_int8(seed=72)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert project.scons(*SMALL, GIVEN).stages == ["read"]


def test_other_network_leaves_kernels_alone(project):
    (project.folder / "small.tflite").write_bytes(to_tflite(small_int8(seed=1)))
    assert project.scons(*SMALL, GIVEN).stages == ["read"]
    assert set(project.scons("-n", *SMALL).stages) == {"graph", "measure", "run", "compare", "report"}
