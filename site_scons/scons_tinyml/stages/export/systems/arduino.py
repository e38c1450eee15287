"""Arduino: a library. Its build system has no flags of libraries, so the sources have them as pragmas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.export.system import Exported, System, filled

_ARCHITECTURES: Mapping[str, tuple[str, ...]] = {
    "imxrt": ("teensy",),
    "nrf52": ("mbed_nano", "nrf52"),
    "ra4m1": ("renesas_uno", "renesas"),
    "rp2040": ("rp2040", "mbed_rp2040"),
    "rp2350": ("rp2040",),
    "samd21": ("samd",),
    "samd51": ("samd",),
    "stm32": ("stm32",),
}
"""Names of Arduino's cores by the beginning of a chip family's name: folders of their packages, as in an FQBN.

Teensyduino; Arduino mbed OS, Adafruit nRF52; Arduino renesas_uno; arduino-pico, Arduino mbed OS RP2040; Arduino and
Adafruit SAMD; STM32duino.
"""
_LONGEST_NAME = 63
"""Characters of a library's name, by Arduino's library specification, revision 2.2."""


def _files(exported: Exported) -> Mapping[str, str]:
    architectures = _architectures(exported.board)
    sketch = filled("arduino/sketch.ino.j2", exported)
    return {
        "library.properties": filled(
            "arduino/library.properties.j2",
            exported,
            architectures=architectures,
            short_name=exported.name[:_LONGEST_NAME],
        ),
        f"examples/{exported.name}/{exported.name}.ino": sketch,
    }


def _architectures(board: Any) -> str:
    """Return the names of Arduino's cores for the chip of `board`. Raises InputError if there is none."""
    family = board.devices or ""
    found = next((names for start, names in _ARCHITECTURES.items() if family.startswith(start)), None)
    if found is None:
        known = ", ".join(f"{name}*" if name == "stm32" else name for name in _ARCHITECTURES)
        named = f", whose family is '{family}'" if family else ", for which no 'devices' name a family"
        raise InputError(
            f"Arduino has no core for {board.part}{named}",
            where=f"boards/{board.name}.toml",
            key="devices",
            hint=f"there are cores for {known}; export=cmake and export=make are for every board",
        )
    return ",".join(found)


def _pragmas(level: str) -> tuple[str, ...]:
    """Return what the measured code was compiled with, on top of Arduino's -Os.

    GCC fixes the region of register allocation by the command line alone: -Os has another one than -O2. Two parameters
    that no pragma reaches, lengths of conditional instructions and of joined code, stay those of -Os.
    """
    return (level, "-ffp-contract=off", *(() if level == "-Os" else ("-fira-region=mixed",)))


SYSTEM = System(_files, _architectures, flags="none", pragmas=_pragmas, examples="examples/")
