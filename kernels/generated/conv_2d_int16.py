"""CONV_2D and FULLY_CONNECTED with int16 activations and int8 weights, on any core, byte for byte the oracle's.

Cores with the DSP extension take two products at a time; weights stay bytes in flash, and become pairs in registers.
"""

from __future__ import annotations

from _int16_convolution import Int16Convolutions
from _int16_layer import int16_layer

TAKES = ("CONV_2D int16", "FULLY_CONNECTED int16")

GENERATOR = Int16Convolutions("int16", int16_layer)
