"""Figures of a layer's output, gathered sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.records.quality import ActivationQuality
from scons_tinyml.stages.graph.ir import Tensor
from scons_tinyml.stages.quality.figures import beyond, percentiles, power, snr_db, widest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    FloatArray = npt.NDArray[np.float64]

KEPT_VALUES = 4096
"""Most values of one sample that percentiles are taken of, evenly spread; extremes are those of all values."""


def real(values: Array, tensor: Tensor) -> FloatArray:
    """Return the real values of `tensor`: scale * (integer - zero point), or the float values themselves."""
    import numpy as np

    found, quantization = np.asarray(values, np.float64), tensor.quantization
    if quantization is None or tensor.type == "float32":
        return found
    return quantization.scales[0] * (found - quantization.zero_points[0])


class Noise:
    """Power of a signal, and of the difference of two versions of it."""

    def __init__(self) -> None:
        self._signal = self._noise = 0.0
        self._seen = False

    def add(self, original: Array, quantized: Array) -> None:
        """Add values of both versions, of the same shape."""
        self._seen = True
        self._signal += power(original)
        self._noise += power(original - quantized)

    def db(self) -> float | None:
        """Return the ratio in decibels; None before anything was added."""
        return snr_db(self._signal, self._noise) if self._seen else None


class OutputFigures:
    """Values of `tensor`, a layer's output, and of its float version where there is one."""

    def __init__(self, tensor: Tensor) -> None:
        self.noise = Noise()
        self._tensor = tensor
        self._kept: list[FloatArray] = []
        self._least: Any = None
        self._greatest: Any = None
        self._values = self._saturated = 0
        self._low, self._high, self._step = _limits(tensor)

    def add(self, quantized: Array, original: Array | None) -> None:
        """Add the output on one sample: as the quantized network has it, and as the float one has it."""
        import numpy as np

        found = real(quantized, self._tensor)
        values = found if original is None else np.asarray(original, np.float64).reshape(found.shape)
        if not values.size:
            return
        if original is not None:
            self.noise.add(values, found)
        channels = values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1)
        low, high = channels.min(axis=0), channels.max(axis=0)
        self._least = low if self._least is None else np.minimum(self._least, low)
        self._greatest = high if self._greatest is None else np.maximum(self._greatest, high)
        self._kept.append(values.ravel()[:: -(-values.size // KEPT_VALUES)])
        self._values += values.size
        self._saturated += self._count(quantized, values, compared=original is not None)

    def record(self) -> ActivationQuality | None:
        """Return the figures; None before anything was added."""
        import numpy as np

        if self._least is None:
            return None
        outlier = widest(self._greatest - self._least)
        is_float = self._step is None
        return ActivationQuality(
            least=float(self._least.min()),
            greatest=float(self._greatest.max()),
            percentiles=percentiles(np.concatenate(self._kept)),
            quantized_low=self._low,
            quantized_high=self._high,
            step=self._step,
            saturated=None if is_float else self._saturated / self._values,
            outlier_ratio=outlier[0] if outlier else None,
            outlier_channel=outlier[1] if outlier else None,
        )

    def _count(self, quantized: Array, values: FloatArray, *, compared: bool) -> int:
        """Return the number of saturated values.

        Without a float version, these are integers at an end, but for an end that stands for 0, as after a RELU.
        """
        import numpy as np

        if self._low is None or self._high is None or self._step is None:
            return 0
        if compared:
            return beyond(values, self._low, self._high, self._step)
        limits = np.iinfo(quantized.dtype)
        at_low = np.count_nonzero(quantized == limits.min) if self._low < 0 else 0
        return int(at_low + (np.count_nonzero(quantized == limits.max) if self._high > 0 else 0))


def _limits(tensor: Tensor) -> tuple[float | None, float | None, float | None]:
    """Return the least and greatest value that integers of `tensor` hold, and their step; None for float32."""
    import numpy as np

    if tensor.type == "float32" or tensor.quantization is None:
        return None, None, None
    limits, scale = np.iinfo(np.dtype(tensor.type)), tensor.quantization.scales[0]
    zero = tensor.quantization.zero_points[0]
    return scale * (limits.min - zero), scale * (limits.max - zero), scale
