"""Actions of nodes: neither SCons nor a shell reads what stands in them, and a part is not taken for the whole."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from SCons.Environment import Environment

from scons_tinyml.records.errors import InputError
from site_tools.tinyml import paths
from site_tools.tinyml.lifecycle.commands import Beginning, Command, Late, Unsigned
from site_tools.tinyml.lifecycle.failure_log import LOG, FailureLog

TOOL = Path(paths.__file__).parent
SHIPPED = str(Path(__file__).parents[2] / "kernels")
NASTY = "${open('pwned', 'w')} `touch pwned` $(touch pwned);touch pwned & | > pwned"
WRITE = "import sys; open(sys.argv[1], 'w').write(' '.join(sys.argv[2:]))"


@pytest.fixture
def env(tmp_path, monkeypatch):
    """Return an environment of SCons in an empty folder."""
    monkeypatch.chdir(tmp_path)
    made = Environment(tools=[], ENV=dict(os.environ))
    made.fs.set_SConstruct_dir(made.fs.Dir(str(tmp_path)))
    monkeypatch.setattr(made.fs, "_cwd", made.fs.Dir(str(tmp_path)))
    monkeypatch.setattr(made.fs, "Top", made.fs.Dir(str(tmp_path)))
    return made


def test_only_one_module_has_scons_substitute_or_look_up_names():
    """SCons fills in `$` in all that these take as text: `paths` and nodes are the only way."""
    asking = re.compile(
        r"\b\w*env\w*\.(subst\w*|File|Dir|Entry|Glob|FindFile|Execute|Action|Builder|SConscript)\(|Action\("
    )
    named = re.compile(r"[\"']\$[A-Z{(]")
    found = {
        path.relative_to(TOOL).as_posix()
        for path in TOOL.rglob("*.py")
        for line in path.read_text().splitlines()
        if (asking.search(line) or named.search(line)) and not line.startswith("class ")
    }
    assert found == {"paths.py", "nodes/application.py"}  # the latter has flags for SCons's own builders


def test_only_one_module_runs_commands():
    """No action is a text or a list for SCons's CommandAction, whose words a shell reads."""
    used = {
        path.name
        for path in TOOL.rglob("*.py")
        if re.search(r"SCons\.Action|import Action", path.read_text())
    }
    assert used == {"commands.py"}
    calls = [
        call
        for path in TOOL.rglob("*.py")
        for call in re.findall(r"env\.Command\((.*)\n(.*)\n(.*)\n(.*)", path.read_text())
    ]
    assert len(calls) == 5
    assert all(re.search(r"\bCommand\(|\baction\b", " ".join(call)) for call in calls)


def test_a_name_is_a_name(env):
    node = paths.file(env, NASTY)
    assert str(node) == NASTY
    assert str(paths.file(env, "#x")) == "#x"
    assert str(paths.folder(env, f"x{NASTY}/~")) == f"x{NASTY}/~"
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "::error::x", "##[error]", "x/##vso[task.complete]"])
def test_a_name_that_a_terminal_or_a_ci_server_obeys_is_refused(env, name):
    with pytest.raises(
        InputError, match=r"^the name '.*' has control characters, or is a command of CI servers"
    ) as refused:
        paths.file(env, name)
    assert "\n" not in str(refused.value).partition("\n  rename")[0]


def test_variables_in_a_construction_variable_are_filled_in_once(env):
    env.Replace(ROOT="r", TINYML_BUILD="$ROOT/$$(x)", TINYML_STATE=env.fs.Dir("s"), TINYML_KERNELS="k")
    env.Replace(TINYML_COSTS=paths.COSTS)
    settled = paths.settled(env)
    assert [settled[name] for name in paths.FOLDERS] == ["r/$(x)", "s", "s/costs.sqlite3"]
    assert settled["TINYML_KERNELS"] == ["k", SHIPPED]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("$ROOT/$$(x)", ["r/$(x)", SHIPPED]),
        (["$ROOT/a", "b"], ["r/a", "b", SHIPPED]),
        (SHIPPED, [SHIPPED]),
        (["a", SHIPPED, "b", "./a"], ["a", SHIPPED, "b"]),
        ([], [SHIPPED]),
    ],
)
def test_folders_of_kernel_sets_add_to_the_shipped_one(env, given, expected):
    env.Replace(ROOT="r", TINYML_KERNELS=given)
    assert list(paths.kernel_folders(env)) == expected


