"""Remedies of a build that does not keep its limits: other kernels, or another board."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scons_tinyml.records.report_base import ReportRecord

KernelOutcome = Literal["passes", "may pass", "misses"]
BoardOutcome = Literal["would pass", "would not pass", "not known", "not measured"]


class KernelChange(ReportRecord):
    """Another kernel for one layer."""

    layer: int = Field(ge=0)
    name: str
    kernel: str
    instead_of: str


class Kernels(ReportRecord):
    """Outcome of the best other choice of kernels.

    'passes': all limits are kept, with a reserve for figures that only linking and running show. 'may pass': they are
    kept, but not with that reserve. 'misses': no choice keeps them.
    """

    outcome: KernelOutcome
    text: str = Field(description="one sentence")
    changes: tuple[KernelChange, ...] = Field(default=(), description="the fewest that do it")
    options: str | None = Field(default=None, description="of the command line, that choose such kernels")
    flash_bytes: int | None = Field(default=None, ge=0, description="with the changes, as foreseen")
    ram_bytes: int | None = Field(default=None, ge=0, description="with the stack of this image")
    latency_s: float | None = Field(default=None, gt=0, description="slow end of the error band")


class OtherBoard(ReportRecord):
    """The network on another board, from rows of the cost database alone."""

    board: str
    outcome: BoardOutcome
    text: str
    latency_s: float | None = Field(default=None, gt=0, description="slow end of the error band")
    ram_bytes: int | None = Field(default=None, ge=0, description="with room for the stack")
    flash_bytes_at_most: int | None = Field(default=None, ge=0, description="nothing was linked for it")


class PassingVariant(ReportRecord):
    """A variant of the model that passes, with figures of its build when it was explored."""

    variant: str = Field(description="as model=NAME:VARIANT has it; '' is the model itself")
    command: str = Field(description="builds it")
    metric: str
    accuracy: float = Field(description="by the metric")
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0)
    latency_s: float = Field(gt=0, description="slow end of the error band")


class Variants(ReportRecord):
    """Variants of the model that `scons explore` has built for this board.

    'changed': the model is another one than when it was explored.
    """

    outcome: Literal["pass", "none passes", "changed", "not explored"]
    text: str = Field(description="one sentence")
    variants: tuple[PassingVariant, ...] = Field(default=(), description="the most accurate first")


class Remedies(ReportRecord):
    """Other kernels, layers patch by patch, variants of the model, and other boards, with their outcomes."""

    kernels: Kernels | None = None
    patches: str | None = Field(
        default=None, description="one sentence on layers that run patch by patch, where RAM is missed"
    )
    variants: Variants | None = Field(default=None, description="null for a model without [variants]")
    boards: tuple[OtherBoard, ...] = Field(default=(), description="those that would pass first")
