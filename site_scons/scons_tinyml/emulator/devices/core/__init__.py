"""Devices of the Arm core: the private peripheral bus of ARMv6-M, ARMv7-M and ARMv8-M.

Section numbers are those of the ARMv7-M Architecture Reference Manual (DDI 0403E) where no other manual is
named.
"""
