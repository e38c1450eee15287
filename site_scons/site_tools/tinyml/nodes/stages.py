"""Builder of all stages: the nodes of a stage follow from its request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SCons.Action import Action
from SCons.Subst import Literal

from scons_tinyml.stages.request import Given, Request, given

from ..dependencies import modules
from . import cleaning
from .artefacts import artefacts, regular

if TYPE_CHECKING:
    from ..scons import Environment, Node


@dataclass(frozen=True)
class Call:
    """Command with its sources, and its targets by field.

    Places are in brackets `$( $)`, which SCons leaves out of the signature.
    """

    command: list[Any]
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
    """
    call = call_of(env, request)
    action = Action([call.command], f"{title:10} $TARGET")
    targets = artefacts(env, (*call.targets.values(), *extra_targets))
    made = env.Command(targets, [regular(node) for node in call.sources], action)
    ours = modules.of_project(env.Dir("#").abspath).digest("stages.__main__", f"stages.{request.stage}")
    env.Depends(made, env.Value("\n".join([*values, ours])))
    env.Depends(made, list(depends))
    cleaning.keep_shared(env, made)
    if not cached:
        env.NoCache(made)
    return dict(zip(call.targets, made, strict=False))


def call_of(env: Environment, request: Request[Any]) -> Call:
    """Return the call of the stage of `request`."""
    python = ["$(", "$TINYML_PYTHON", "-m", "scons_tinyml.stages", "$)"]
    call = Call([*python, request.stage], [], {})
    for field in given(request):
        call.command.extend(_words(env, field, call))
    return call


def _words(env: Environment, field: Given, call: Call) -> list[Any]:
    if field.role == "source":
        first = len(call.sources)
        call.sources.extend(field.values)
        return [field.option, *(f"${{SOURCES[{number}]}}" for number in range(first, len(call.sources)))]
    if field.role == "target":
        call.targets[field.name] = field.values[0]
        return [field.option, f"${{TARGETS[{len(call.targets) - 1}]}}"]
    words = [field.option, *(_word(env, value) for value in field.values)]
    return ["$(", *words, "$)"] if field.role == "place" else words


def _word(env: Environment, value: Any) -> Any:
    """Return `value` with its construction variables filled in, as exactly one word of the command line."""
    return Literal(env.subst(str(value)))
