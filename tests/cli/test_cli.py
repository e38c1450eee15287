import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

import pytest

from scons_tinyml.cli import disk
from scons_tinyml.cli.check import Check
from scons_tinyml.cli.commands import doctor
from scons_tinyml.cli.compiling import check_compiler
from scons_tinyml.cli.main import commands, main, make_parser
from scons_tinyml.cli.packages import Probe
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.errors import (
    EXIT_CODES,
    EXIT_INPUT,
    EXIT_PASS,
    EXIT_UNREAD,
    FirmwareExit,
    TinymlError,
)
from scons_tinyml.records.report import Report
from scons_tinyml.records.schema import RECORDS, json_schema
from scons_tinyml.reports.formats import formats
from scons_tinyml.resources import find_all, folders
from scons_tinyml.stages import command
from scons_tinyml.stages.gate.report_file import write_report
from support.reports import REPORT

ROOT = Path(__file__).parents[2]
NAMES = [
    *("boards", "compare", "costs", "doctor", "explain", "explore", "kernels"),
    *("models", "new"),
    *("operators", "report", "revision"),
    *("run", "schema", "serve", "show"),
    *("timing", "validate"),
]

MODEL = """\
description = "cats"
source = "net.tflite"
[budgets]
flash = "48 KiB"
accuracy = 0.8
"""
SET = 'description = "mine"\noptimize = "-O2"\n'
KERNEL = """\
operator = "CONV_2D"
type = "{type}"
function = "tinyml_mine_{name}"
description = "a kernel"
sources = ["{name}.c"]
"""


@pytest.fixture
def project(tmp_path):
    """Return a project with a board that replaces a shipped one, a model and a kernel set."""
    for name in ("boards", "models/cats", "kernels/mine"):
        (tmp_path / name).mkdir(parents=True)
    shipped = (ROOT / "boards" / "stm32l1.toml").read_text()
    (tmp_path / "boards" / "stm32l1.toml").write_text(shipped.replace("STM32L152RE", "STM32L152XX", 1))
    (tmp_path / "boards" / "mine.toml").write_text(shipped)
    (tmp_path / "models" / "cats" / "model.toml").write_text(MODEL)
    (tmp_path / "kernels" / "mine" / "set.toml").write_text(SET)
    for name, number_type in (("conv", "int8"), ("conv_3x3", "int8"), ("conv_float", "float32")):
        kernel = KERNEL.format(name=name, type=number_type)
        (tmp_path / "kernels" / "mine" / f"{name}.toml").write_text(kernel)
        (tmp_path / "kernels" / "mine" / f"{name}.c").write_text("")
    return tmp_path


