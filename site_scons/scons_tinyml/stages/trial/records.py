"""What a trial is asked and what it answers, as texts for other processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """Work of a layer: multiply-accumulates, or the values that it reads where it has none."""

    operator: str
    kind: str
    """Its operator, with height and width of its filters: 'CONV_2D 3x3'."""
    amount: int


@dataclass(frozen=True)
class Sketch:
    """What a network costs whatever its weights are.

    Two networks of one sketch need the same memory; their cycles differ by what the weights change in generated code.
    """

    weight_bytes: int
    arena_bytes: int
    """Least bytes of activations."""
    macs: int
    layers: tuple[Work, ...]

    @property
    def work(self) -> dict[str, int]:
        """Work by kind of layer."""
        found: dict[str, int] = {}
        for layer in self.layers:
            found[layer.kind] = found.get(layer.kind, 0) + layer.amount
        return found


@dataclass(frozen=True)
class Basis:
    """A gated build of the model itself on a board, from which forecasts of variants are scaled."""

    board: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    cycles: int
    slow_s: float
    """Latency at the slow end of its band."""
    sketch: Sketch
    cycles_by_kind: Mapping[str, int]
    limits: Mapping[str, float]
    """Limits of flash and RAM in bytes, of latency in seconds, and the least accuracy, as far as there are any."""


@dataclass(frozen=True)
class Forecast:
    """Figures of a variant on a board as scaled from those of the model itself."""

    flash_bytes: int
    ram_bytes: int
    latency_s: float
    """At the slow end of the band, as the gate judges it."""
    overshoot: float
    """Share by which the tightest limit is missed; below 0 if all are kept."""
    cannot_fit: str = ""
    """Why no image can keep the limits of memory; empty where one may."""


@dataclass(frozen=True)
class Rival:
    """A trained variant of an earlier generation."""

    variant: str
    sketch: Sketch
    halfway: float
    """Best balanced accuracy of the validation split in the first half of its epochs."""


@dataclass(frozen=True)
class Job:
    """A variant to try. Without `bases` it is trained in any case."""

    variant: str
    bases: tuple[Basis, ...] = ()
    rivals: tuple[Rival, ...] = ()
    """Variants that its training may end for."""


@dataclass(frozen=True)
class Tried:
    """A trial that was done: trained, dropped before, stopped halfway, or failed for a reason in `problem`."""

    variant: str
    sketch: Sketch | None = None
    dropped: str = ""
    problem: str = ""
    accuracy: float | None = None
    """First metric of the model, of the network in the type that is deployed."""
    epochs: int = 0
    halfway: float | None = None
    """Best balanced accuracy of the validation split in the first half of its epochs; None for a regression."""
    stopped: str = ""
    """Why its training ended halfway."""
