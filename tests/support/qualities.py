"""A record of what quantization does to a network, with a figure in every place."""

from __future__ import annotations

from scons_tinyml.records.quality import (
    ActivationQuality,
    Cause,
    Differing,
    Histogram,
    Judged,
    LayerQuality,
    Quality,
    WeightQuality,
)

FLOAT, QUANTIZED = "0" * 64, "1" * 64
"""Digests of the two versions."""


def judged(name: str = "") -> Judged:
    """Return what two versions make of ten samples; names of classes begin with `name`."""
    classes = (f"{name}no", f"{name}yes")
    return Judged(
        networks={"float": FLOAT, "quantized": QUANTIZED},
        samples=10,
        classes=classes,
        confusion={"float": ((6, 0), (1, 3)), "quantized": ((5, 1), (1, 3))},
        confusion_absent=None,
        errors={},
        differing=(
            Differing(
                sample=7,
                label=classes[0],
                judged={"float": classes[0], "quantized": classes[1]},
                difference=0.25,
            ),
        ),
        differing_samples=1,
    )


def regressed() -> Judged:
    """Return what two versions make of four samples of a regression."""
    errors = {
        "float": Histogram(low=-1, high=1, counts=(0, 4)),
        "quantized": Histogram(low=-1, high=1, counts=(1, 3)),
    }
    furthest = Differing(sample=2, label="0", judged={"float": "0.1", "quantized": "-1"}, difference=1.1)
    return judged().model_copy(
        update={
            "samples": 4,
            "classes": (),
            "confusion": {},
            "errors": errors,
            "differing": (furthest,),
            "differing_samples": None,
        }
    )


def quality(name: str = "") -> Quality:
    """Return the record of three layers, whose names begin with `name`: one that loses most, and one of float32."""
    weights = WeightQuality(
        elements=72,
        scales=8,
        values=Histogram(low=-1, high=2, counts=(1, 0, 70, 1)),
        codes=Histogram(low=-128, high=128, counts=(2, 30, 40, 0)),
        snr_db=41.5,
        outlier_ratio=None,
    )
    return Quality(
        model="cats",
        quantization="int8",
        network_sha256=QUANTIZED,
        oracle="oracle 1",
        compared_absent=None,
        samples=64,
        samples_of="representative",
        layers=(
            _layer(0, f"{name}conv", 42.0, 41.0, weights=weights, saturated=0.0),
            _layer(1, f"{name}reshape", 150.0, 41.0, saturated=0.0),
            _layer(2, f"{name}dense", 21.5, 20.0, weights=weights, saturated=0.02),
        ),
        judged=judged(name),
        judged_absent=None,
    )


def _layer(
    number: int, name: str, own: float, snr: float, *, saturated: float, weights: WeightQuality | None = None
) -> LayerQuality:
    kind = "saturation" if saturated else "rounding"
    return LayerQuality(
        layer=number,
        name=name,
        operator="CONV_2D",
        type="int8",
        float_layer=name,
        weights=weights,
        activations=ActivationQuality(
            least=-1.0,
            greatest=7.0,
            percentiles={"0.1": -0.9, "1": -0.5, "50": 1.0, "99": 5.0, "99.9": 6.5},
            quantized_low=-1.5,
            quantized_high=6.0,
            step=7.5 / 255,
            saturated=saturated,
            outlier_ratio=3.0,
            outlier_channel=1,
        ),
        snr_db=snr,
        own_snr_db=own,
        cause=Cause(kind=kind, text=f"{kind} of {name}"),
    )
