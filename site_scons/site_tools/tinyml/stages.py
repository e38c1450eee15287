"""One builder for all stages: a stage is a command of ours with named inputs, outputs and plain arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SCons.Action import Action
from SCons.Subst import Literal

from . import cleaning, modules
from .artefacts import artefacts, regular

if TYPE_CHECKING:
    from .scons import Environment, Node


@dataclass(frozen=True)
class Stage:
    """A call of `python -m scons_tinyml.stages <module> <words>`.

    `inputs` and `outputs` map options to nodes or paths; `extra_outputs` are files that it
    writes besides; `arguments` map options to text that is part of the
    command line and so of the signature; `values` are texts that the outputs depend on besides. `hidden`
    arguments (places outside of the project) are passed, but are no part of the signature.
    """

    module: str
    title: str
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    extra_outputs: Sequence[Node] = ()
    values: Sequence[str] = ()
    depends: Sequence[Node] = ()
    cached: bool = True
    words: Sequence[str] = ()


def add_stage(env: Environment, stage: Stage) -> dict[str, Node]:
    """The nodes of `stage.outputs` by option; all of them are made by one call."""
    sources: list[Node] = []
    command: list[Any] = [
        "$(",
        "$TINYML_PYTHON",
        "-m",
        "scons_tinyml.stages",
        "$)",
        stage.module,
        *stage.words,
    ]
    for position, option in enumerate(stage.outputs):
        command += [f"--{option}", f"${{TARGETS[{position}]}}"]
    for option, nodes in stage.inputs.items():
        command.append(f"--{option}")
        for node in nodes if isinstance(nodes, list) else [nodes]:
            command.append(f"${{SOURCES[{len(sources)}]}}")
            sources.append(regular(node))
    for option, text in stage.arguments.items():
        command += [f"--{option}", _word(env, text)]
    for option, text in stage.hidden.items():
        command += ["$(", f"--{option}", _word(env, text), "$)"]
    action = Action([command], f"{stage.title:10} $TARGET")
    targets = artefacts(env, (*stage.outputs.values(), *stage.extra_outputs))
    made = env.Command(targets, sources, action)
    ours = modules.of_project(env.Dir("#").abspath).digest("stages.__main__", f"stages.{stage.module}")
    env.Depends(made, env.Value("\n".join([*stage.values, ours])))
    env.Depends(made, list(stage.depends))
    cleaning.keep_shared(env, made)
    if not stage.cached:
        env.NoCache(made)
    return dict(zip(stage.outputs, made, strict=False))


def _word(env: Environment, text: str) -> Any:
    """`text` with its construction variables filled in, as one word of the command line whatever is in it."""
    return Literal(env.subst(text))
