"""Check of the compiler of WebAssembly, which only `scons web` needs."""

from __future__ import annotations

from scons_tinyml.cli.check import Check
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.web.compiler import INSTALL, find_web_compiler

_NAME = "webassembly"


def check_web_compiler() -> Check:
    """Return whether networks can become pages for browsers; without a compiler for it, that is absent."""
    try:
        compiler = find_web_compiler()
    except EnvironmentProblem as error:
        return Check(_NAME, "absent", f"for scons web: {error.problem}; {INSTALL}")
    problem = compiler.problem()
    if problem is not None:
        return Check(_NAME, "broken", f"{compiler.version} does not work: {problem}", INSTALL)
    return Check(_NAME, "ok", compiler.version)
