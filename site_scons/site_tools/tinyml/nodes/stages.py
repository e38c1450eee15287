"""Builder of all stages: the nodes of a stage follow from its request."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.record import Record
from scons_tinyml.stages.request import Given, Request, given

from ..dependencies import modules
from ..lifecycle.commands import Command, Unsigned
from ..paths import file, state
from . import cleaning, shared
from .artefacts import artefacts, regular

if TYPE_CHECKING:
    from ..scons import Environment, Node

PYTHON = (sys.executable, "-P", "-m")
"""Command that runs a module, and imports none from the working folder."""
STAGES = "scons_tinyml.stages"


class Call(Record):
    """Words of a command, with its sources, and its targets by field."""

    words: list[Any]
    sources: list[Any]
    targets: dict[str, Any]


def add_stage(
    env: Environment,
    request: Request[Any],
    *,
    title: str,
    extra_targets: Sequence[Node] = (),
    values: Sequence[str] = (),
    depends: Sequence[Node] = (),
    cached: bool = True,
) -> dict[str, Node]:
    """Add the targets of `request`, which one call makes, and return them by field.

    The call also writes `extra_targets`. The result also depends on texts `values` and nodes `depends`. Results that a
    verdict reads are not `cached`: whoever can write a shared CacheDir could exchange them.

    Several builds of one SConstruct share a stage that all of them request. Raises InputError if they request
    different results in one file.
    """
    call = call_of(env, request)
    if shared.is_made(call.targets.values(), (request, tuple(values), tuple(depends))):
        return call.targets
    targets = [*call.targets.values(), *artefacts(env, extra_targets)]
    made = env.Command(targets, call.sources, Command(title, call.words))
    ours = modules.of_project(str(state(env))).digest("stages.__main__", f"stages.{request.stage}")
    env.Depends(made, env.Value("\n".join([*values, ours])))
    env.Depends(made, list(depends))
    cleaning.keep_shared(env, made)
    if not cached:
        env.NoCache(made)
    return dict(zip(call.targets, made, strict=False))


def call_of(env: Environment, request: Request[Any]) -> Call:
    """Return the call of the stage of `request`."""
    call = Call([Unsigned((*PYTHON, STAGES)), request.stage], [], {})
    for field in given(request):
        words = [part for value in field.values for part in _words(env, field, value, call)]
        call.words.extend([Unsigned(tuple(words))] if field.role == "place" else words)
    return call


def _words(env: Environment, field: Given, value: Any, call: Call) -> list[Any]:
    if field.role == "source":
        node = regular(file(env, value))
        call.sources.append(node)
        return [field.option, node]
    if field.role == "target":
        name = field.name if field.name not in call.targets else f"{field.name} {len(call.targets)}"
        [call.targets[name]] = artefacts(env, [value])
        return [field.option, call.targets[name]]
    return [f"{field.option}={value}"]