def call(capsys, *arguments):
    code = command.call(main, [str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_all_commands_are_found():
    assert list(commands()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_documented(name):
    """A command has one line in the list of commands, examples, help for all arguments, and exit codes."""
    summary, _, rest = (commands()[name].__doc__ or "").partition("\n\n")
    assert summary.endswith(".")
    assert "\n" not in summary
    assert f"\nexamples:\n  tinyml {name}" in rest
    subparsers = make_parser()._subparsers._group_actions[0]
    parser = subparsers.choices[name]
    assert [action.dest for action in parser._actions if not action.help] == []
    help_text = parser.format_help()
    assert "exit codes:\n  0        all is well;" in help_text
    assert [code for code in EXIT_CODES if f"\n  {code} " not in help_text] == []
    assert summary in help_text
    listed = {action.dest: action.help for action in subparsers._choices_actions}
    assert listed[name] == summary.rstrip(".")


def test_the_documentation_has_every_command():
    text = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    assert [name for name in NAMES if f"tinyml {name}" not in text] == []


def test_every_error_has_an_exit_code_that_is_documented():
    """Codes are documented alone, or in a range such as 65..123."""
    documented = set()
    for code in EXIT_CODES:
        first, _, last = code.partition("..")
        documented |= set(range(int(first), int(last or first) + 1))
    classes = [TinymlError]
    for found in classes:
        classes += found.__subclasses__()
    codes = {found.exit_code for found in classes if found is not FirmwareExit}
    codes |= {FirmwareExit(code).exit_code for code in (-1, 1, 3, 58, 59, 1000)}
    assert codes <= documented
    assert [FirmwareExit(code).exit_code for code in (-1, 1, 58, 59)] == [123, 65, 122, 123]


def test_python_m():
    environment = {"PYTHONPATH": str(ROOT / "site_scons")}
    done = subprocess.run(
        [sys.executable, "-m", "scons_tinyml", "--help"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == EXIT_PASS
    assert [name for name in NAMES if not re.search(rf"^    {name}\b", done.stdout, re.MULTILINE)] == []
    assert "2        firmware is over a budget" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["board"],
            "tinyml: there is no command 'board'; did you mean 'boards'? "
            "Known: boards, compare, costs, doctor, explain, explore, kernels, models, new, operators, report, "
            "revision, run, schema, serve, show, timing, validate",
        ),
        ([], "tinyml: the following arguments are required: COMMAND\n  tinyml --help says more"),
        (["boards", "--jsn"], "tinyml: unrecognized arguments: --jsn\n  tinyml --help says more"),
        (
            ["report"],
            "tinyml report: the following arguments are required: PATH\n  tinyml report --help says more",
        ),
    ],
)
def test_wrong_command_lines_are_wrong_input_and_not_over_budget(capsys, arguments, message):
    assert call(capsys, *arguments) == (EXIT_INPUT, "", f"tinyml: error: {message}\n")


def test_boards(capsys, project):
    code, shown, _ = call(capsys, "boards", "--project", project)
    assert code == EXIT_PASS
    assert shown == (
        "board      part          core           clock    flash      RAM        timing\n"
        "imxrt1062  MIMXRT1062    cortex-m7fd    600 MHz  7.75 MiB   1.00 MiB   core\n"
        "mine       STM32L152RE   cortex-m3      32 MHz   512.0 KiB  80.0 KiB   core\n"
        "nrf52840   nRF52840      cortex-m4f     64 MHz   1.00 MiB   256.0 KiB  compared\n"
        "nrf5340    nRF5340       cortex-m33f    128 MHz  1.00 MiB   512.0 KiB  core\n"
        "ra4m1      R7FA4M1AB     cortex-m4f     48 MHz   256.0 KiB  32.0 KiB   core\n"
        "rp2040     RP2040        cortex-m0plus  125 MHz  2.00 MiB   264.0 KiB  core\n"
        "rp2350     RP2350A       cortex-m33f    150 MHz  4.00 MiB   520.0 KiB  core\n"
        "samd21     ATSAMD21G18A  cortex-m0plus  48 MHz   256.0 KiB  32.0 KiB   core\n"
        "samd51     ATSAMD51J19A  cortex-m4f     120 MHz  512.0 KiB  192.0 KiB  core\n"
        "stm32f103  STM32F103RB   cortex-m3      72 MHz   128.0 KiB  20.0 KiB   compared\n"
        "stm32f407  STM32F407VG   cortex-m4f     168 MHz  1.00 MiB   192.0 KiB  compared\n"
        "stm32f411  STM32F411RE   cortex-m4f     100 MHz  512.0 KiB  128.0 KiB  core\n"
        "stm32f446  STM32F446RE   cortex-m4f     180 MHz  512.0 KiB  128.0 KiB  core\n"
        "stm32f746  STM32F746NG   cortex-m7f     216 MHz  1.00 MiB   336.0 KiB  compared\n"
        "stm32g0b1  STM32G0B1RE   cortex-m0plus  64 MHz   512.0 KiB  144.0 KiB  compared\n"
        "stm32g474  STM32G474RE   cortex-m4f     170 MHz  512.0 KiB  128.0 KiB  core\n"
        "stm32h743  STM32H743ZI   cortex-m7fd    400 MHz  2.00 MiB   704.0 KiB  core\n"
        "stm32h7a3  STM32H7A3ZI   cortex-m7fd    280 MHz  2.00 MiB   1.31 MiB   compared\n"
        "stm32l1    STM32L152XX   cortex-m3      32 MHz   512.0 KiB  80.0 KiB   core\n"
        "stm32l4    STM32L475VG   cortex-m4f     80 MHz   1.00 MiB   128.0 KiB  core\n"
        "stm32l4r5  STM32L4R5ZI   cortex-m4f     120 MHz  2.00 MiB   640.0 KiB  compared\n"
        "stm32u385  STM32U385RG   cortex-m33f    96 MHz   1.00 MiB   256.0 KiB  core\n"
        "stm32u575  STM32U575ZI   cortex-m33f    160 MHz  2.00 MiB   768.0 KiB  compared\n"
        "stm32wb55  STM32WB55RG   cortex-m4f     64 MHz   512.0 KiB  192.0 KiB  core\n"
    )


def test_boards_as_json(capsys, tmp_path):
    _, shown, _ = call(capsys, "boards", "--json", "--project", tmp_path)
    assert {board["name"]: board for board in json.loads(shown)}["stm32l4"] == {
        "name": "stm32l4",
        "part": "STM32L475VG",
        "core": "cortex-m4f",
        "features": ["fpu", "dsp"],
        "clock_hz": 80_000_000,
        "flash_bytes": 1_048_576,
        "ram_bytes": 131_072,
        "regions": ["FLASH", "SRAM1", "SRAM2"],
        "description": "B-L475E-IOT01A: Cortex-M4F at 80 MHz, RAM in two regions that are far apart",
        "comparison": None,
    }


def test_a_broken_board_is_told(capsys, project):
    (project / "boards" / "mine.toml").write_text("clock = 1")
    code, _, error = call(capsys, "boards", "--project", project)
    assert code == EXIT_INPUT
    assert f"{project}/boards/mine.toml: " in error


def test_models(capsys, project):
    _, shown, _ = call(capsys, "models", "--json", "--project", project)
    assert {
        "model": "cats",
        "from": "net.tflite",
        "input": None,
        "quantization": "int8",
        "budgets": ["flash", "accuracy"],
        "description": "cats",
    } in json.loads(shown)


def test_kernels(capsys, project):
    _, shown, _ = call(capsys, "kernels", "--json", "--project", project)
    rows = {(row["operator"], row["type"]): row["mine"] for row in json.loads(shown)}
    assert rows["CONV_2D", "int8"] == ["conv", "conv_3x3"]
    assert rows["CONV_2D", "float32"] == ["conv_float"]
    assert {(kind, names != []) for (kind, _), names in rows.items()} >= {("CONV_2D", True)}


def test_kernels_as_text(capsys, project, monkeypatch):
    monkeypatch.setattr("scons_tinyml.resources._CHECKOUT", project)
    assert call(capsys, "kernels", "--project", project)[1] == (
        "operator  type     kernels\nCONV_2D   float32  mine/conv_float\nCONV_2D   int8     mine/conv, mine/conv_3x3\n"
    )


def test_nothing_to_list(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("scons_tinyml.resources._CHECKOUT", tmp_path)
    assert call(capsys, "boards", "--project", tmp_path) == (EXIT_PASS, "none\n", "")


def test_resources_of_a_wheel(tmp_path, monkeypatch):
    """Shipped files are data of the package in a wheel."""
    package = tmp_path / "site-packages" / "scons_tinyml"
    shutil.copytree(ROOT / "boards", package / "data" / "boards")
    monkeypatch.setattr("scons_tinyml.resources._PACKAGE", package)
    assert folders("boards", tmp_path) == [package / "data" / "boards"]
    shipped = sorted(path.stem for path in (ROOT / "boards").glob("*.toml"))
    assert list(find_all("boards", tmp_path)) == shipped


@pytest.mark.parametrize("name", RECORDS)
def test_schema(capsys, name):
    _, shown, _ = call(capsys, "schema", name)
    assert json.loads(shown) == json_schema(name)


def test_schema_to_files(capsys, tmp_path):
    code, shown, _ = call(capsys, "schema", "board", "kernel-set", "--output", tmp_path)
    paths = [tmp_path / "board.schema.json", tmp_path / "kernel-set.schema.json"]
    assert (code, shown) == (EXIT_PASS, "".join(f"{path}\n" for path in paths))
    assert json.loads(paths[1].read_text()) == json_schema("kernel-set")


def test_report(capsys, tmp_path):
    write_report(REPORT, tmp_path / "report.json")
    code, shown, _ = call(capsys, "report", tmp_path)
    assert (code, shown.splitlines()[0]) == (
        EXIT_PASS,
        "cats (int8) on stm32l1: STM32L152RE, cortex-m3 at 32 MHz: PASS",
    )
    assert call(capsys, "report", tmp_path, "--format", "text") == (code, shown, "")
    _, shown, _ = call(capsys, "report", "--json", tmp_path / "report.json")
    assert Report.model_validate_json(shown) == REPORT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--format", "txt"],
            "command line: --format: there is no format 'txt'; did you mean 'text'? "
            f"Known: {', '.join(formats())}",
        ),
        (
            ["--format", "text", "--json"],
            "tinyml report: argument --json: not allowed with argument --format\n  tinyml report --help says more",
        ),
    ],
)
def test_wrong_formats(capsys, tmp_path, arguments, message):
    assert call(capsys, "report", tmp_path, *arguments) == (EXIT_INPUT, "", f"tinyml: error: {message}\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            '{"verdict": "too large"}',
            "is not a report: it has no findings\n  a build writes report.json once it has judged an image",
        ),
        (
            '{"findings": []}',
            "target: is not a report of this version: Field required\n  build again to have it rewritten",
        ),
    ],
)
def test_not_a_report(capsys, tmp_path, content, message):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content)
    assert call(capsys, "report", path) == (EXIT_INPUT, "", f"tinyml: error: {path}: {message}\n")


