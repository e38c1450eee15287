"""Names of pins, as the manuals of the chips have them.

PA0 (STM32, SAM), P0.13 (nRF), GPIO15 (RP2), GPIO1_IO12 (i.MX RT), P109 (RA).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

PIN_PATTERN = (
    r"^(P[A-K]([12]?[0-9]|3[01])|P[01]\.[0-9]{2}|P[0-9][01][0-9]|GPIO[0-9]{1,2}|GPIO[1-9]_IO[0-3][0-9])$"
)
PinName = Annotated[str, Field(pattern=PIN_PATTERN)]
PinLevel = Literal["low", "high"]
