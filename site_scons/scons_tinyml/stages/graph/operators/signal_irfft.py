"""SIGNAL_IRFFT: rows of real numbers from their spectra."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.fourier import Fourier


class SignalIrfft(Fourier):
    """Results of floats are divided by the length of the transform; those of integers by the radix of each stage."""

    name = "SIGNAL_IRFFT"
    custom_code = "SignalIrfft"
    inverse = True


OPERATOR = SignalIrfft()