@pytest.fixture
def quick_doctor(monkeypatch):
    """Have `tinyml doctor` check one package and no compiler."""
    monkeypatch.setattr(doctor, "PROBES", (Probe("pydantic", "pydantic", "import pydantic"),))
    monkeypatch.setattr(doctor, "check_compiler", lambda _name, _project: iter(()))


def diagnose(capsys, project, *arguments):
    code, shown, error = call(capsys, "doctor", "--json", "--project", project, *arguments)
    return code, {check["name"]: (check["status"], check["detail"]) for check in json.loads(shown)}, error


@pytest.mark.usefixtures("quick_doctor")
def test_doctor(capsys, project):
    code, checks, _ = diagnose(capsys, project)
    assert code == EXIT_PASS
    assert checks["pydantic"][0] == "ok"
    assert checks["results"][0] == checks["measurements"][0] == checks["temporary files"][0] == "ok"
    database = project / ".tinyml" / "costs.sqlite3"
    assert checks["cost database"] == ("ok", f"none yet at {database}; the first build makes it")
    assert not database.parent.exists()


@pytest.mark.parametrize(
    ("use", "problem"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise ImportError('libstdc++.so.6: cannot open')", "ImportError: libstdc++.so.6: cannot open"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "it ends with SIGILL"),
        ("import os; os._exit(7)", "exit code 7"),
    ],
)
@pytest.mark.usefixtures("quick_doctor")
def test_doctor_says_what_is_broken(capsys, project, monkeypatch, use, problem):
    monkeypatch.setattr(doctor, "PROBES", (Probe("numba", "pydantic", use),))
    code, checks, error = diagnose(capsys, project)
    status, detail = checks["numba"]
    assert (code, status) == (EXIT_INPUT, "broken")
    assert detail.endswith(f" does not work: {problem}")
    assert error == (
        "tinyml: error: broken: numba\n"
        "  pip install scons-tinyml, in a checkout ./bootstrap, installs what is missing\n"
    )


