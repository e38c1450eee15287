"""Ceilings of the distance between a float32 result of a kernel and the oracle's, in ulps, by operator.

A kernel declares its own tolerance, `max_ulps`. The ceiling is the most that it may declare: what the definition of
the operator leaves open, not what a kernel needs. One ulp of a float32 is a relative error of 6e-8 to 1.2e-7.
Integers have no tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping

_EXACT = "IEEE 754 defines every bit of the result"
_LIBRARY = "C libraries differ in the last bits of exp, log, sin, cos and tanh, by up to 4 ulps each"
_SUM = "sums may be in any order: a random walk of 2^18 roundings of half an ulp ends 256 ulps away"

CEILINGS: Mapping[str, tuple[int, str]] = {
    **dict.fromkeys(("COS", "ELU", "EXP", "LOG", "LOGISTIC", "POW", "SIN", "TANH"), (16, _LIBRARY)),
    "RSQRT": (4, "1 / sqrt(x) has two roundings, or one of an approximation and one step of Newton's"),
    "LOG_SOFTMAX": (32, f"{_LIBRARY}, and one sum over a row"),
    "SOFTMAX": (32, f"{_LIBRARY}, and one sum over a row"),
    "GELU": (
        256,
        "1 + erf(x) cancels up to 7 bits of erf for the arguments where its result is not yet zero",
    ),
    "L2_NORMALIZATION": (256, _SUM),
    **dict.fromkeys(("AVERAGE_POOL_2D", "CUMSUM", "MEAN", "STRIDED_MEAN"), (256, _SUM)),
    **dict.fromkeys(("BATCH_MATMUL", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), (256, _SUM)),
    **dict.fromkeys(("SVDF", "TRANSPOSE_CONV"), (256, _SUM)),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (1024, f"{_LIBRARY}; each step hands its error on to the next"),
}
"""Most ulps and the reason, by operator. Operators that are missing here have the ceiling 0."""


def ceiling_ulps(operator: str, number_type: str) -> tuple[int, str]:
    """Return the most ulps that a kernel of `operator` for `number_type` may be away, and the reason."""
    if number_type != "float32":
        return 0, f"{number_type} results are compared byte by byte"
    return CEILINGS.get(operator, (0, _EXACT))


def excess(operator: str, number_type: str, max_ulps: int) -> str | None:
    """Return the problem of a tolerance above the ceiling, None for one that is allowed."""
    most, reason = ceiling_ulps(operator, number_type)
    if max_ulps <= most:
        return None
    return f"found {max_ulps} ulps, the limit for {operator} of {number_type} is {most} ulps: {reason}"
