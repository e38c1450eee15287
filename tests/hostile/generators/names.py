"""Names of files, folders and tables that shells, SCons, C, terminals or CI servers would read as something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from support.hostile import PAYLOAD, Hostile
from support.project import ROOT
from support.small_file import SMALL

PYTHON = "${open('pwned1','w')}"
SHELL = "`touch pwned2` $(touch pwned3);touch pwned4 &|<>\"'\\*?[]!#~%s"
NASTY = f"-{PYTHON}{SHELL}"
NET = f"{NASTY}.tflite"
ESCAPES = "\x1b]0;title\x07\x1b[2J\u202e"
REFUSED = "has control characters, or is a command of CI servers"
DAMAGED = b"no network"
RUN = f"import pathlib; pathlib.Path(__file__).with_name('{PAYLOAD}').touch(); raise SystemExit(9)\n"


def network(name: str, content: bytes = SMALL) -> Callable[[Path], object]:
    return lambda project: (project / name).write_bytes(content)


def board(name: str, change: Callable[[str], str] = str) -> Callable[[Path], object]:
    def write(project: Path) -> None:
        text = (project / "boards" / "acme.toml").read_text()
        (project / "boards" / f"{name}.toml").write_text(change(text))
        (project / "net.tflite").write_bytes(SMALL)

    return write


def model(name: str, description: str) -> Callable[[Path], object]:
    def write(project: Path) -> None:
        (project / "models" / name).mkdir()
        (project / "models" / name / "model.toml").write_text(description)
        for suffix in (".tflite", ".keras"):
            (project / "models" / name / f"{NASTY}{suffix}").write_bytes(DAMAGED)

    return write


def saved_model(project: Path) -> None:
    folder = project / NASTY / NASTY
    folder.mkdir(parents=True)
    for path in (folder.parent / "saved_model.pb", folder / f"x{NASTY}"):
        path.write_bytes(DAMAGED)


def script(project: Path) -> None:
    """Put a network file with such a name into the model 'mine'."""
    (project / "models" / "mine" / "network.py").rename(project / "models" / "mine" / f"{NASTY}.py")
    path = project / "models" / "mine" / "model.toml"
    path.write_text(
        path.read_text().replace("[training]", f"[training]\nnetwork = {json.dumps(NASTY + '.py')}")
    )


def kernels(name: str, *, kernel: str = "softmax_int8") -> Callable[[Path], object]:
    """Return a function that writes a kernel set of one kernel, whose sources and external headers have such names."""

    def write(project: Path) -> None:
        folder = project / "kernels" / name
        folder.mkdir(parents=True)
        shutil.copytree(ROOT / "kernels" / "include", project / "kernels" / "include")
        shutil.copy(ROOT / "kernels" / "reference" / "softmax_int8.c", folder / f"@{NASTY}.c")
        declared = (ROOT / "kernels" / "reference" / "softmax_int8.toml").read_text()
        sources = f'["softmax_int8.c"]\nexternal_sources = [{json.dumps(f"Source/{NASTY}.c")}]'
        text = declared.replace('["softmax_int8.c"]', sources.replace("softmax_int8.c", "@"))
        (folder / f"{kernel}.toml").write_text(text.replace('"@"', json.dumps(f"@{NASTY}.c")))
        shipped = (ROOT / "kernels" / "cmsis_nn" / "set.toml").read_text()
        header = json.dumps(f"Include/{NASTY}.h")
        (folder / "set.toml").write_text(shipped.replace('"Include/arm_nn_types.h"', header))
        (project / "net.tflite").write_bytes(SMALL)

    return write


def link(path: str) -> Callable[[Path], object]:
    """Return a function that makes `path` a link to a place outside, where anything that is written is a payload's."""

    def write(project: Path) -> None:
        (project / "net.tflite").write_bytes(SMALL)
        (project / path).parent.mkdir(exist_ok=True, parents=True)
        (project / path).symlink_to(project.parent / f"{PAYLOAD}-by-a-link")

    return write


def inner_link(project: Path) -> None:
    """Put a link to a folder that exists into the build folder."""
    (project / "net.tflite").write_bytes(SMALL)
    (project.parent / "other").mkdir()
    (project.parent / "other" / "net").mkdir()
    (project / "build").mkdir()
    (project / "build" / "acme").symlink_to(project.parent / "other")


def shadows(project: Path) -> None:
    """Put modules with the names of others beside the SConstruct."""
    for name in ("argparse", "flatbuffers", "numpy", "pydantic", "rich", "multiprocessing"):
        (project / f"{name}.py").write_text(RUN)
    (project / "net.tflite").write_bytes(DAMAGED)


def building(name: str, *, target: str = "acme", dry: bool = True) -> tuple[str, ...]:
    return ("scons", *(("-n",) if dry else ()), f"target={target}", f"model={name}")


