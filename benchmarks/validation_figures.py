"""Tables of all published cycles that timing models were compared with, and the bands that follow from them.

    python benchmarks/validation_figures.py

Writes `docs/validation-figures.md` from the evidence of the timing models; a test compares the two. After a new version
of a model, predict its programs again and put their cycles into its file of evidence first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site_scons"))

from scons_tinyml.emulator.timing import timed_cores, timing_for  # noqa: E402
from scons_tinyml.emulator.timing.bands import Band, bands_for  # noqa: E402
from scons_tinyml.emulator.timing.evidence import Comparison, comparisons  # noqa: E402

PAGE = ROOT / "docs" / "validation-figures.md"
HEAD = """\
# All published figures, and the error bands from them

`benchmarks/validation_figures.py` writes this page from `site_scons/scons_tinyml/emulator/timing/evidence/`. The cycles
of all programs are published by those who measured them. The ratio is predicted / published, 'before' that of the
version before. [validation-mlperf.md](validation-mlperf.md) and [validation.md](validation.md) say how programs were
rebuilt and run, and what is known of the deviations. `tinyml timing --core cortex-m4` prints the same.

The code of a layer has one of four kinds, by its type of numbers, and by the place and use of its weights. Each core
has a band per kind, by one rule from the programs of that kind:

- The deviation of a program is published / predicted - 1 on the slow side, predicted / published - 1 on the fast one.
- The largest deviation of the kind, at least 5 %, is multiplied by 1 + 2 / n. So few programs make a wide band.
- n is the number of programs. One that a rule or constant was chosen with in sight ('fitted') counts as half a program.
- A kind without a program has twice the widest band of the core on each side, and reports say so. Kinds differ that
  much: the first images in floating point on a Cortex-M7 took 1.11 to 1.44 times the cycles that were predicted then,
  integer images 0.98 to 1.03 times.
- Ends are rounded outwards to 0.1 %.

A network's band is that of its layers, weighted by their cycles.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join([HEAD, *(line for core in timed_cores() for line in _core(core))]) + "\n"


def _core(core: str) -> Iterator[str]:
    model = timing_for(core)
    found = comparisons(core, model.version)
    yield f"## Timing model `{model.version}`\n"
    yield "| kind of code | band | programs | fitted | predicted / published |"
    yield "| --- | --- | ---: | ---: | --- |"
    for kind, band in bands_for(model).items():
        yield f"| {kind.value} | {_percent(band)} | {band.comparisons} | {band.fitted} | {_ratios(band)} |"
    for _, some in groupby(found, key=lambda one: one.group):
        yield from _group(list(some))
    yield ""


def _percent(band: Band) -> str:
    return f"{100 * band.low:+.1f} % to {100 * band.high:+.1f} %"


def _ratios(band: Band) -> str:
    return "none" if band.least is None or band.most is None else f"{band.least:.3f} to {band.most:.3f}"


def _group(found: list[Comparison]) -> Iterator[str]:
    group = found[0].group
    yield f"\n**{group.title[0].upper()}{group.title[1:]}**, {group.board} ({group.source})."
    yield f"Kind: {'; '.join(group.kinds)}.{' Fitted.' if group.fitted else ''}"
    if group.note:
        yield f"Note: {group.note}."
    yield "\n| program | published | predicted | ratio | before |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for program, ratio in ((one.program, one.ratio) for one in found):
        before = "" if program.ratio_before is None else f"{program.ratio_before:.3f}"
        cycles = f"{_cycles(program.measured)} | {_cycles(program.predicted)}"
        yield f"| {program.name} | {cycles} | {ratio:.3f} | {before} |"


def _cycles(count: float) -> str:
    return f"{count:,.0f}" if count >= 10_000 else f"{count:,g}"


if __name__ == "__main__":
    PAGE.write_text(page())
