"""Stage: choose among variants of a network, by what was measured of each.

python -m scons_tinyml.stages patch.choose --graphs V.json ... --constants V.bin ... --measurements M.json ...
    --footprints F.json ... --graph G.json --chosen-constants G.bin <what the plan is made for>
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.graph.files import write_graph
from scons_tinyml.stages.graph.patches.regions import patched_layers
from scons_tinyml.stages.patch.request import ChooseRequest
from scons_tinyml.stages.plan.choose import best_of
from scons_tinyml.stages.plan.question import read_variants


def main(request: ChooseRequest[Path]) -> None:
    """Read all variants, choose, say what was chosen, and write it."""
    questions = read_variants(request)
    problems, budgets = [one.problem for one in questions], [one.budgets for one in questions]
    chosen = questions[best_of(problems, budgets, questions[0].objective)].graph
    names = patched_layers(chosen)
    if names:
        note = f"layers run patch by patch: {', '.join(names)}"
        print_wrapped(f"tinyml: {visible(chosen.name)}: {note}", sys.stderr)
        chosen = replace(chosen, notes=(*chosen.notes, note))
    write_graph(chosen, request.graph, request.chosen_constants)