def test_doctor_names_what_is_missing(capsys, project, monkeypatch):
    monkeypatch.setattr(doctor, "PROBES", (Probe("tensorflow", "no-such-distribution", ""),))
    code, checks, error = diagnose(capsys, project, "--compiler", "no-such-gcc")
    assert code == EXIT_INPUT
    assert checks["tensorflow"] == ("missing", "no-such-distribution is not installed")
    assert checks["compiler"] == ("missing", "no-such-gcc is not on PATH")
    assert error == (
        "tinyml: error: missing: tensorflow, compiler\n"
        "  pip install scons-tinyml, in a checkout ./bootstrap, installs what is missing\n"
        "  on Debian and Ubuntu: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi, "
        "or let ./bootstrap do it\n"
    )


FAKE_COMPILER = """\
#!/bin/sh
case "$*" in
*--version*) echo fake gcc 12 ;;
-dumpspecs) echo none ;;
-print-prog-name=*) echo "$0" ;;
*cortex-m0plus*) exit 0 ;;
*) echo 'main.c:1: fatal error: math.h: No such file or directory' >&2; exit 1 ;;
esac
"""


def test_doctor_tries_the_compiler_for_every_core(tmp_path):
    compiler = tmp_path / "fake-gcc"
    for name in ("fake-gcc", "fake-objcopy"):
        (tmp_path / name).write_text(FAKE_COMPILER)
        (tmp_path / name).chmod(0o755)
    archiver = tmp_path / "fake-gcc-ar"
    archiver.write_text("#!/bin/sh\necho 'fake-gcc-ar: no plug-in' >&2\nexit 1\n")
    archiver.chmod(0o755)
    checks = {check.name: check for check in check_compiler(str(compiler), ROOT)}
    assert (checks["compiler"].status, checks["compiler"].detail) == ("ok", "fake gcc 12")
    assert checks["fake-objcopy"].status == "ok"
    assert (checks["fake-gcc-ar"].status, checks["fake-gcc-ar"].detail) == (
        "broken",
        "fake-gcc-ar: no plug-in",
    )
    assert checks["cortex-m0plus"].status == "ok"
    assert (checks["cortex-m4f"].status, checks["cortex-m4f"].detail) == (
        "broken",
        "main.c:1: fatal error: math.h: No such file or directory",
    )


