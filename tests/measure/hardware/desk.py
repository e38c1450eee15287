"""Where boards are measured: what an image sent in the emulator, and the database before and after."""

from __future__ import annotations

import json
import shutil
import threading
from collections import deque
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.stages.measure.hardware import __main__ as hardware
from scons_tinyml.stages.measure.hardware import listen
from scons_tinyml.stages.measure.hardware.port import _SerialPort
from scons_tinyml.stages.measure.requests import HardwareRequest
from support.benches import Bench, make_bench
from support.board_player import Recording, played, record

RECORDED_S = 2.8


class Lab:
    """A bench with its images, what they sent, and rows of the emulator for the same trials."""

    def __init__(self, board: str, folder: Path) -> None:
        self.bench: Bench = make_bench(board, folder)
        self.bench.make_images()
        self.bench.measure_in_emulator()
        self.recording = listen_to(self.bench)


def listen_to(bench: Bench, image: str = "bench-1") -> Recording:
    """What one of the images of `bench` sends."""
    return record(bench.board, bench.manifest.parent / f"{image}.elf", RECORDED_S)


class Replayed:
    """A port whose time is that of a recording: it passes as lines are read, and a tenth of a second without one."""

    def __init__(self, recording: Recording) -> None:
        self.now_s = 0.0
        self._left = deque(recording)

    def read(self) -> bytes:
        """Return the next line if it comes within a tenth of a second."""
        until_s = self.now_s + 0.1
        if not self._left or self._left[0].at_s > until_s:
            self.now_s = until_s
            return b""
        heard = self._left.popleft()
        self.now_s = max(self.now_s, heard.at_s)
        return heard.data


class Desk:
    """Measures with a database of its own."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.bench = lab.bench
        self.costs, self.results = folder / "costs.sqlite3", folder / "results.json"
        shutil.copy(lab.bench.costs, self.costs)

    def measure_at(self, port: str, *, again: str | None = None) -> None:
        """Run the stage that listens."""
        ours = {"manifest": self.bench.manifest, "results": self.results, "costs": self.costs}
        hardware.main(HardwareRequest(**{**self.bench.request, **ours}, port=port, again=again))

    def measure(self, recording: Recording) -> None:
        """As `measure_at`, from a board that sends `recording`, at the times of that and without waiting for them."""
        port = Replayed(recording)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hardware, "open_port", lambda _: nullcontext(port))
            patch.setattr(listen, "time", SimpleNamespace(monotonic=lambda: port.now_s))
            self.measure_at("a port")

    def measure_unplugged(self, recording: Recording) -> None:
        """As `measure_at`, from a serial port that is gone after `recording`."""
        begin, read = threading.Event(), _SerialPort.read

        def first_read(port: _SerialPort) -> bytes:
            begin.set()  # a busy machine may take seconds to come here
            return read(port)

        with (
            pytest.MonkeyPatch.context() as patch,
            played(recording, unplugged=True, begin=begin) as port,
        ):
            patch.setattr(_SerialPort, "read", first_read)
            self.measure_at(port)

    def rows(self, evidence: str = "hardware") -> dict[str, CostRow]:
        """Rows of a class by kernel."""
        with CostDatabase.open(self.costs) as database:
            return {row.key.kernel: row for row in database.all_rows() if row.key.evidence == evidence}

    def refused(self) -> list[tuple[str, str]]:
        """Kernels without a row, and why."""
        content = json.loads(self.results.read_text())
        return [(one["kernel"], one["reason"]) for one in content["refused"]]
