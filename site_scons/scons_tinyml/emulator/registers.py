"""Names of core registers, and those that functions restore."""

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


def callee_saved_ids(*, has_fpu: bool) -> dict[str, int]:
    """Return Unicorn's ids of r4 to r11, sp, and of an FPU's s16 to s31, by name."""
    from unicorn import arm_const

    core = {f"r{number}": arm_const.UC_ARM_REG_R0 + number for number in range(4, 12)}
    fpu = {f"s{number}": arm_const.UC_ARM_REG_S0 + number for number in range(16, 32)}
    return core | {"sp": arm_const.UC_ARM_REG_SP} | (fpu if has_fpu else {})