def test_doctor_looks_for_room(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    assert disk.check_folder("results", tmp_path / "not" / "yet").status == "ok"
    assert disk.check_folder("results", tmp_path / "file" / "build") == Check(
        "results", "broken", f"{tmp_path}/file is not a folder", f"move {tmp_path}/file away"
    )
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _folder: Namespace(free=1024))
    assert disk.check_folder("results", tmp_path) == Check(
        "results", "broken", f"1.0 KiB free in {tmp_path}", "make room for 256.00 MiB"
    )


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_and_the_database(capsys, project):
    database = project / "costs.db"
    CostDatabase.open(database).close()
    _, checks, _ = diagnose(capsys, project, "--database", "costs.db")
    assert checks["cost database"][0] == "ok"
    assert f"{database}: 0 measurements, 0 proofs, schema version " in checks["cost database"][1]


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_does_not_repair_a_corrupt_database(capsys, project):
    database = project / "costs.db"
    database.write_bytes(b"nonsense" * 1000)
    _, checks, _ = diagnose(capsys, project, "--database", "costs.db")
    assert checks["cost database"] == ("unknown", "file is not a database")
    assert database.read_bytes() == b"nonsense" * 1000


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_and_somebody_elses_database(capsys, project):
    with closing(sqlite3.connect(project / "costs.db")) as connection:
        connection.execute("create table notes (text)")
    _, checks, _ = diagnose(capsys, project, "--database", "costs.db")
    assert checks["cost database"] == ("unknown", "no such table: schema_versions")


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_and_sources_from_elsewhere(capsys, project):
    wheel = (
        '[external]\ndistribution = "arm"\nversion = "1"\n'
        f'sha256 = "{"0" * 64}"\nsubfolder = "x"\nlicence = "Apache-2.0"\noverride_option = "MINE_ROOT"\n'
    )
    (project / "kernels" / "mine" / "set.toml").write_text(SET + wheel)
    _, checks, _ = diagnose(capsys, project)
    assert checks["mine sources"] == ("unknown", "not fetched yet; the first build does")
    manifest = project / "build" / "common" / "external" / "mine" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.touch()
    _, checks, _ = diagnose(capsys, project)
    assert checks["mine sources"] == ("ok", f"arm 1 in {manifest.parent}")


@pytest.mark.usefixtures("quick_doctor")
def test_doctor_and_the_folders_of_kernel_sets(capsys, project):
    _, checks, _ = diagnose(capsys, project)
    shipped = ROOT / "kernels"
    assert checks["kernel sets"] == (
        "ok",
        f"mine in {project / 'kernels'}; cmsis_nn, generated, reference in {shipped}",
    )
    (project / "kernels" / "mine").rename(project / "kernels" / "reference")
    _, checks, _ = diagnose(capsys, project)
    assert checks["kernel sets"] == (
        "ok",
        f"reference in {project / 'kernels'}; cmsis_nn, generated, reference (hidden) in {shipped}",
    )


def test_a_reader_that_leaves_is_no_bug():
    """The output is more than a pipe holds, as in `tinyml schema model | head -1`."""
    program = "from scons_tinyml.stages import command; import sys; " + (
        "sys.exit(command.call(lambda _: print('line\\n' * 100_000), []))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "site_scons")}
    started = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert started.stdout.readline() == b"line\n"
    started.stdout.close()
    assert (started.stderr.read(), started.wait(timeout=60)) == (b"", EXIT_UNREAD)
    started.stderr.close()