def test_a_folder_of_kernel_sets_may_be_a_node_or_absolute(env, tmp_path):
    env.Replace(TINYML_KERNELS=[env.fs.Dir("$k"), tmp_path / "m"])
    assert paths.kernel_folders(env) == ("$k", "m", SHIPPED)


def run(env, command, *targets):
    return command(list(targets), [], env)


def test_it_runs_without_a_shell_and_leaves_the_whole_file(env, capsys):
    target, other = paths.file(env, f"-{NASTY}"), paths.file(env, f"@{NASTY}")
    command = Command(
        "make", [Unsigned((sys.executable, "-c", WRITE)), Beginning(target), NASTY, Late(lambda: [other])]
    )
    assert run(env, command, target) == 0
    assert list(Path().iterdir()) == [Path(f"-{NASTY}")]
    assert Path(f"-{NASTY}").read_text() == f"{NASTY} ./@{NASTY}"
    assert capsys.readouterr().out == f"make       -{NASTY}\n"


def test_the_signature_covers_words_and_values_but_no_places(env):
    target = paths.file(env, "folder/made")
    words = ["a", Unsigned((NASTY,)), Beginning(target), target, Late(lambda: [target]), NASTY]
    signed = Command("make", words, values=["identity"]).get_contents([target], [], env)
    assert bytes(signed).decode().split("\0") == ["a", "made", "made", NASTY, "identity"]


@pytest.mark.parametrize("script", ["sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_failure_leaves_no_target(env, script):
    target = paths.file(env, "made")
    before = "import sys, os; open(sys.argv[1], 'w').write('part'); "
    command = Command("make", [sys.executable, "-c", before + script, Beginning(target)])
    failure = run(env, command, target)
    assert failure.status == {"s": 3, "o": -9}[script[0]]
    assert failure.action is command
    assert list(Path().iterdir()) == [Path("made.part")]


def test_a_program_that_is_not_there(env, capsys):
    failure = run(env, Command("make", ["no such\x1bprogram"]), paths.file(env, "made"))
    assert failure.status == 1
    assert capsys.readouterr().err == "tinyml: error: no such\\x1bprogram: No such file or directory\n"


@pytest.mark.parametrize(("program", "log"), [(True, None), (False, FailureLog("acme: "))])
def test_messages_of_a_program_and_all_of_a_matrix_are_visible(env, program, log, capfd):
    script = r"import sys; sys.stderr.write('::error::x\n\t\x1b[31mred\n'); sys.exit(1)"
    if log is not None:
        env[LOG] = log
    failure = run(
        env, Command("make", [sys.executable, "-c", script], program=program), paths.file(env, "made")
    )
    assert failure.status == 1
    prefix, first = ("acme: ", "::error::x") if log else ("", r"\x3a:error::x")
    assert capfd.readouterr().err == f"{prefix}{first}\n{prefix}        \\x1b[31mred\n"


def test_what_a_program_prints_becomes_a_file(env, capfd):
    image, printed = paths.file(env, "image"), paths.file(env, "%s map")
    command = Command(
        "link",
        [sys.executable, "-c", WRITE + "; print('map')", Beginning(image), "x"],
        program=True,
        printed=printed,
    )
    assert run(env, command, image, printed) == 0
    assert (Path("image").read_text(), Path("%s map").read_text()) == ("x", "map\n")
    assert capfd.readouterr().out == "link       image\n"
