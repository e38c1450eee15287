"""Run a firmware image in the emulator and count its cycles.

FIRMWARE is any image for the board, not only one of ours: ELF, Intel HEX, or raw bytes that begin with a vector table.
It starts at reset. What it prints over semihosting, UART and ITM goes to stdout as it comes and is not mixed with
anything; the table of counts and the profile go to stderr. On a terminal, and where the variable CI is set, escape
codes are printed visibly, as \\x1b: firmware may be anybody's. Files and pipes get its bytes; --raw always writes them.

examples:
  tinyml run firmware.elf --board stm32l4
  tinyml run firmware.elf --board stm32l4 --from main --until done --profile
  tinyml run firmware.bin --board stm32l4 --symbols firmware.elf --profile-out profile
  tinyml run server.hex --board stm32l4r5 --script talk.txt > answers.txt
  tinyml run firmware.elf --board stm32l4 --no-timing --json counts.json

lines of a script:
  timeout 2 s           from here on an expect may take so long, in time of the board
  expect "ready\\r\\n"    run until the output has this
  send "name%"          bytes for the UART; \\n \\r \\t \\0 \\\\ \\" \\xHH as in C
  send hex 00 ff
  wait 10 ms            let time pass
  wait exit             let the firmware come to its end; else the run ends with the script
  pin PC13 low          give a pin a level from outside, until it gets another
  measure               begin to count here, in place of --from
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from scons_tinyml.cli.boards import find_board
from scons_tinyml.cli.output import add_project_option
from scons_tinyml.cli.run_report import as_json, print_outcome
from scons_tinyml.cli.screen import Screen
from scons_tinyml.emulator.image import Image, read_image
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.profile.files import profile_files
from scons_tinyml.emulator.script import read_script
from scons_tinyml.emulator.session import MAX_INSTRUCTIONS, Outcome, RunRequest, run_session
from scons_tinyml.records.errors import FirmwareExit, InputError, LimitReached
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import IMAGE_BYTES, RUN_SECONDS, SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.resources import version
from scons_tinyml.stages.files import write_json, write_text
from scons_tinyml.stages.native_code.prepare import prepare

_MOST = 10**15
"""Most instructions, cycles and seconds: the counters of the emulator have 64 bits."""
_ENDLESS = (
    "firmware that never ends needs --until PLACE; --max-instructions, --max-cycles and --max-seconds say when to "
    "give up"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("firmware", type=Path, metavar="FIRMWARE", help="ELF, Intel HEX or raw image")
    parser.add_argument("--board", required=True, metavar="NAME", help="of 'tinyml boards'")
    add_project_option(parser)
    image = parser.add_argument_group("image")
    image.add_argument(
        "--load-address",
        type=_address,
        metavar="ADDRESS",
        help="where a raw image lies (default: where the board's code does)",
    )
    image.add_argument("--symbols", type=Path, metavar="ELF", help="names and lines for an image without")
    ends = parser.add_argument_group("beginning and end, as NAME, NAME+OFFSET or ADDRESS")
    ends.add_argument("--from", dest="start", metavar="PLACE", help="count from here (default: from reset)")
    ends.add_argument("--until", action="append", default=[], metavar="PLACE", help="stop before this runs")
    ends.add_argument(
        "--max-instructions",
        type=_count,
        default=MAX_INSTRUCTIONS,
        metavar="N",
        help="give up after so many since reset (default: %(default)s)",
    )
    ends.add_argument("--max-cycles", type=_count, metavar="N", help="give up after so many since reset")
    ends.add_argument(
        "--max-seconds",
        type=_seconds,
        default=RUN_SECONDS,
        metavar="S",
        help="give up after so much time of this computer (default: %(default)s)",
    )
    parser.add_argument_group("chip").add_argument(
        "--unknown-devices",
        action="store_true",
        help="let reads of devices that the emulator does not know give 0; the result names them",
    )
    talk = parser.add_argument_group("UART input").add_mutually_exclusive_group()
    talk.add_argument("--input", type=Path, metavar="FILE", help="bytes to send, as they are")
    talk.add_argument("--script", type=Path, metavar="FILE", help="what to wait for and what to send then")
    results = parser.add_argument_group("results")
    results.add_argument("--raw", action="store_true", help="write its output as it is, to a terminal too")
    results.add_argument("--no-timing", action="store_true", help="count instructions only; much faster")
    results.add_argument("--profile", action="store_true", help="print what functions and source lines took")
    results.add_argument(
        "--profile-out",
        type=Path,
        metavar="DIR",
        help="write the profile: annotated disassembly, collapsed stacks, speedscope, JSON",
    )
    results.add_argument(
        "--json", type=Path, metavar="FILE", help="write the counts, and the profile if any, as JSON"
    )


def run(options: Namespace) -> None:
    """Run the image. Raises FirmwareFault, and FirmwareExit for an exit code other than 0."""
    _check(options)
    board = find_board(options.board, options.project)
    image = read_image(
        options.firmware,
        origin=board.regions("code")[0].origin,
        load_address=options.load_address,
        symbols=options.symbols,
    )
    if not options.no_timing:
        prepare(board.core)
    screen = Screen(raw=options.raw)
    request = _request(options, image, screen)
    machine = Machine(board, timing=not options.no_timing, unknown_devices=options.unknown_devices)
    machine.load_image(image, options.load_address)
    machine.on_output = screen.show
    if options.input is not None:
        machine.send(_bytes(options.input))
    outcome = run_session(machine, request)
    screen.finish()
    print_outcome(machine, outcome, request, sys.stderr, profile=options.profile)
    _write(options, machine, outcome)
    _leave(outcome, options.firmware)


def _check(options: Namespace) -> None:
    """Raise InputError for options that need cycles together with --no-timing."""
    wanted = {
        "--profile": options.profile,
        "--profile-out": options.profile_out is not None,
        "--max-cycles": options.max_cycles is not None,
    }
    for name, given in wanted.items():
        if given and options.no_timing:
            raise InputError(f"{name} needs the timing that --no-timing leaves out", where="command line")


def _request(options: Namespace, image: Image, screen: Screen) -> RunRequest:
    return RunRequest(
        measure_from=None if options.start is None else image.address(options.start),
        until=frozenset(image.address(place) for place in options.until),
        max_instructions=options.max_instructions,
        max_cycles=options.max_cycles,
        max_seconds=options.max_seconds,
        script=None if options.script is None else read_script(options.script),
        profile=options.profile or options.profile_out is not None,
        stop_when=lambda: screen.closed,
    )


def _bytes(path: Path) -> bytes:
    try:
        return read_input(path, IMAGE_BYTES)
    except OSError as error:
        raise InputError(f"the input cannot be read: {error.strerror}", where=path) from error


def _write(options: Namespace, machine: Machine, outcome: Outcome) -> None:
    if options.json is not None:
        write_json(options.json, as_json(machine, outcome))
    if options.profile_out is not None and outcome.profile is not None and machine.model is not None:
        files = profile_files(
            outcome.profile,
            machine.read,
            exporter=f"scons-tinyml {version()}",
            timing_model=machine.model.version,
        )
        for name, text in files.items():
            write_text(options.profile_out / name, text)
        written = ", ".join(str(options.profile_out / name) for name in files)
        print_wrapped(f"profile: {written}", sys.stderr)


def _leave(outcome: Outcome, firmware: Path) -> None:
    """Raise the error that decides the exit code, if there is one."""
    if isinstance(outcome.problem, LimitReached):
        raise LimitReached(outcome.problem.problem, where=outcome.problem.where, hint=_ENDLESS)
    if outcome.problem is not None:
        raise outcome.problem
    if outcome.reason == "interrupted":
        raise KeyboardInterrupt
    if outcome.exit_code:
        raise FirmwareExit(outcome.exit_code, where=firmware)


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        shown = shorten(repr(text), SHOWN_CHARACTERS)
        raise ArgumentTypeError(f"{shown} is not a number, such as 0x08000000") from None


def _address(text: str) -> int:
    number = _number(text)
    if not 0 <= number < 1 << 32:
        raise ArgumentTypeError(f"{shorten(text)} is not an address from 0 to 0xffffffff")
    return number


def _count(text: str) -> int:
    number = _number(text.replace(",", ""))
    if not 0 < number <= _MOST:
        raise ArgumentTypeError(f"{shorten(text)} is not from 1 to {_MOST:,}")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST:
        raise ArgumentTypeError(
            f"{shorten(text)} is not a number of seconds, more than 0 and up to {_MOST:,}"
        )
    return seconds
