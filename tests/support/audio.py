"""A network from the samples of a microphone to features: the operators of TensorFlow Lite Micro's audio front end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scons_tinyml.stages.graph.ir import Graph
from support.tflite_builder import NetworkBuilder

SAMPLES, LENGTH, CHANNELS = 60, 64, 4
BITS, SUBTRACTION_BITS = 12, 14


def _gains() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Gains that fall with the root of the noise estimate, straight between powers of two."""
    ends = [min(2**14, 2**14 / 2 ** (bits / 2)) for bits in range(33)]
    found = [2**14, 2**14, 2**13]
    for low, high in pairwise(ends[2:]):
        found += [0, int(low), int(high - low) // 2, 0]
    return np.array((found + [0] * 128)[:125], np.int16)


def front_end() -> Graph:
    """Samples of int16 to logarithms of four channels, without their noise."""
    net = NetworkBuilder("front_end")
    source, windowed = (net.activation((1, SAMPLES), "int16") for _ in range(2))
    flat, scaled = (net.activation((SAMPLES,), "int16") for _ in range(2))
    bits, spectrum = net.activation((), "int32"), net.activation((LENGTH + 2,), "int16")
    energies, sums = net.activation((LENGTH // 2 + 1,), "uint32"), net.activation((CHANNELS,), "uint64")
    roots, clean, noise, gained = (net.activation((CHANNELS,), "uint32") for _ in range(4))
    features, output = net.activation((CHANNELS,), "int16"), net.activation((CHANNELS,), "float32")
    window = np.round(2**BITS * np.hanning(SAMPLES)).astype(np.int16)
    widths = np.array([6, 6, 6, 6, 6], np.int16)
    starts = np.array([1, 7, 13, 19, 25], np.int16)
    slope = np.tile(np.round(2**BITS * (np.arange(6) + 0.5) / 6), 5).astype(np.int16)
    tables = [slope, (2**BITS - slope).astype(np.int16), starts, starts - np.int16(1), widths]
    net.layer("SIGNAL_WINDOW", [source, net.constant(window)], [windowed], shift=BITS)
    net.layer("RESHAPE", [windowed, net.constant(np.array([SAMPLES], np.int32))], [flat], new_shape=[SAMPLES])
    net.layer("SIGNAL_FFT_AUTO_SCALE", [flat], [scaled, bits])
    net.layer("SIGNAL_RFFT", [scaled], [spectrum], T=7, fft_length=LENGTH)
    net.layer("SIGNAL_ENERGY", [spectrum], [energies], start_index=0, end_index=LENGTH // 2 + 1)
    net.layer("SIGNAL_FILTER_BANK", [energies, *map(net.constant, tables)], [sums], num_channels=CHANNELS)
    net.layer("SIGNAL_FILTER_BANK_SQUARE_ROOT", [sums, bits], [roots])
    net.layer(
        "SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION",
        [roots],
        [clean, noise],
        smoothing=409,
        one_minus_smoothing=15975,
        alternate_smoothing=983,
        alternate_one_minus_smoothing=15401,
        smoothing_bits=10,
        min_signal_remaining=819,
        spectral_subtraction_bits=SUBTRACTION_BITS,
        num_channels=CHANNELS,
        clamping=False,
    )
    net.layer("SIGNAL_PCAN", [clean, noise, net.constant(_gains())], [gained], snr_shift=6)
    net.layer("SIGNAL_FILTER_BANK_LOG", [gained], [features], input_correction_bits=3, output_scale=64)
    net.layer("CAST", [features], [output])
    return net.finish([source], [output])
