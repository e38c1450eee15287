"""Stage: reasons for the kernel of a layer, and the effect of each other one, printed and as JSON.

python -m scons_tinyml.stages explain.why --layer 3 --answer why.json <what the plan is made of>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.records.why import Why
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.explain.requests import WhyRequest
from scons_tinyml.stages.files import write_json
from scons_tinyml.stages.graph.ir import Layer
from scons_tinyml.stages.plan.assign import Candidate, Source, objection
from scons_tinyml.stages.plan.choose import Reasons, choose
from scons_tinyml.stages.plan.question import Question, read_question

DIGEST_DIGITS = 12
"""Digits of a row's digest that are shown; `tinyml costs show` takes them."""


@dataclass(frozen=True)
class Forced:
    """Change of the image's figures with another kernel on this layer and all other layers as they are."""

    cycles: int
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Other:
    """A kernel of the layer's operator that does not run it."""

    kernel: str
    reason: str
    source: Source | None
    forced: Forced | None
    """Change with this kernel; None when it cannot run the layer."""


@dataclass(frozen=True)
class Answer:
    """Kernel of a layer and its alternatives; None where the layer's output is its input."""

    layer: int
    name: str
    operator: str
    kernel: str | None
    cycles: int | None
    scratch_bytes: int
    source: Source | None
    others: tuple[Other, ...]
    explanation: tuple[str, ...] = ()
    """Sentences of the kernel's generator on schedule, layout and proof."""

    def record(self, clock_hz: int) -> Why:
        """Answer as the record that is written."""
        return Why.model_validate({"clock_hz": clock_hz, **asdict(self)})


def main(request: WhyRequest[Path]) -> None:
    """Compute the answer, write it and print it. Raises InputError when there is no such layer."""
    question = read_question(request)
    if not request.layer.isdecimal():
        raise InputError(f"'{request.layer}' is not the number of a layer", where="command line", key="layer")
    answer = why(question, int(request.layer))
    write_json(request.answer, answer.record(question.board.clock).model_dump(mode="json"))
    for line in lines(answer, question.board.clock):
        print_wrapped(line)
    for note in question.notes:
        print_wrapped(note, indent="  ")


def why(question: Question, number: int) -> Answer:
    """Return the answer for layer `number`. Raises InputError when there is none."""
    layers = question.graph.layers
    if not 0 <= number < len(layers):
        raise InputError(
            f"{question.graph.name} has no layer {number}: they are 0 to {len(layers) - 1}",
            where="command line",
            key="layer",
        )
    choice = choose(question.problem, question.budgets, question.objective)
    if number not in choice:
        return _nothing_runs(layers[number])
    reasons = Reasons(question.problem, choice, question.budgets, question.objective)
    found = {candidate.kernel: candidate for candidate in question.candidates[number]}
    chosen = found.pop(choice[number])
    before = question.problem.figures(choice)

    def other(candidate: Candidate) -> Other:
        refused = objection(candidate)
        if refused is not None:
            return Other(candidate.kernel, refused, candidate.source, None)
        after = reasons.forced(number, candidate.kernel)
        forced = Forced(
            after.cycles - before.cycles,
            after.flash_bytes - before.flash_bytes,
            after.ram_bytes - before.ram_bytes,
        )
        return Other(candidate.kernel, reasons(number, candidate, chosen), candidate.source, forced)

    return Answer(
        layer=number,
        name=layers[number].name,
        operator=layers[number].operator,
        kernel=chosen.kernel,
        cycles=chosen.cycles,
        scratch_bytes=chosen.scratch_bytes,
        source=chosen.source,
        others=tuple(other(candidate) for _, candidate in sorted(found.items())),
        explanation=chosen.explanation,
    )


def _nothing_runs(layer: Layer) -> Answer:
    return Answer(layer.index, layer.name, layer.operator, None, None, 0, None, ())


def lines(answer: Answer, clock_hz: int) -> Iterator[str]:
    """Yield the answer as people read it."""
    yield f"layer {answer.layer} ({answer.name}, {answer.operator})"
    if answer.kernel is None:
        yield "  runs nothing: its output is its input, in the same place"
        return
    scratch = f", {format_bytes(answer.scratch_bytes)} of scratch" if answer.scratch_bytes else ""
    assert answer.cycles is not None
    yield (
        f"  runs {answer.kernel}: {answer.cycles:,} cycles, "
        f"{format_seconds(answer.cycles / clock_hz)}{scratch}; its output is the oracle's"
    )
    yield f"    {_origin(answer.source)}"
    yield from (f"    {sentence}" for sentence in answer.explanation)
    for other in answer.others:
        yield f"  not {other.kernel}: {other.reason}"
        if other.source is not None:
            yield f"    {_origin(other.source)}"
        if other.forced is not None:
            yield f"    forced: {_changes(other.forced, clock_hz)}"


def _origin(source: Source | None) -> str:
    if source is None:
        return "of a row that is not known"
    return (
        f"row {source.digest[:DIGEST_DIGITS]}, {source.evidence} with {source.timing_version}, "
        f"measured {source.measured_at}{f', of {source.pack}' if source.pack else ''}"
    )


def _changes(forced: Forced, clock_hz: int) -> str:
    time = (
        f"{_sign(forced.cycles)}{format_seconds(abs(forced.cycles) / clock_hz)}" if forced.cycles else "0 ms"
    )
    sizes = ((forced.flash_bytes, "flash"), (forced.ram_bytes, "RAM"))
    return f"{forced.cycles:+,} cycles ({time}), " + ", ".join(
        f"{_sign(size)}{format_bytes(abs(size))} of {name}" for size, name in sizes
    )


def _sign(value: int) -> str:
    return "-" if value < 0 else "+"
