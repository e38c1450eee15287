"""What is said where a part of the compiler is missing, or a kernel is not for browsers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.cli.web_compiling import check_web_compiler
from scons_tinyml.records.errors import EnvironmentProblem, UnsupportedError
from scons_tinyml.stages.web.compiler import INSTALL, find_web_compiler
from scons_tinyml.stages.web.portable import portable
from support.web import compiler, kernel_sources

ANSWERS = """#!/bin/sh
case "$*" in
*-print-file-name*) echo {} ;;
*--version*) echo fake clang 99 ;;
*) echo no >&2; exit 1 ;;
esac
"""


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, library: str, *names: str) -> None:
    for name in names:
        (folder / name).write_text(ANSWERS.format(library))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("names", "library", "says"),
    [
        ((), "", "'clang' is not on PATH, and makes the WebAssembly of a network"),
        (("clang",), "", "'wasm-ld' is not on PATH, and makes the WebAssembly of a network"),
        (("clang", "wasm-ld"), "libc.a", "clang finds no C library of WASI"),
    ],
)
def test_a_missing_part_is_named(tmp_path, monkeypatch, names, library, says):
    programs(tmp_path, monkeypatch, library, *names)
    with pytest.raises(EnvironmentProblem) as raised:
        find_web_compiler()
    assert raised.value.problem == says
    assert raised.value.hint == INSTALL
    assert "apt-get install --no-install-recommends clang lld wasi-libc" in INSTALL
    check = check_web_compiler()
    assert (check.status, check.detail) == ("absent", f"for scons web: {says}; {INSTALL}")


def test_doctor_tries_it(tmp_path, monkeypatch):
    programs(tmp_path, monkeypatch, "/lib/libc.a", "clang", "wasm-ld")
    check = check_web_compiler()
    assert (check.status, check.detail) == ("broken", "fake clang 99 does not work: no")
    assert check.remedy == INSTALL


def test_doctor_finds_it_well():
    found = compiler()
    check = check_web_compiler()
    assert (check.status, check.detail) == ("ok", found.version)


def test_a_kernel_that_clang_does_not_take(tmp_path, drawn):
    """A set of a project, whose C is for another compiler: the message names the file and the way out."""
    sources = kernel_sources()
    found = portable(drawn.graph, {}, sources)
    layer, item = next(
        (layer, item)
        for layer, item in found.implementations.items()
        if item.function.endswith("softmax_int8")
    )
    place = tmp_path / "mine"
    place.mkdir()
    (place / "softmax_int8.c").write_text(
        "int nested(void) { int inner(void) { return 1; } return inner(); }\n"
    )
    kernel = item.code.kernel.model_copy(update={"name": "mine/softmax_int8"})
    mine = replace(item, name="mine/softmax_int8", code=replace(item.code, kernel=kernel))
    own = replace(
        sources,
        places={**sources.places, "mine": place},
        sets={**sources.sets, "mine": sources.sets["reference"]},
    )
    network = replace(found, implementations={**found.implementations, layer: mine})
    with pytest.raises(UnsupportedError) as raised:
        compiler().module(network, own)
    assert raised.value.where == str(place / "softmax_int8.c")
    assert "function definition is not allowed here" in raised.value.problem
    assert raised.value.hint == "kernels=reference leaves it out"
