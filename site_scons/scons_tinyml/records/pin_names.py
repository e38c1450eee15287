"""Names of pins, as the manuals of the chips have them: PA0 (STM32), P0.13 (nRF), GPIO15 (RP2040)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

PIN_PATTERN = r"^(P[A-K](1[0-5]|[0-9])|P[01]\.[0-9]{2}|GPIO[0-9]{1,2})$"
PinName = Annotated[str, Field(pattern=PIN_PATTERN)]
PinLevel = Literal["low", "high"]
