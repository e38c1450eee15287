"""Results of each placement of a network: cycles with its fastest kernels, flash and RAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.measure.campaign import Known
from scons_tinyml.stages.measure.image import NAME, build_image, misfit, used_bytes
from scons_tinyml.stages.measure.measuring import Measuring
from scons_tinyml.stages.measure.trials import Trial
from scons_tinyml.stages.plan.assign import Candidate, objection
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.problem import Option, fastest


@dataclass(frozen=True)
class Missing:
    """A kernel on a layer without a row, with the reason."""

    layer: int
    kernel: str
    reason: str


@dataclass(frozen=True)
class Needs:
    """Flash, and RAM by region, of the network; the stack counts the bytes kept free for it."""

    flash_bytes: int
    ram_bytes: Mapping[str, int]
    misfit: str | None
    """Reason why it does not fit, None when it does."""


@dataclass(frozen=True)
class Placed:
    """The network in one placement. `cycles` and `needs` are None unless every layer has a kernel."""

    name: str
    kernels: Mapping[int, str]
    """The fastest kernel of each layer in this placement."""
    cycles: int | None
    needs: Needs | None
    measured: int
    """Number of measured rows."""
    missing: tuple[Missing, ...]


def placed(measuring: Measuring, trials: Sequence[Trial], known: Known) -> Iterator[Placed]:
    """Yield the network in each placement of `trials`, in their order.

    Needs are measured on images for the default: a placement changes neither code nor weights, except a few
    instructions for copying.
    """
    images: dict[tuple[tuple[int, str], ...], tuple[int, dict[str, int]]] = {}
    for name in dict.fromkeys(trial.placement for trial in trials):
        here = [trial for trial in trials if trial.placement == name]
        candidates = measuring.campaign.candidates(here, known)
        chosen = {layer: option for layer, found in candidates.items() if (option := _fastest(found))}
        complete = len(chosen) == len(candidates)
        choice = tuple((layer, option.kernel) for layer, option in chosen.items())
        if complete and choice not in images:
            images[choice] = _image(measuring, here, chosen)
        yield Placed(
            name=name,
            kernels=dict(choice),
            cycles=sum(option.cycles for option in chosen.values()) if complete else None,
            needs=_needs(measuring, name, *images[choice]) if complete else None,
            measured=sum(trial.cost_key.digest in known.costs for trial in here),
            missing=tuple(_missing(here, candidates, known)),
        )


def _fastest(found: Sequence[Candidate]) -> Option | None:
    usable = [
        Option(candidate.kernel, candidate.cycles, candidate.scratch_bytes, candidate.in_place)
        for candidate in found
        if candidate.cycles is not None and objection(candidate) is None
    ]
    return fastest(usable) if usable else None


def _image(
    measuring: Measuring, trials: Sequence[Trial], chosen: Mapping[int, Option]
) -> tuple[int, dict[str, int]]:
    """Return bytes of flash, and bytes by use, of the network with the `chosen` kernels."""
    by_subject = {trial.subject: trial.item for trial in trials}
    scratch = {layer: option.scratch_bytes for layer, option in chosen.items() if option.scratch_bytes}
    in_place = [layer for layer, option in chosen.items() if option.in_place]
    memory = plan_memory(measuring.graph, scratch, in_place=in_place)
    items = {layer: by_subject[layer, option.kernel] for layer, option in chosen.items()}
    with TemporaryDirectory(prefix="tinyml-bench-") as folder:
        builder = replace(measuring.campaign.builder, folder=Path(folder))
        elf = build_image(builder, measuring.graph, memory, items)
        sizes = image_sizes(read_image(elf), measuring.board, NAME, memory.arena_bytes)
        return sizes.flash_bytes, used_bytes(elf)


def _needs(measuring: Measuring, placement: str, flash_bytes: int, used: Mapping[str, int]) -> Needs:
    where = place(measuring.board, used["arena"], placement)
    ram: dict[str, int] = {}
    for use, size in used.items():
        region = getattr(where, use)
        if region.kind == "ram":
            ram[region.name] = ram.get(region.name, 0) + size
    return Needs(flash_bytes, ram, misfit(measuring.board, placement, used))


def _missing(
    trials: Sequence[Trial], candidates: Mapping[int, Sequence[Candidate]], known: Known
) -> Iterator[Missing]:
    by_subject = {(layer, found.kernel): found for layer, several in candidates.items() for found in several}
    for trial in trials:
        if trial.cost_key.digest not in known.costs:
            reason = by_subject[trial.subject].reason
            yield Missing(*trial.subject, reason or "was not measured")
