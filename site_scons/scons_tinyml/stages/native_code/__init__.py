"""The native code of the emulator, compiled for one core."""
