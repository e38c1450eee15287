"""Requests of all stages: the command line that SCons makes of one is parsed to the same request."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from SCons.Environment import Environment

import scons_tinyml
from scons_tinyml.stages.__main__ import find_main
from scons_tinyml.stages.request import File, Request, arguments, given, option, parse, place, source, target
from site_tools.tinyml.lifecycle.commands import Command
from site_tools.tinyml.nodes import stages

PACKAGE = Path(scons_tinyml.__file__).parent
MAIN = re.compile(r"^def main\(request: \w+\[Path\]\) -> None:", re.M)
CLASS = re.compile(r'^class (\w+)\(.*stage="([\w.]+)"', re.M)
MODULES = {
    path: path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
    for path in sorted((PACKAGE / "stages").rglob("*.py"))
}
STAGES = sorted(
    module.removeprefix("scons_tinyml.stages.").removesuffix(".__main__")
    for path, module in MODULES.items()
    if MAIN.search(path.read_text())
)
LIGHT = [module for path, module in MODULES.items() if CLASS.search(path.read_text())]
HEAVY = {"argparse", "jinja2", "numpy", "pydantic", "sqlite_utils", "tensorflow"}


def kind_of(stage: str) -> type[Request[Any]]:
    return find_main(stage)[1]


def filled(kind: type[Request[Any]], *, whole: bool) -> Request[Path]:
    """Return a request with distinct values in all fields, or without `whole`, in the required ones."""
    hints = get_type_hints(kind)
    wanted = [one for one in fields(kind) if whole or one.default is MISSING]
    return kind(**{one.name: _value(one, hints[one.name]) for one in wanted})


def _value(one, hint):
    inner = [kind for kind in get_args(hint) if kind is not NoneType]
    if get_origin(hint) is tuple:
        return (_value(one, inner[0]), _value(one, inner[0]))
    if inner:
        return _value(one, inner[0])
    if one.metadata["choices"]:
        return one.metadata["choices"][-1]
    return {File: Path(f"a folder/{one.name}"), str: f"{one.name} = '$x' \\ \"y\"", int: 3}[hint]


@pytest.fixture(scope="module")
def env() -> Any:
    """An environment of SCons in which substituting would show."""
    return Environment(tools=[], TINYML_KERNELS="substituted", TINYML_BUILD="build")


def called(env: Any, request: Request[Any]) -> list[str]:
    """Return the words after the stage's name on the command line that SCons runs for `request`."""
    call = stages.call_of(env, request)
    words = Command("", call.words).arguments(list(call.targets.values()))
    assert words[:5] == [sys.executable, "-P", "-m", "scons_tinyml.stages", request.stage]
    return words[5:]


def signed(env: Any, request: Request[Any]) -> list[str]:
    """Return the words of the command that are part of the signature."""
    return Command("", stages.call_of(env, request).words).get_presig([], [], env).decode().split("\0")


def test_every_request_has_a_stage_and_every_stage_a_request() -> None:
    named = [found for path in MODULES for found in CLASS.findall(path.read_text())]
    assert sorted(stage for _, stage in named) == STAGES
    assert len(STAGES) > 15
    for name, stage in named:
        assert (kind_of(stage).__name__, kind_of(stage).stage) == (name, stage)


@pytest.mark.parametrize("stage", STAGES)
def test_every_field_says_what_it_is(stage: str) -> None:
    for one in fields(kind_of(stage)):
        assert one.metadata["role"] in ("source", "target", "option", "place"), one.name
        assert one.metadata["about"], one.name
    assert any(one.metadata["role"] == "target" for one in fields(kind_of(stage)))
    assert kind_of(stage).__doc__


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_reads_what_the_node_was_made_of(stage: str, whole: bool, env: Any) -> None:
    request = filled(kind_of(stage), whole=whole)
    assert parse(kind_of(stage), called(env, request)) == request
    assert parse(kind_of(stage), arguments(request)) == request


@pytest.mark.parametrize("stage", STAGES)
def test_sources_and_targets_are_those_of_the_fields(stage: str, env: Any) -> None:
    request = filled(kind_of(stage), whole=True)
    call = stages.call_of(env, request)
    by_role = {role: [one for one in given(request) if one.role == role] for role in ("source", "target")}
    assert [str(node) for node in call.sources] == [
        str(node) for one in by_role["source"] for node in one.values
    ]
    made = [(name.partition(" ")[0], str(node)) for name, node in call.targets.items()]
    assert made == [(one.name, str(value)) for one in by_role["target"] for value in one.values]
    expected = {one.option for one in given(request) if one.role != "place"}
    found = {word.partition("=")[0] for word in signed(env, request)}
    assert {word for word in found if word.startswith("--")} == expected


class Some(Request[File], stage="some"):
    """Request with a field of each role."""

    read: File = source("read")
    written: File = target("written")
    name: str = option("name")
    kernels: File = place("kernels")


def test_nothing_is_substituted_and_places_are_not_signed(env: Any) -> None:
    request = Some(read='${1+"x"}', written="-w", name="-$TINYML_KERNELS", kernels="`$TINYML_KERNELS`")
    assert called(env, request) == [
        *("--read", '${1+"x"}', "--written", "./-w", "--name=-$TINYML_KERNELS"),
        "--kernels=`$TINYML_KERNELS`",
    ]
    assert signed(env, request)[1:] == ["--read", '${1+"x"}', "--written", "-w", "--name=-$TINYML_KERNELS"]


def test_a_value_that_begins_as_an_option_does_is_a_value() -> None:
    request = Some(read=Path("-r"), written=Path("--name"), name="--kernels=x", kernels=Path("-"))
    assert parse(Some, arguments(request)) == Some(
        read=Path("-r"), written=Path("--name"), name="--kernels=x", kernels=Path("-")
    )


def test_a_wrong_field_fails_at_once() -> None:
    with pytest.raises(TypeError, match=r"^Some has no field nmae$"):
        Some(read="r", written="w", name="n", nmae="n", kernels="k")
    with pytest.raises(TypeError, match=r"^Some needs name, kernels$"):
        Some(read="r", written="w")


def test_requests_are_values() -> None:
    request = Some(read="r", written="w", name="n", kernels="k")
    assert request == Some[str](kernels="k", name="n", written="w", read="r")
    assert hash(request) == hash(Some(read="r", written="w", name="n", kernels="k"))
    assert request != replace(request, name="m")
    assert repr(request) == "Some(read='r', written='w', name='n', kernels='k')"
    with pytest.raises(FrozenInstanceError):
        request.name = "m"
    with pytest.raises(FrozenInstanceError):
        del request.name


@pytest.mark.parametrize(
    "words", [[], ["--read", "r"], ["--read", "r", "--written", "w", "--name", "n", "--kern", "k"]]
)
def test_what_is_no_request_leaves_the_process(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(Some, words)
    assert left.value.code == 2
    assert "scons_tinyml.stages some: error: " in capsys.readouterr().err


def test_requests_are_light() -> None:
    """Requests are imported in every build, even with nothing to do."""
    code = f"import sys, {', '.join(LIGHT)}; print(*sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert done.stdout.strip() == ""
