"""From bytes of a serial port to trusted trials: a state machine without port and clock.

Bytes before a complete banner are ignored. Each trial is returned once, after the board's clock was found
correct. A lost line comes again in the next round. After a reset the clock is checked again. The digest in
the banner identifies the image, so images may come in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scons_tinyml.stages.measure.hardware.clock import Reading, is_off, measured_hz
from scons_tinyml.stages.measure.hardware.firmware import PROTOCOL, VERSION
from scons_tinyml.stages.measure.hardware.manifest import ImageRecord, Manifest
from scons_tinyml.stages.measure.hardware.problems import (
    BoardProblem,
    OtherFirmware,
    clock_off,
    counter_stopped,
)
from scons_tinyml.stages.measure.hardware.protocol import (
    Banner,
    ClockReading,
    Measured,
    RoundEnd,
    Unknown,
    parse_line,
)

LONGEST_LINE_BYTES = 4096
STOPPED_S = 1.0
"""Seconds after which an unchanged counter counts as stopped; all rounds send lines more often."""
MAX_ROUNDS = 20
"""Rounds after which a missing trial is an error."""


@dataclass(frozen=True)
class Believed:
    """A trial of an image, measured at the correct clock."""

    image: ImageRecord
    measured: Measured


@dataclass
class _Session:
    """Messages since a board last started an image."""

    image: ImageRecord
    round: int
    first_round: int
    readings: list[Reading] = field(default_factory=list)
    moved_at_s: float = 0.0
    """Time at which the counter last changed."""
    trusted: bool = False
    waiting: dict[int, Measured] = field(default_factory=dict)


class Collector:
    """Collects results of the images of `manifest`. `wanted` has numbers of trials by image digest."""

    def __init__(self, manifest: Manifest, wanted: Mapping[str, set[int]]) -> None:
        self._manifest = manifest
        self._images = {image.digest: image for image in manifest.images}
        self._missing = {digest: set(numbers) for digest, numbers in wanted.items()}
        self._buffer = b""
        self._session: _Session | None = None
        self.lines = 0
        """Number of complete lines of this firmware so far."""
        self.damaged = 0
        """Number of unreadable lines so far."""

    @property
    def image(self) -> ImageRecord | None:
        """The image that runs on the board, None while it is unknown."""
        return self._session.image if self._session else None

    def missing(self, image: ImageRecord) -> set[int]:
        """Return the numbers of wanted trials of `image` that have not arrived yet."""
        return self._missing.get(image.digest, set())

    @property
    def finished(self) -> bool:
        """True when no trial is missing."""
        return not any(self._missing.values())

    def feed(self, data: bytes, at_s: float) -> Iterator[Believed]:
        """Process bytes that arrived at `at_s` seconds of any steady clock; yield trials.

        Raises BoardProblem.
        """
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[-LONGEST_LINE_BYTES:]
        for line in lines:
            yield from self._line(line.rstrip(b"\r"), at_s)

    def _line(self, line: bytes, at_s: float) -> Iterator[Believed]:
        message = parse_line(line)
        if message is None:
            self.damaged += 1
            return
        if isinstance(message, Unknown):
            raise OtherFirmware(
                f"the board sends lines of another firmware: {message.text[:80]}", hint=self._wanted_text()
            )
        self.lines += 1
        if isinstance(message, Banner):
            self._banner(message)
        elif self._session is not None:
            yield from self._of_session(self._session, message, at_s)

    def _of_session(
        self, session: _Session, message: ClockReading | Measured | RoundEnd, at_s: float
    ) -> Iterator[Believed]:
        if isinstance(message, ClockReading):
            self._clock(session, Reading(at_s, message.cycles))
        elif isinstance(message, Measured):
            session.waiting[message.trial] = self._checked(session.image, message)
        elif session.trusted and message.round - session.first_round >= MAX_ROUNDS:
            self._give_up(session)
        if session.trusted:
            yield from self._hand_out(session)

    def _hand_out(self, session: _Session) -> Iterator[Believed]:
        missing = self.missing(session.image)
        for number, measured in session.waiting.items():
            if number in missing:
                missing.discard(number)
                yield Believed(session.image, measured)
        session.waiting.clear()

    def _banner(self, banner: Banner) -> None:
        self._refuse_others(banner)
        session = self._session
        image = self._images[banner.image]
        if session is None or session.image is not image or banner.round <= session.round:
            self._session = _Session(image, banner.round, banner.round)
        else:
            session.round = banner.round

    def _refuse_others(self, banner: Banner) -> None:
        if banner.protocol != PROTOCOL or banner.firmware != VERSION:
            found = f"firmware {banner.firmware or '?'} (lines of version {banner.protocol}), not {VERSION}"
        elif banner.board != self._manifest.board:
            found = f"firmware for the board {banner.board}, not {self._manifest.board}"
        elif banner.image not in self._images:
            found = f"the image {banner.image}, which is none of this network's"
        elif (banner.clock_hz, banner.trials) != self._expected(self._images[banner.image]):
            found = f"the image {banner.image} with another clock or number of trials"
        else:
            return
        raise OtherFirmware(f"the board runs {found}", hint=self._wanted_text())

    def _expected(self, image: ImageRecord) -> tuple[int, int]:
        return self._manifest.clock_hz, len(image.trials)

    def _wanted_text(self) -> str:
        names = [image.name for image in self._manifest.images if self.missing(image)]
        return f"flash {' or '.join(f'{name}.hex' for name in names)} and reset the board"

    def _clock(self, session: _Session, reading: Reading) -> None:
        readings = session.readings
        if readings and reading.cycles < readings[-1].cycles:
            self._session = None  # a reset whose banner was lost
            return
        if not readings or reading.cycles != readings[-1].cycles:
            session.moved_at_s = reading.at_s
        elif reading.at_s - session.moved_at_s >= STOPPED_S:
            raise counter_stopped(reading.cycles, reading.at_s - session.moved_at_s)
        readings.append(reading)
        if not session.trusted:
            clock_hz = measured_hz(readings, self._manifest.clock_hz)
            if clock_hz is not None and is_off(clock_hz, self._manifest.clock_hz):
                raise clock_off(clock_hz, self._manifest.clock_hz)
            session.trusted = clock_hz is not None

    def _checked(self, image: ImageRecord, measured: Measured) -> Measured:
        """Return `measured` if it is a trial of `image`. Raises OtherFirmware."""
        if 0 <= measured.trial < len(image.trials):
            trial = image.trials[measured.trial]
            if (trial.layer, trial.kernel) == (measured.layer, measured.kernel):
                return measured
        raise OtherFirmware(
            f"trial {measured.trial} of the image {image.digest} is {measured.kernel} on layer {measured.layer}, "
            "which it should not be",
            hint=self._wanted_text(),
        )

    def _give_up(self, session: _Session) -> None:
        names = [session.image.trials[number].name for number in sorted(self.missing(session.image))]
        if names:
            raise BoardProblem(
                f"the lines of {', '.join(names)} never came whole in {MAX_ROUNDS} rounds",
                hint="the serial line is too noisy: try another cable or adapter",
            )
