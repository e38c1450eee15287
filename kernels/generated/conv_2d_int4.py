"""CONV_2D and FULLY_CONNECTED with int8 activations and int4 weights, on any core, byte for byte the oracle's.

Weights stay halves of bytes in flash, and become pairs in registers. Activations are copied into scratch as int16.
"""

from __future__ import annotations

from _int16_convolution import Int16Convolutions
from _int16_layer import int4_layer

TAKES = ("CONV_2D int4", "FULLY_CONNECTED int4")

GENERATOR = Int16Convolutions("int4", int4_layer)
