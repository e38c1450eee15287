"""docs/ci.md: its workflows are well formed, and its shell blocks do in a small project what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
import yaml

from scons_tinyml.resources import folders
from support.networks import SMALL_KERNELS, small_int8
from support.project import ROOT, SCONSTRUCT, Project
from support.tflite_builder import to_tflite

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
KEPT = {"build", "costs", ".tinyml", ".sconsign.dblite"}
BOARDS = ["stm32l4", "stm32l1"]
GITHUB_STEP = {"name", "uses", "with", "run", "if", "env"}
GITLAB_JOB = {
    *(
        "extends",
        "stage",
        "timeout",
        "parallel",
        "cache",
        "before_script",
        "script",
        "artifacts",
        "when",
        "rules",
    ),
}
STUBS = {
    "sudo": 'exec "$@"\n',
    "apt-get": 'echo "apt-get $*" >> "$CALLS"\n',
    "scons": 'exec "$PYTHON" -m SCons "$@"\n',
    "tinyml": 'exec "$PYTHON" -m scons_tinyml "$@"\n',
    "python": 'echo "python $*" >> "$CALLS"\n',
}
"""Programs of a runner; `python` is used for pip alone."""
INSTALLED = """\
apt-get update
apt-get install -y --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi
python -m pip install -r requirements.txt
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def workflows() -> tuple[dict[Any, Any], dict[str, Any]]:
    github, gitlab = (yaml.safe_load(text) for text in blocks("yaml"))
    return github, gitlab


def test_further_steps_are_well_formed():
    [further] = (yaml.safe_load(text) for text in blocks("yml"))
    for step in further:
        assert set(step) <= GITHUB_STEP and ("uses" in step) != ("run" in step)
        assert "${{" not in step.get("run", ""), "a name would be a command"


def steps(job: dict[str, Any], used: str) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if step.get("uses", "").startswith(f"actions/{used}@")]


def test_github_is_well_formed():
    github, _ = workflows()
    assert set(github) == {"name", True, "permissions", "env", "jobs"}  # YAML 1.1 reads `on` as true
    assert set(github[True]) == {"push", "pull_request"}
    assert github["permissions"] == {"contents": "read"}
    assert github["jobs"]["gate"]["strategy"] == {"fail-fast": False, "matrix": {"board": BOARDS}}
    assert github["jobs"]["merge"]["needs"] == "gate"
    for job in github["jobs"].values():
        for step in job["steps"]:
            assert set(step) <= GITHUB_STEP and ("uses" in step) != ("run" in step)
            assert "${{" not in step.get("run", ""), "a name would be a command"
            assert step.get("if", "${{ !cancelled() }}") == "${{ !cancelled() }}"
            assert re.fullmatch(r"actions/[a-z-]+(/[a-z]+)?@v\d+", step.get("uses", "actions/x@v1"))


def test_github_keeps_what_it_restores_even_after_a_failure():
    gate = workflows()[0]["jobs"]["gate"]
    [restored], [saved] = steps(gate, "cache/restore"), steps(gate, "cache/save")
    assert restored["with"].pop("restore-keys") + "${{ github.sha }}" == saved["with"]["key"]
    assert restored["with"] == saved["with"]
    assert "matrix.board" in saved["with"]["key"] and "hashFiles('requirements.txt')" in saved["with"]["key"]
    assert set(saved["with"]["path"].split()) == {*KEPT, "~/.cache/scons-tinyml"}
    gated = [step.get("name") for step in gate["steps"]].index("Build and gate")
    assert all("if" in step for step in gate["steps"][gated + 1 :])


def test_gitlab_is_well_formed():
    _, gitlab = workflows()
    assert set(gitlab) == {"default", "stages", "variables", ".changes", "gate", "merge"}
    for name in ("gate", "merge"):
        job = gitlab[name]
        assert set(job) <= GITLAB_JOB and job["stage"] in gitlab["stages"]
        assert job["extends"] in gitlab
    gate = gitlab["gate"]
    assert gate["parallel"]["matrix"] == [{"BOARD": BOARDS}]
    assert gate["cache"]["key"] == {"prefix": "tinyml-$BOARD", "files": ["requirements.txt"]}
    assert set(gate["cache"]["paths"]) == {*KEPT, ".cache"}
    assert gate["cache"]["when"] == gate["artifacts"]["when"] == gitlab["merge"]["when"] == "always"


def test_both_gate_and_merge_with_the_same_commands():
    github, gitlab = workflows()
    for name in ("gate", "merge"):
        runs = "\n".join(step["run"] for step in github["jobs"][name]["steps"] if "run" in step)
        assert all(line in runs for line in gitlab[name]["script"])
        setup = gitlab[name].get("before_script", gitlab["default"]["before_script"])
        assert all(line in runs for line in setup)


