"""Random layers of signal operators: windows, spectra, filter banks, and those that keep values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import Case
from support.drawer import Array, Drawer

Layers = Callable[[TensorType], SearchStrategy[Case]]

_BITS = {"int16": 15, "int32": 31, "uint32": 32, "uint64": 64}


def _values(drawer: Drawer, shape: Sequence[int], type_name: TensorType) -> Array:
    """Draw numbers of random size up to the largest of the type, and the ends of its range."""
    if type_name == "float32":
        return drawer.values(shape, type_name)
    bits = drawer.random.integers(0, _BITS[type_name] + 1, shape)
    signed = not type_name.startswith("u")
    size = 2.0 ** (bits - drawer.random.random(shape))
    limits = np.iinfo(type_name)
    sign = drawer.random.choice([-1, 1], shape) if signed else 1
    found = np.clip(sign * np.floor(size), float(limits.min), float(limits.max) * (1 - 2**-12)).astype(
        type_name
    )
    ends = drawer.random.random(shape) < (0.1 if drawer.draw(st.booleans()) else 0)
    return np.where(ends, drawer.random.choice(np.array([limits.min, limits.max], type_name), shape), found)


def _case(
    drawer: Drawer,
    operator: str,
    inputs: Sequence[int],
    outputs: Sequence[int],
    values: Sequence[Array],
    **options: OptionValue,
) -> Case:
    """Return the layer; inputs after those of `values` are constants."""
    drawer.net.layer(operator, inputs, outputs, **options)
    given = list(inputs)[: len(values)]
    return Case(drawer.net.finish_with_states(given, outputs), tuple(values))


def _rows(drawer: Drawer, length: int) -> tuple[int, ...]:
    return (*drawer.draw(st.sampled_from([(), (1,), (3,), (2, 2)])), length)


def _add(drawer: Drawer, shape: Sequence[int], type_name: TensorType) -> int:
    return drawer.net.activation(shape, type_name)


@st.composite
def _window(draw: DrawFn, type_name: TensorType) -> Case:
    drawer = Drawer(draw)
    shape = _rows(drawer, draw(st.integers(1, 40)))
    weights = drawer.net.constant(_values(drawer, shape[-1:], "int16"))
    inputs, output = [_add(drawer, shape, type_name), weights], _add(drawer, shape, type_name)
    return _case(
        drawer,
        "SIGNAL_WINDOW",
        inputs,
        [output],
        [_values(drawer, shape, type_name)],
        shift=draw(st.integers(0, 16)),
    )


@st.composite
def _fft_auto_scale(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, size = Drawer(draw), draw(st.integers(1, 40))
    source, output = _add(drawer, (size,), type_name), _add(drawer, (size,), type_name)
    values = _values(drawer, (size,), type_name) // np.int16(2 ** draw(st.integers(0, 14)))
    return _case(drawer, "SIGNAL_FFT_AUTO_SCALE", [source], [output, _add(drawer, (), "int32")], [values])


_T = {"int16": 7, "int32": 2, "float32": 0}


@st.composite
def _rfft(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, length = Drawer(draw), 2 ** draw(st.integers(2, 10))
    shape = _rows(drawer, length if draw(st.booleans()) else draw(st.integers(1, length)))
    source, output = _add(drawer, shape, type_name), _add(drawer, (*shape[:-1], length + 2), type_name)
    values = _values(drawer, shape, type_name)
    return _case(drawer, "SIGNAL_RFFT", [source], [output], [values], T=_T[type_name], fft_length=length)


@st.composite
def _irfft(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, length = Drawer(draw), 2 ** draw(st.integers(2, 10))
    shape = _rows(drawer, length + 2)
    source, output = _add(drawer, shape, type_name), _add(drawer, (*shape[:-1], length), type_name)
    values = _values(drawer, shape, type_name)
    return _case(drawer, "SIGNAL_IRFFT", [source], [output], [values], T=_T[type_name], fft_length=length)


@st.composite
def _energy(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, size = Drawer(draw), draw(st.integers(1, 40))
    start, end = sorted([draw(st.integers(0, size)), draw(st.integers(0, size))])
    source, output = _add(drawer, (2 * size,), type_name), _add(drawer, (size,), "uint32")
    values = _values(drawer, (2 * size,), type_name)
    return _case(drawer, "SIGNAL_ENERGY", [source], [output], [values], start_index=start, end_index=end)


@st.composite
def _filter_bank(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, channels, size = Drawer(draw), draw(st.integers(1, 9)), draw(st.integers(8, 60))
    widths = drawer.random.integers(0, 8, channels + 1)
    starts = [int(drawer.random.integers(0, size - width + 1)) for width in widths]
    firsts = np.cumsum([0, *widths[:-1]])
    count = max(1, int(widths.sum()))
    tables = [drawer.random.integers(-(2**12), 2**12, count) for _ in range(2)]
    constants = [drawer.net.constant(np.array(one, np.int16)) for one in (*tables, starts, firsts, widths)]
    inputs, output = [_add(drawer, (size,), type_name), *constants], _add(drawer, (channels,), "uint64")
    values = _values(drawer, (size,), type_name)
    return _case(drawer, "SIGNAL_FILTER_BANK", inputs, [output], [values], num_channels=channels)


@st.composite
def _square_root(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, size = Drawer(draw), draw(st.integers(1, 40))
    inputs = [_add(drawer, (size,), type_name), _add(drawer, (), "int32")]
    values = _values(drawer, (size,), type_name)
    if draw(st.booleans()):
        roots = drawer.random.integers(0, 2**32, size, dtype=np.uint64)
        values = roots * roots + drawer.random.integers(0, 3, size, dtype=np.uint64)
    bits = np.array(draw(st.integers(0, 31)), np.int32)
    output = _add(drawer, (size,), "uint32")
    return _case(drawer, "SIGNAL_FILTER_BANK_SQUARE_ROOT", inputs, [output], [values, bits])


@st.composite
def _spectral_subtraction(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, size, bits = Drawer(draw), draw(st.integers(1, 12)), draw(st.integers(4, 14))
    shares = {
        name: draw(st.integers(0, 2**bits))
        for name in (
            "alternate_one_minus_smoothing",
            "alternate_smoothing",
            "one_minus_smoothing",
            "smoothing",
            "min_signal_remaining",
        )
    }
    options: dict[str, OptionValue] = {
        **shares,
        "clamping": draw(st.booleans()),
        "num_channels": size,
        "smoothing_bits": draw(st.integers(0, 12)),
        "spectral_subtraction_bits": bits,
    }
    source = _add(drawer, (size,), type_name)
    outputs = [_add(drawer, (size,), "uint32") for _ in range(2)]
    values = _values(drawer, (size,), type_name)
    return _case(drawer, "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION", [source], outputs, [values], **options)


@st.composite
def _pcan(draw: DrawFn, type_name: TensorType) -> Case:
    """Draw gains that fall as the estimate rises, with parabolas of small coefficients."""
    drawer, size = Drawer(draw), draw(st.integers(1, 40))
    gains = drawer.random.integers(-(2**9), 2**9, 125)
    gains[:3], gains[6::4] = drawer.random.integers(0, 2**15, 3), drawer.random.integers(2**12, 2**14, 30)
    constant = drawer.net.constant(gains.astype(np.int16))
    inputs = [_add(drawer, (size,), type_name) for _ in range(2)]
    output = _add(drawer, (size,), type_name)
    values = [_values(drawer, (size,), type_name) for _ in range(2)]
    shift = draw(st.integers(0, 20))
    return _case(drawer, "SIGNAL_PCAN", [*inputs, constant], [output], values, snr_shift=shift)


@st.composite
def _filter_bank_log(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, size = Drawer(draw), draw(st.integers(1, 200))
    source, output = _add(drawer, (size,), type_name), _add(drawer, (size,), "int16")
    bits, scale = draw(st.integers(0, 6)), draw(st.integers(0, 4096))
    values = _values(drawer, (size,), type_name)
    return _case(
        drawer,
        "SIGNAL_FILTER_BANK_LOG",
        [source],
        [output],
        [values],
        input_correction_bits=bits,
        output_scale=scale,
    )


@st.composite
def _framer(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, step, frames = Drawer(draw), draw(st.integers(1, 8)), draw(st.integers(1, 3))
    size = step + draw(st.integers(0, 12))
    shape = _rows(drawer, step * frames)
    source, output = _add(drawer, shape, type_name), _add(drawer, (*shape[:-1], frames, size), type_name)
    values = _values(drawer, shape, type_name)
    return _case(
        drawer,
        "SIGNAL_FRAMER",
        [source],
        [output, _add(drawer, (), "bool")],
        [values],
        frame_size=size,
        frame_step=step,
        prefill=True,
    )


@st.composite
def _stacker(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, channels, left = Drawer(draw), draw(st.integers(1, 8)), draw(st.integers(0, 4))
    source, output = _add(drawer, (channels,), type_name), _add(drawer, (channels * (left + 1),), type_name)
    values = _values(drawer, (channels,), type_name)
    return _case(
        drawer,
        "SIGNAL_STACKER",
        [source],
        [output, _add(drawer, (), "bool")],
        [values],
        num_channels=channels,
        stacker_left_context=left,
        stacker_right_context=0,
        stacker_step=1,
    )


@st.composite
def _delay(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, length = Drawer(draw), draw(st.integers(0, 20))
    shape = _rows(drawer, draw(st.integers(1, 12)))
    source, output = _add(drawer, shape, type_name), _add(drawer, shape, type_name)
    return _case(
        drawer, "SIGNAL_DELAY", [source], [output], [_values(drawer, shape, type_name)], delay_length=length
    )


@st.composite
def _overlap_add(draw: DrawFn, type_name: TensorType) -> Case:
    drawer, step, frames = Drawer(draw), draw(st.integers(1, 8)), draw(st.integers(1, 3))
    outer = draw(st.sampled_from([(), (1,), (3,)]))
    shape = (*outer, frames, step + draw(st.integers(0, 12)))
    source, output = _add(drawer, shape, type_name), _add(drawer, (*outer, frames * step), type_name)
    values = _values(drawer, shape, type_name)
    return _case(drawer, "SIGNAL_OVERLAP_ADD", [source], [output], [values], T=_T[type_name], frame_step=step)


KEEPING: dict[str, Layers] = {
    "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION": _spectral_subtraction,
    "SIGNAL_FRAMER": _framer,
    "SIGNAL_STACKER": _stacker,
    "SIGNAL_DELAY": _delay,
    "SIGNAL_OVERLAP_ADD": _overlap_add,
}
"""Layers of operators that keep values between inferences."""

SIGNALS: dict[str, Layers] = {
    "SIGNAL_WINDOW": _window,
    "SIGNAL_FFT_AUTO_SCALE": _fft_auto_scale,
    "SIGNAL_RFFT": _rfft,
    "SIGNAL_IRFFT": _irfft,
    "SIGNAL_ENERGY": _energy,
    "SIGNAL_FILTER_BANK": _filter_bank,
    "SIGNAL_FILTER_BANK_SQUARE_ROOT": _square_root,
    "SIGNAL_PCAN": _pcan,
    "SIGNAL_FILTER_BANK_LOG": _filter_bank_log,
    **KEEPING,
}
