"""Effects of quantization on a network, `quality.json`: layer by layer, and on the test split. It has a JSON Schema."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from scons_tinyml.records.report import NetworkType
from scons_tinyml.records.report_base import ReportRecord

SCHEMA_VERSION: Final = 1
MOST_BINS: Final = 64
"""Most bins of a histogram."""
MOST_CLASSES: Final = 64
"""Most classes of a confusion matrix that is written: one of 1000 classes is nothing that a person reads."""
MOST_DIFFERING: Final = 1000
"""Most samples that are listed as judged differently."""
LARGEST_DB: Final = 150.0
"""Bound of signal-to-noise ratios: float32 itself has about 150 dB."""

Version = Literal["float", "quantized"]
"""A version of a network: before or after quantization."""
Decibels = Annotated[float, Field(ge=-LARGEST_DB, le=LARGEST_DB)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Histogram(ReportRecord):
    """Numbers of values in bins of equal width from `low` to `high`; the last bin has `high` too."""

    low: float
    high: float
    counts: tuple[Count, ...] = Field(min_length=1, max_length=MOST_BINS)


class WeightQuality(ReportRecord):
    """Weights of a layer before and after quantization."""

    elements: int = Field(gt=0)
    scales: int = Field(gt=0, description="number of scales: 1 for the whole tensor, or one for each channel")
    values: Histogram | None = Field(description="float weights; null where the float network is not known")
    codes: Histogram = Field(description="integer codes of the same weights")
    snr_db: Decibels | None = Field(description="power of the weights over that of their rounding errors")
    outlier_ratio: float | None = Field(
        ge=1,
        description="largest weight over that of the median channel, where one scale holds for all channels",
    )


class ActivationQuality(ReportRecord):
    """Values of a layer's output over the samples."""

    least: float = Field(description="of the float network; of the quantized one where there is no other")
    greatest: float
    percentiles: dict[str, float] = Field(
        description="values by percentile, '0.1' to '99.9'; of a part of them"
    )
    quantized_low: float | None = Field(description="least value that its integers hold; null for float32")
    quantized_high: float | None
    step: float | None = Field(gt=0, description="real value of one integer")
    saturated: Share | None = Field(
        description="float values beyond that range by over a step; integers at an end where there are none"
    )
    outlier_ratio: float | None = Field(
        ge=1, description="range of the widest channel over that of the median channel"
    )
    outlier_channel: int | None = Field(ge=0, description="the widest channel")


class Cause(ReportRecord):
    """Usual cause of the accuracy that a layer loses, found by a rule on its figures."""

    kind: Literal["saturation", "outliers", "range", "weights", "inherited", "int16", "rounding"]
    text: str


class LayerQuality(ReportRecord):
    """One layer of the quantized network beside the float layer that it was made of."""

    layer: int = Field(ge=0, description="its number in the quantized network")
    name: str
    operator: str
    type: str = Field(description="of its output")
    float_layer: str | None = Field(description="name of its float layer, as keep_float= takes it")
    weights: WeightQuality | None
    activations: ActivationQuality | None = Field(
        description="null for outputs that are truth values or whole numbers"
    )
    snr_db: Decibels | None = Field(description="power of the float output over that of the difference")
    own_snr_db: Decibels | None = Field(
        description="the same with the float layer on the inputs of the quantized one: what this layer alone loses"
    )
    cause: Cause | None = Field(description="null where nothing is compared")


class Differing(ReportRecord):
    """A sample of the test split that the two versions judge differently, or where they are furthest apart."""

    sample: int = Field(ge=0, description="its position in the test split, from 0")
    label: str
    judged: dict[Version, str] = Field(description="class, or value of a network with one output")
    difference: float = Field(ge=0, description="largest difference of an output")


class Judged(ReportRecord):
    """Outputs of the versions of a network on the test split."""

    networks: dict[Version, str] = Field(description="SHA-256 of the .tflite of each version")
    samples: int = Field(gt=0)
    classes: tuple[str, ...] = Field(description="empty for a regression")
    confusion: dict[Version, tuple[tuple[Count, ...], ...]] = Field(
        description="samples by class (row) and class that the network says (column)"
    )
    confusion_absent: str | None = Field(description="why there is no confusion matrix of a classification")
    errors: dict[Version, Histogram] = Field(description="output less label of a regression")
    differing: tuple[Differing, ...] = Field(max_length=MOST_DIFFERING)
    differing_samples: int | None = Field(
        ge=0, description="all samples with other classes; null with one version alone, and for a regression"
    )


class Quality(ReportRecord):
    """Effects of quantization on a network, layer by layer in the order of execution, and on the test split."""

    schema_version: Literal[1] = SCHEMA_VERSION
    model: str
    quantization: NetworkType
    network_sha256: str = Field(description="of the .tflite that is built")
    oracle: str
    compared_absent: str | None = Field(description="why float and quantized values are not compared")
    samples: int = Field(gt=0, description="samples that the layers ran on")
    samples_of: Literal["representative", "test", "random"]
    layers: tuple[LayerQuality, ...]
    judged: Judged | None
    judged_absent: str | None = Field(description="why nothing is known of the test split")


class Alternative(ReportRecord):
    """The network with other types: of a layer and, where its values are int16, of their readers."""

    kind: Literal["int16", "float", "int16x8"]
    layers: tuple[str, ...] = Field(description="names of the float layers of another type; empty for all")
    activation_bits: Literal[8, 16] = Field(description="of all other layers")
    keep_float: tuple[str, ...] = Field(description="these layers, and those that the build has in float32")
    keep_int16: tuple[str, ...]
    output_snr_db: Decibels | None = Field(
        description="of the network's first output; null where it cannot be made"
    )
    metric: float | None = Field(description="first metric of the model on its test split")
    absent: str | None = Field(description="why it cannot be made or run")


class Alternatives(ReportRecord):
    """Networks with other types in the layers that lose most, and what each is worth."""

    schema_version: Literal[1] = SCHEMA_VERSION
    metric_name: str | None
    output_snr_db: Decibels | None = Field(description="of the network as it is built")
    metric: float | None
    networks: tuple[Alternative, ...]
    absent: str | None = Field(description="why there are none")
