"""Receive a board's results, one image after the other, until all trials have arrived."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scons_tinyml.stages.measure.hardware.collector import Believed, Collector
from scons_tinyml.stages.measure.hardware.manifest import ImageRecord, Manifest
from scons_tinyml.stages.measure.hardware.port import Port
from scons_tinyml.stages.measure.hardware.problems import BoardProblem, NothingHeard


@dataclass(frozen=True)
class Patience:
    """Time limits in seconds."""

    start_s: float
    """Limit for an image's banner, after flashing or the request to flash."""
    silence_s: float = 120.0
    """Limit for the next line: the duration of the slowest trial."""


UPLOADED = Patience(start_s=20.0)
BY_HAND = Patience(start_s=600.0)

Start = Callable[[ImageRecord], None]
"""Flashes an image, or requests that a person does."""


class Listener:
    """Receives the results of one board."""

    def __init__(self, manifest: Manifest, collector: Collector, port: Port, patience: Patience) -> None:
        self._manifest, self._collector = manifest, collector
        self._port, self._patience = port, patience
        self._received_bytes = 0
        self._last = "its start"

    def listen(self, start: Start) -> Iterator[Believed]:
        """Yield all wanted trials as they arrive. Raises BoardProblem."""
        for image in self._manifest.images:
            if self._collector.missing(image):
                start(image)
                yield from self._receive(image)

    def _receive(self, image: ImageRecord) -> Iterator[Believed]:
        """Yield trials until those of `image` are complete."""
        began_s = received_s = time.monotonic()
        self._received_bytes, lines = 0, self._collector.lines
        while self._collector.missing(image):
            data = self._port.read()
            now_s = time.monotonic()
            self._received_bytes += len(data)
            for believed in self._collector.feed(data, now_s):
                self._last = believed.image.trials[believed.measured.trial].name
                yield believed
            if self._collector.lines > lines:
                lines, received_s = self._collector.lines, now_s
            if self._collector.image is image:
                began_s = now_s
                self._check_silence(now_s - received_s)
            elif now_s - began_s > self._patience.start_s:
                raise self._not_started(image)

    def _check_silence(self, silence_s: float) -> None:
        if silence_s > self._patience.silence_s:
            raise BoardProblem(
                f"the board fell silent after {self._last}: what comes then faults, or never returns",
                hint="rows that were recorded stay; reset the board and try again, or leave the kernel out (kernels=)",
            )

    def _not_started(self, image: ImageRecord) -> NothingHeard:
        waited = f"in {self._patience.start_s:.0f} s"
        if not self._received_bytes:
            return NothingHeard(
                f"nothing came from the board {waited}",
                hint=f"is it the right port, does {image.name}.hex run on the board, is its TX wired to the adapter?",
            )
        if self._collector.image is not None:
            return NothingHeard(
                f"the board still runs {self._collector.image.name}, and not {image.name}",
                hint=f"flash {image.name}.hex",
            )
        return NothingHeard(
            f"{self._received_bytes:,} bytes came from the board {waited}, but no line that can be read",
            hint=f"either another program runs there (flash {image.name}.hex), or its clock is far from what its "
            "descriptor says, so that the speed of the port is wrong as well",
        )
