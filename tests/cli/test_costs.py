import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.cli.commands.costs import COMMANDS
from scons_tinyml.cli.main import main, make_parser
from scons_tinyml.cli.parsing import modules
from scons_tinyml.cli.placement_names import placement_names
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.costs.rows import CostRow, Proof
from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EXIT_INPUT, EXIT_PASS
from scons_tinyml.stages import command
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.measure.current import fetched_sources, find_current

ROOT = Path(__file__).parents[2]
SUBCOMMANDS = list(modules(COMMANDS))
KERNEL = "reference/conv_2d_int8"
OBJECT = "a" * 64


@pytest.fixture(scope="session")
def current():
    boards = [read_board(path) for path in (ROOT / "boards").glob("*.toml")]
    return find_current(boards, find_toolchain(), fetched_sources([ROOT / "kernels"], ROOT / "none", {}))


@pytest.fixture(scope="session")
def newest(current):
    """Return a function that makes a row for a core, by default a current one."""

    def make(core="cortex-m3", **changes):
        key = CostKey(
            operator="CONV_2D",
            number_type="int8",
            attributes=(("input_height", 28), ("stride_height", 1)),
            kernel=KERNEL,
            kernel_digest=current.sources[KERNEL],
            code_digest="",
            compiler=current.compilers[core],
            flags=current.flags[core, KERNEL],
            core=core,
            memory=min(current.memories[core]),
            evidence="emulator",
            timing_version=current.timing_versions["emulator", core],
        )
        board = current.memories[core][key.memory]
        return CostRow(
            replace(key, **changes), 4096, 1024, "2024-01-02T03:04:05+00:00", "1", OBJECT, board=board
        )

    return make


@pytest.fixture(scope="session")
def proven(newest):
    """Return a function that makes a proof for the kernel of `newest()`."""

    def make(**changes):
        key = newest().key
        shared = (key.kernel, key.kernel_digest, "", key.compiler, key.flags, key.core)
        made = ProofKey("1" * 64, *shared, "tflite-micro 0")
        return Proof(replace(made, **changes), 784, 3, 0, None, "2024-01-02T03:04:05+00:00", "1", OBJECT)

    return make


@pytest.fixture
def filled(tmp_path, newest, proven):
    """Return a project with two current rows, two stale ones and a proof of another oracle."""
    shutil.copytree(ROOT / "boards", tmp_path / "boards")
    shutil.copytree(ROOT / "kernels", tmp_path / "kernels")
    late = replace(
        newest("cortex-m4f"), measured_at="2024-02-03T00:00:00+00:00", origin="pack team 0123456789ab"
    )
    with CostDatabase.open(tmp_path / ".tinyml" / "costs.sqlite3") as database:
        database.record(newest(), late, newest(timing_version="old"), newest(kernel="reference/gone"))
        database.record_proof(proven())
    return tmp_path


def placement_of(row):
    return placement_names(ROOT)[row.board, row.key.memory]