def test_boards_are_shipped():
    assert all((folder / f"{board}.toml").is_file() for folder in folders("boards", ROOT) for board in BOARDS)


class Runner:
    """Folder of a job: a clone of a repository, in which shell blocks run as on a server."""

    def __init__(self, place: Path, repository: Path, **variables: str) -> None:
        self.folder = place / "checkout"
        git(place, "clone", "--quiet", str(repository), str(self.folder))
        (place / "bin").mkdir()
        for name, text in STUBS.items():
            (place / "bin" / name).write_text(f"#!/bin/sh\n{text}")
            (place / "bin" / name).chmod(0o755)
        self.calls, self.summary = place / "calls", place / "summary"
        self._variables = {
            "CALLS": str(self.calls),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "PYTHON": sys.executable,
            "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "site_scons"),
            "CI": "true",
            **variables,
        }

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `script` as GitHub does, and GitLab: `bash -e`."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env={**os.environ, **self._variables, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )


def git(folder: Path, *words: str) -> str:
    identity = {
        f"GIT_{role}_{field}": f"{role.lower()}@localhost"
        for role in ("AUTHOR", "COMMITTER")
        for field in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(folder), *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of somebody's firmware, with the workflows and the .gitignore of the page."""
    project = Project.of_others(tmp_path_factory.mktemp("ci") / "firmware")
    folder = project.folder
    project.take_kernels(*SMALL_KERNELS)
    (folder / "net.tflite").write_bytes(to_tflite(small_int8()))
    (folder / "requirements.txt").write_text("scons-tinyml==0.1.0\n")
    (folder / ".gitignore").write_text(blocks("text")[0])
    (folder / "boards").mkdir()
    shutil.copy(ROOT / "boards" / "stm32l4.toml", folder / "boards")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "first")
    return folder


