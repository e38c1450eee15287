"""SIGNAL_RFFT: spectra of rows of real numbers."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.signal.fourier import Fourier


class SignalRfft(Fourier):
    """Rows that are shorter than the transform are followed by zeros."""

    name = "SIGNAL_RFFT"
    custom_code = "SignalRfft"
    inverse = False


OPERATOR = SignalRfft()
