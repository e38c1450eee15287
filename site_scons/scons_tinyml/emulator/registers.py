"""Names of core registers."""

from __future__ import annotations

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean

_ALIASES = {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15}
_NUMBERS = {f"r{number}": number for number in range(16)} | _ALIASES


def register_number(name: str) -> int:
    """Return 0 to 15 for `name` 'r0' to 'r15', 'sp', 'lr' or 'pc'. Raises InputError."""
    if name.lower() not in _NUMBERS:
        raise InputError(f"'{name}' is not a register", hint=did_you_mean(name, _NUMBERS))
    return _NUMBERS[name.lower()]
