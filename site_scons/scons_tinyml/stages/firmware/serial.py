"""Serial output of firmware: port and pin of the chip, and the divider for 115200 baud."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.records.board import Board, SerialOutput
from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.firmware.clock import ClockPlan
from scons_tinyml.stages.firmware.families import clock_plan, family
from scons_tinyml.stages.firmware.serial_ports import SerialPorts, Uart

BAUD = 115_200


@dataclass(frozen=True)
class SerialPlan:
    """Parameters of the code that sends."""

    ports: SerialPorts
    name: str
    port: Uart
    clock: ClockPlan
    pin_port: int
    """Number of the GPIO port, from 0."""
    pin: int
    alternate_function: int | None

    @property
    def divider(self) -> int:
        """Divider of the port's clock, in the port's own units."""
        return round(self.clock.bus_hz(self.port.bus) * self.port.divider_units / BAUD)

    @property
    def pin_start(self) -> int:
        """Address of the GPIO port's registers; ports are 1 KiB apart."""
        return self.ports.pins + 0x400 * self.pin_port

    @property
    def pin_enable_bit(self) -> int:
        """Bit that enables the clock of the GPIO port."""
        return self.ports.pin_enable.bit + self.pin_port


def serial_plan(board: Board) -> SerialPlan:
    """Return the serial output of `board`. Raises RecordError when the board or its chip family has none."""
    found, clock, output = family(board), clock_plan(board), board.serial
    if output is None:
        raise _problem(board, "serial", "the board file names no serial output", "[serial] with port and tx")
    if found is None or clock is None:
        raise _problem(board, "devices", "the serial ports of a board without chip family are not known")
    ports: SerialPorts = found.SERIAL
    if output.port not in ports.ports:
        known = ", ".join(sorted(ports.ports))
        raise _problem(board, "serial.port", f"{board.devices} has no {output.port}", f"known are {known}")
    pin_port, pin = _pin(board, output, ports)
    if ports.numbered_functions != (output.alternate_function is not None):
        found_text = "is missing" if ports.numbered_functions else f"has no meaning on {board.devices}"
        raise _problem(board, "serial.alternate_function", found_text)
    port = ports.ports[output.port]
    return SerialPlan(ports, output.port, port, clock, pin_port, pin, output.alternate_function)


def _pin(board: Board, output: SerialOutput, ports: SerialPorts) -> tuple[int, int]:
    """Return the number of the port of the pin that sends, and of the pin in it."""
    known = {
        ports.pin_name.format(port=port, pin=pin): (number, pin)
        for number, port in enumerate(ports.pin_letters)
        for pin in range(ports.port_pins)
    }
    if output.tx not in known:
        raise _problem(board, "serial.tx", f"{board.devices} has no pin {output.tx}")
    return known[output.tx]


def _problem(board: Board, key: str, problem: str, hint: str | None = None) -> RecordError:
    return RecordError(problem, where=f"boards/{board.name}.toml", key=key, hint=hint)
