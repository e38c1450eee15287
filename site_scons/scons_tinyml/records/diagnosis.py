"""Losses of quantization by layer, and costs of other types: `diagnosis.json`. It has a JSON Schema."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from scons_tinyml.records.quality import Alternative, Cause, Decibels, Share
from scons_tinyml.records.report import NetworkType
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1


class DiagnosedCosts(ReportRecord):
    """Figures of the best choice of kernels of a network."""

    cycles: int = Field(ge=0)
    flash_bytes: int = Field(ge=0)
    ram_bytes: int = Field(ge=0, description="data, bss and arena; the stack comes on top")
    arena_bytes: int = Field(ge=0)
    added_bytes: int = Field(ge=0, description="data and bss of the kernels, and of weights in RAM")
    slow_cycles: int = Field(ge=0, description="at the slow end of the error band of each kernel")
    latency_s: float = Field(ge=0)


class DiagnosedLayer(ReportRecord):
    """A layer of the quantized network beside the float layer that it was made of."""

    layer: int = Field(ge=0)
    name: str
    operator: str
    own_snr_db: Decibels | None = Field(description="what this layer alone loses")
    snr_db: Decibels | None = Field(description="with the noise of the layers before it")
    saturated: Share | None
    cause: Cause | None


class Base(ReportRecord):
    """The network as it is built."""

    output_snr_db: Decibels | None
    metric: float | None
    costs: DiagnosedCosts


class DiagnosedAlternative(Alternative):
    """The network with other types, and what it costs."""

    option: str = Field(description="options of the command line that build it")
    costs: DiagnosedCosts | None = Field(description="null where it cannot be made, measured or built")


class Diagnosis(ReportRecord):
    """Layers of a network, those that lose most first, and networks with other types there."""

    schema_version: Literal[1] = SCHEMA_VERSION
    target: str
    model: str
    quantization: NetworkType
    clock_hz: int = Field(gt=0)
    samples: int = Field(gt=0)
    samples_of: Literal["representative", "test", "random"]
    compared_absent: str | None = Field(description="why float and quantized values are not compared")
    layers: tuple[DiagnosedLayer, ...]
    metric: str | None = Field(description="name of the metric of the networks")
    alternatives_absent: str | None = Field(description="why there are none")
    as_it_is: Base
    alternatives: tuple[DiagnosedAlternative, ...]