def call(capsys, *arguments):
    code = command.call(main, ["costs", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def call_json(capsys, *arguments):
    code, shown, error = call(capsys, *arguments, "--json")
    assert (code, error) == (EXIT_PASS, "")
    return json.loads(shown)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_is_documented(name):
    summary, _, rest = (modules(COMMANDS)[name].__doc__ or "").partition("\n\n")
    assert summary.endswith(".")
    assert "\n" not in summary
    assert f"\nexamples:\n  tinyml costs {name}" in rest
    commands = make_parser()._subparsers._group_actions[0].choices
    parser = commands["costs"]._subparsers._group_actions[0].choices[name]
    assert [action.dest for action in parser._actions if not action.help] == []
    help_text = parser.format_help()
    assert "exit codes:\n  0        all is well;" in help_text
    assert summary in help_text
    assert summary.rstrip(".") in " ".join(commands["costs"].format_help().split())
    assert f"tinyml costs {name}" in (ROOT / "docs" / "cost-database.md").read_text()


@pytest.mark.parametrize("name", ["list", "show 0", "stale", "prune"])
def test_a_question_makes_no_database(capsys, tmp_path, name):
    path = tmp_path / ".tinyml" / "costs.sqlite3"
    assert call(capsys, *name.split(), "--project", tmp_path) == (
        EXIT_INPUT,
        "",
        f"tinyml: error: {path}: there is no such database\n"
        "  the first build makes it; --database and --project name another one\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_list_as_text(capsys, filled, newest):
    rows = [newest("cortex-m4f"), newest()]
    digests = [row.key.digest[:12] for row in rows]
    code, shown, _ = call(capsys, "list", "--project", filled, "--kernel", KERNEL, "--limit", 1)
    lines = shown.splitlines()
    assert (code, lines[0].split()[:4], len(lines)) == (EXIT_PASS, ["row", "operator", "kernel", "core"], 4)
    assert lines[1].startswith(f"{digests[0]}  CONV_2D   {KERNEL}  cortex-m4f")
    assert lines[1].endswith("4096  2024-02-03  pack team 0123456789ab")
    assert lines[3] == "1 of 3 rows; --limit shows more"


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("", 4),
        ("--core cortex-m3", 3),
        ("--core cortex-m4f --kernel reference/conv_2d_int8", 1),
        ("--kernel reference/gone", 1),
        ("--operator CONV_2D --limit 2", 2),
    ],
)
def test_list_filters(capsys, filled, filters, count):
    found = call_json(capsys, "list", "--project", filled, *filters.split())
    assert len(found) == count
    assert [row["measured_at"] for row in found] == sorted((r["measured_at"] for r in found), reverse=True)


def test_list_by_board(capsys, filled, newest):
    board = newest("cortex-m4f").board
    (found,) = call_json(capsys, "list", "--project", filled, "--board", board)
    expected = replace(newest("cortex-m4f"), measured_at=found["measured_at"], origin=found["origin"])
    assert found == expected.to_record() | {
        "attributes": {"input_height": 28, "stride_height": 1},
        "placement": placement_of(expected),
    }


def test_list_tells_placements_apart(capsys, filled, newest):
    texts = {name: text for (board, text), name in placement_names(ROOT).items() if board == "stm32l1"}
    rows = [
        replace(newest(memory=text), board="stm32l1", cycles=n) for n, text in enumerate(texts.values(), 1)
    ]
    with CostDatabase.open(filled / ".tinyml" / "costs.sqlite3") as database:
        database.delete(row.key.digest for row in database.all_rows())
        database.record(*rows)
    found = call_json(capsys, "list", "--project", filled)
    assert {row["placement"]: row["memory"] for row in found} == texts
    _, shown, _ = call(capsys, "list", "--project", filled, "--placement", "weights in RAM")
    (line,) = shown.splitlines()[1:]
    assert "  stm32l1  weights in RAM  emulator  " in line
    code, _, error = call(capsys, "list", "--project", filled, "--placement", "weights in RAN")
    assert code == EXIT_INPUT
    assert (
        "--placement: no board has the placement 'weights in RAN'; did you mean 'weights in RAM'? "
        "Known: code in RAM, default, weights in RAM, weights in RAM + code in RAM\n"
    ) in error


def test_a_row_of_no_board_has_no_placement(capsys, filled, newest):
    odd = replace(newest(), board="")
    with CostDatabase.open(filled / ".tinyml" / "costs.sqlite3") as database:
        database.record(odd)
    assert call_json(capsys, "show", "--project", filled, odd.key.digest)["placement"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "list --core cortex-m4",
            "--core: no row has the core 'cortex-m4'; did you mean 'cortex-m4f'? Known:",
        ),
        ("list --limit 0", "command line: --limit: 0 is less than 1"),
        ("stale --limit 0", "command line: --limit: 0 is less than 1"),
        ("show 0123456789", "no row or proof begins with '0123456789'\n  tinyml costs list shows rows"),
        ("show ../etc", "command line: DIGEST: '../etc' is not the beginning of a digest"),
        ("stale --because time", "--because: 'time' is not a cause; did you mean 'timing'? Known: board,"),
        ("prune --external cmsis_nn", "--external: 'cmsis_nn' is not SET=FOLDER with a folder that exists"),
        ("prune --compiler no-such-gcc", "compiler 'no-such-gcc' is not on PATH"),
    ],
)
def test_mistakes(capsys, filled, arguments, message):
    code, shown, error = call(capsys, *arguments.split(), "--project", filled)
    assert (code, shown) == (EXIT_INPUT, "")
    assert message in error


def test_an_unknown_subcommand(capsys):
    _, _, error = call(capsys, "lst")
    assert error.startswith(
        "tinyml: error: tinyml costs: there is no command 'lst'; did you mean 'list'? Known:"
    )


