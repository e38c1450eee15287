"""Devices of the emulated boards: those of the Arm core, and one file per chip family."""