def scripts(job: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


@pytest.fixture(scope="module")
def shards(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Runner]:
    """Return the folders of the jobs of GitHub's matrix after their steps."""
    github, _ = workflows()
    made = {}
    for board in BOARDS:
        runner = Runner(tmp_path_factory.mktemp(board), repository, BOARD=board, **github["env"])
        for name, script in scripts(github["jobs"]["gate"]).items():
            done = runner.run(script)
            assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
            assert "\x1b" not in done.stdout + done.stderr
        made[board] = runner
    return made


def rows(database: Path) -> set[str]:
    with closing(connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {digest for (digest,) in connection.execute("select digest from costs")}


@pytest.mark.parametrize("board", BOARDS)
def test_gate_of_github(shards: dict[str, Runner], repository: Path, board: str) -> None:
    runner, gate = shards[board], workflows()[0]["jobs"]["gate"]
    assert runner.calls.read_text() == INSTALLED
    head = git(repository, "rev-parse", "HEAD")
    shown = runner.summary.read_text()
    assert shown.startswith(f"<!-- scons-tinyml: {board}/net -->\n\n### `net` (int8) on `{board}`: PASS\n")
    assert f"\ncommit {head[:12]} without changes, built 20" in shown
    assert git(runner.folder, "status", "--porcelain") == ""  # .gitignore has all that a build writes
    assert all((runner.folder / name).exists() for name in KEPT)
    for step in steps(gate, "upload-artifact"):
        for pattern in step["with"]["path"].replace("${{ matrix.board }}", board).split():
            assert [*runner.folder.glob(pattern)], pattern


@pytest.fixture
def merged(shards: dict[str, Runner], repository: Path, tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path, repository)
    (runner.folder / "costs").mkdir()
    for board, shard in shards.items():
        shutil.copy(shard.folder / "costs" / f"{board}.sqlite3", runner.folder / "costs")
    for name, script in scripts(workflows()[0]["jobs"]["merge"]).items():
        done = runner.run(script)
        assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
    yield runner


def test_shards_are_merged_and_their_rows_are_used(merged: Runner, shards: dict[str, Runner]) -> None:
    everything = merged.folder / "all.sqlite3"
    measured = {board: rows(shards[board].folder / "costs" / f"{board}.sqlite3") for board in BOARDS}
    assert rows(everything) == set().union(*measured.values())
    assert all(measured[board] < rows(everything) for board in BOARDS)
    words = f"scons -Q -j2 target=stm32l4 model=net.tflite costs={everything}"
    done = merged.run(f"cp -r '{shards['stm32l4'].folder}/build' . && {words}")
    assert done.returncode == 0, done.stderr
    assert "measured" not in done.stderr and "\nmeasure " in done.stdout


def test_gate_of_gitlab_goes_on_where_an_earlier_job_ended(shards: dict[str, Runner]) -> None:
    _, gitlab = workflows()
    done = shards["stm32l4"].run(
        "\n".join([*gitlab["gate"]["before_script"], *gitlab["gate"]["script"]]),
        MODEL=gitlab["variables"]["MODEL"],
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("net (int8) on stm32l4: PASS: flash ")
    patterns = [path.replace("$BOARD", "stm32l4") for path in gitlab["gate"]["artifacts"]["paths"]]
    assert all([*shards["stm32l4"].folder.glob(pattern)] for pattern in patterns)


def test_pull_request_over_a_budget(shards: dict[str, Runner], repository: Path, tmp_path: Path) -> None:
    """Caches are restored; the gate ends the job with 2, the report is there, and no image."""
    github, base = workflows()[0], shards["stm32l4"].folder
    runner = Runner(tmp_path, repository, BOARD="stm32l4", **github["env"])
    for name in KEPT:
        copy = shutil.copytree if (base / name).is_dir() else shutil.copy
        copy(base / name, runner.folder / name)
    sconstruct = runner.folder / "SConstruct"
    sconstruct.write_text(SCONSTRUCT.replace("(**ARGUMENTS)", '(latency="100us", **ARGUMENTS)'))
    head = commit(runner.folder, "a budget that nothing keeps")
    run = scripts(github["jobs"]["gate"])
    done = runner.run(run["Build and gate"])
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("tinyml: error: net on stm32l4 does not keep a limit; no image is left\n") == 1
    built = [line for line in done.stdout.splitlines() if re.match(r"(compile|measure|link|run) ", line)]
    assert built == []
    shown = runner.summary.read_text()
    assert "\n- **error**: latency " in shown and f"\ncommit {head[:12]} without changes" in shown
    assert shown.splitlines()[2].endswith(": FAIL")
    found = re.search(
        r"^::error file=SConstruct,line=(\d+),title=net on stm32l4%3A latency::", done.stdout, re.M
    )
    assert found and 'latency="100us"' in sconstruct.read_text().splitlines()[int(found[1]) - 1]
    results = runner.folder / "build" / "stm32l4" / "net"
    assert (results / "report.json").is_file() and not [*results.glob("*.elf"), *results.glob("*.hex")]


def shell(word: str) -> str:
    [found] = [block for block in blocks("sh") if word in block]
    return found


def test_read_only_block(shards: dict[str, Runner], tmp_path: Path) -> None:
    runner, out = shards["stm32l4"], tmp_path / "out"
    (out / "state").mkdir(parents=True)
    shutil.copy(runner.folder / "costs" / "stm32l4.sqlite3", out / "state" / "costs.sqlite3")
    done = runner.run(shell("TINYML_STATE").replace("/out/", f"{out}/"))
    assert done.returncode == 0, done.stderr
    assert (out / "build" / "stm32l4" / "net" / "net.elf").is_file()
    assert (out / "state" / ".sconsign.dblite").is_file()


def test_bisection(shards: dict[str, Runner], repository: Path, tmp_path: Path) -> None:
    """The clock of the board halves in one commit; others cannot be built at all."""
    runner = Runner(tmp_path, repository)
    for name in ("build", ".sconsign.dblite", ".tinyml"):
        base = shards["stm32l4"].folder / name
        (shutil.copytree if base.is_dir() else shutil.copy)(base, runner.folder / name)
    shutil.copy(
        shards["stm32l4"].folder / "costs" / "stm32l4.sqlite3", runner.folder / ".tinyml" / "costs.sqlite3"
    )
    folder, script = runner.folder, tmp_path / "gate.sh"
    script.write_text(shell("git bisect run"))
    board, network = folder / "boards" / "stm32l4.toml", folder / "net.tflite"
    commits = [git(folder, "rev-parse", "HEAD")]
    (folder / "SConstruct").write_text("env = Environment(\n")
    commits.append(commit(folder, "SConstruct that SCons cannot read, for which it exits with 2"))
    (folder / "SConstruct").write_text(SCONSTRUCT)
    commits.append(commit(folder, "SConstruct as before"))
    board.write_text(board.read_text().replace('clock = "80 MHz"', 'clock = "40 MHz"'))
    commits.append(commit(folder, "slower clock"))
    whole = network.read_bytes()
    network.unlink()
    commits.append(commit(folder, "network is missing"))
    network.write_bytes(whole)
    commits.append(commit(folder, "network is back"))

    def judged(number: int) -> int:
        git(folder, "checkout", "--quiet", commits[number])
        return runner.run(f"sh {script}").returncode

    assert {number: judged(number) for number in (0, 1, 3, 4)} == {0: 0, 1: 125, 3: 1, 4: 125}
    git(folder, "bisect", "start", commits[5], commits[0])
    done = runner.run(f"git bisect run sh {script}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{commits[3]} is the first bad commit" in done.stdout