def test_show(capsys, filled, newest, proven):
    row = newest()
    found = call_json(capsys, "show", "--project", filled, row.key.digest[:10])
    assert found == row.to_record() | {
        "attributes": {"input_height": 28, "stride_height": 1},
        "memory": json.loads(row.key.memory),
        "placement": placement_of(row),
        "proofs": [proven().to_record()],
    }
    _, shown, _ = call(capsys, "show", "--project", filled, row.key.digest)
    assert f"\nkernel          {KERNEL}\n" in shown
    assert "\ncycles          4,096\n" in shown
    assert "\nattributes      input_height: 28\n                stride_height: 1\n" in shown
    assert "proofs of this kernel with these sources, compiler and flags on this core: 1\n" in shown
    assert "output differs from the oracle in 3 of 784 bytes" in shown


def test_show_a_proof(capsys, filled, proven):
    assert call_json(capsys, "show", "--project", filled, proven().key.digest) == proven().to_record()


def test_show_needs_one_row(capsys, filled, newest):
    path = filled / ".tinyml" / "costs.sqlite3"
    rows = [newest(flags=str(number)) for number in range(17)]
    with CostDatabase.open(path) as database:
        database.record(*rows)
    digits = [row.key.digest[0] for row in rows]
    alike = next(digit for digit in digits if digits.count(digit) > 1)
    code, _, error = call(capsys, "show", "--project", filled, alike)
    assert code == EXIT_INPUT
    assert f"{path}: more than one begins with '{alike}': {alike}" in error
    assert error.endswith("\n  give more digits\n")


def test_stale(capsys, filled, newest):
    found = call_json(capsys, "stale", "--project", filled)
    timing = newest().key.timing_version
    reasons = {
        (reason["cause"], reason["rows"], reason["proofs"]): reason["reason"] for reason in found["reasons"]
    }
    assert (found["rows"], found["proofs"], found["unknown"]) == (2, 1, [])
    assert reasons["timing", 1, 0] == f"the timing model was old, is {timing}"
    assert reasons["kernel", 1, 0] == "there is no kernel reference/gone"
    assert reasons["oracle", 0, 1].startswith("the oracle was tflite-micro 0, is tflite-micro ")
    assert {row["row"] for row in found["stale"] if row["table"] == "costs"} == {
        newest(timing_version="old").key.digest,
        newest(kernel="reference/gone").key.digest,
    }


def test_stale_as_text(capsys, filled):
    code, shown, _ = call(capsys, "stale", "--project", filled, "--limit", 2)
    assert code == EXIT_PASS
    assert shown.startswith(
        "2 stale rows, 1 stale proofs\n\ncause   rows  proofs  reason\nkernel     1       0  there"
    )
    assert shown.endswith("\n2 of 3; --limit shows more\n")


def test_what_is_not_fetched_is_said_and_stays(capsys, filled, newest):
    path = filled / ".tinyml" / "costs.sqlite3"
    foreign = newest(kernel="cmsis_nn/conv_2d_int8", kernel_digest="f" * 64)
    with CostDatabase.open(path) as database:
        database.record(foreign)
    _, shown, _ = call(capsys, "stale", "--project", filled)
    assert "not judged: 1 rows and proofs, as the sources of cmsis_nn are not on this machine\n" in shown
    call(capsys, "prune", "--project", filled)
    with CostDatabase.open(path) as database:
        assert list(database.find([foreign.key]).values()) == [foreign]


def test_prune(capsys, filled, newest):
    path = filled / ".tinyml" / "costs.sqlite3"

    def rows():
        with CostDatabase.open(path) as database:
            return database.count()

    code, shown, _ = call(capsys, "prune", "--project", filled, "--dry-run")
    assert (code, shown.splitlines()[-1]) == (EXIT_PASS, "2 rows and 1 proofs would be deleted")
    assert rows() == {"costs": 4, "proofs": 1}
    found = call_json(capsys, "prune", "--project", filled, "--because", "kernel")
    assert (found["rows"], found["proofs"], found["deleted"], rows()["costs"]) == (1, 0, True, 3)
    _, shown, _ = call(capsys, "prune", "--project", filled)
    assert shown.splitlines()[-1] == "1 rows and 1 proofs are deleted"
    assert rows() == {"costs": 2, "proofs": 0}
    assert call(capsys, "prune", "--project", filled)[1] == "0 rows and 0 proofs are deleted\n"
    with CostDatabase.open(path) as database:
        assert set(database.find([newest().key, newest("cortex-m4f").key])) == {
            newest().key.digest,
            newest("cortex-m4f").key.digest,
        }