CASES = [
    Hostile("a network called as commands are", network(NET), building(NET), 0),
    Hostile(
        "a damaged network called as commands are", network(NET, DAMAGED), building(NET, dry=False), 1, NET
    ),
    Hostile("a network with a # first", network(f"#{NET}"), building(f"#{NET}"), 0),
    Hostile("a folder called as commands are", saved_model, building(NASTY), 0),
    Hostile("a board called as commands are", board(NASTY), building("net.tflite", target=NASTY), 0),
    Hostile("a script called as commands are", script, building("mine"), 0),
    Hostile(
        "a model called as commands are",
        model(NASTY, f"source = {json.dumps(NET)}\ntask = 'none'\nsignature = {json.dumps(NASTY)}\n"),
        building(NASTY, dry=False),
        1,
        NET,
    ),
    Hostile("kernel sources called as commands are", kernels("own"), building("net.tflite"), 0),
    Hostile(
        "a kernel set called as commands are",
        kernels(NASTY),
        building("net.tflite"),
        1,
        "is not a name of letters",
    ),
    Hostile(
        "a kernel called as commands are",
        kernels("own", kernel=NASTY),
        building("net.tflite"),
        1,
        "is not a name of",
    ),
    Hostile(
        "a cache and costs called as commands are",
        network("net.tflite"),
        (*building("net.tflite"), f"cache={NASTY}", f"costs={NASTY}c"),
        0,
    ),
    Hostile(
        "an unknown board with a command",
        network("net.tflite"),
        building("net.tflite", target=NASTY),
        1,
        "unknown target",
    ),
    Hostile(
        "a line break in a network's name",
        network("a\n::error::b.tflite"),
        building("a\n::error::b.tflite"),
        1,
        REFUSED,
    ),
    Hostile(
        "escape codes in a network's name",
        network(f"{ESCAPES}.tflite"),
        building(f"{ESCAPES}.tflite"),
        1,
        REFUSED,
    ),
    Hostile(
        "a CI command as a network",
        network("##vso[task.complete].tflite"),
        building("##vso[task.complete].tflite"),
        1,
        REFUSED,
    ),
    Hostile(
        "a CI command as a board",
        board("::error::x"),
        building("net.tflite", target="::error::x"),
        1,
        REFUSED,
    ),
    Hostile("escape codes in a board's name", board(f"x{ESCAPES}\ny"), ("tinyml", "boards"), 0),
    Hostile("boards as scons -h lists them", board(f"x{ESCAPES}\n::error::y"), ("scons", "-h"), 0),
    Hostile(
        "an unknown board with a line break",
        board("x"),
        building("net.tflite", target="a\n##[error]b"),
        1,
        "unknown target 'a\\n#\\x23[error]b'",
    ),
    Hostile(
        "escape codes of a vendor",
        board("x", lambda text: text.replace('"Acme"', json.dumps(f"{ESCAPES}\n::error::x"))),
        ("tinyml", "boards"),
        0,
    ),
    Hostile(
        "a key with escape codes",
        board("x", lambda text: f"{json.dumps(ESCAPES)} = 1\n{text}"),
        building("net.tflite", target="x"),
        1,
        "unknown key",
    ),
    Hostile(
        "a description with escape codes",
        model("m", f"source = 'x.tflite'\ntask = 'none'\ndescription = {json.dumps(ESCAPES)}\n"),
        ("tinyml", "models"),
        0,
    ),
    Hostile(
        "a network called ..", network("...tflite"), building("...tflite"), 1, "a model cannot be called '..'"
    ),
    Hostile(
        "a network called .", network("..tflite"), building("..tflite"), 1, "a model cannot be called '.'"
    ),
    Hostile(
        "a network called board",
        network("board.tflite"),
        building("board.tflite"),
        1,
        "a model cannot be called 'board'",
    ),
    Hostile(
        "a board called common",
        board("common"),
        building("net.tflite", target="common"),
        1,
        "a board cannot be called 'common'",
    ),
    Hostile(
        "an option in place of a firmware",
        network("-x"),
        ("tinyml", "run", "--board", "acme", "--", "-x"),
        1,
        "-x",
    ),
    *(
        Hostile(
            f"a link called {path}", link(path), building("net.tflite", dry=False), 1, f"{path}: leads to"
        )
        for path in (
            "build",
            ".tinyml/build.lock",
            ".sconsign.dblite",
            ".sconsign.tmp",
            ".tinyml/costs.sqlite3",
        )
    ),
    Hostile("a link in place of .tinyml", link(".tinyml"), building("net.tflite", dry=False), 1, ".tinyml"),
    Hostile(
        "a link in place of a cache",
        link("c"),
        (*building("net.tflite", dry=False), "cache=c"),
        1,
        "c: leads to",
    ),
    Hostile(
        "a link in place of a board's results", inner_link, building("net.tflite", dry=False), 1, "build/acme"
    ),
    Hostile(
        "modules of other names, for a build", shadows, building("net.tflite", dry=False), 1, "net.tflite: "
    ),
    Hostile("modules of other names, for tinyml", shadows, ("tinyml", "boards"), 0),
]
