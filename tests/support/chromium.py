"""A headless Chromium that is driven through its pipe: no port, no driver, no network.

Protocol: https://chromedevtools.github.io/devtools-protocol; with --remote-debugging-pipe messages are JSON with a zero
byte behind each, on the descriptors 3 (to the browser) and 4.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium-headless-shell", "chromium")
_OPTIONS = (
    *("--headless", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-default-browser-check",
    ),
    *("--force-color-profile=srgb", "--disable-extensions", "--disable-dev-shm-usage"),
    "--disable-audio-output",  # a machine without sound keeps clocks of sounds waiting for seconds
)


def find_chromium() -> str | None:
    """Return the path of a Chromium, None where there is none. A snap cannot read our files, and does not count."""
    found = (shutil.which(name) for name in PROGRAMS)
    return next((path for path in found if path and "/snap/" not in str(Path(path).resolve())), None)


class Browser:
    """One page of a browser. `events` has what it told since the last page was opened, in order."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out, self._in = to_browser, from_browser
        self._rest, self._number, self._session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a command. Raises RuntimeError for an error."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, page: Path | str, *, width: int, theme: str = "light", scripts: bool = True) -> None:
        """Show `page`, a file or an address, in a window of `width` pixels, as high as it; wait until it is loaded."""
        self.events.clear()
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._look(theme)
        self._resize(width, 800)
        self.call("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())
        self.fit(width)

    def fit(self, width: int) -> None:
        """Make the window as high as the page."""
        self._resize(width, self.call("Page.getLayoutMetrics")["cssContentSize"]["height"])

    def _look(self, theme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": theme}
        self.call("Emulation.setEmulatedMedia", media="", features=[feature])

    def _resize(self, width: int, height: float) -> None:
        size = {"width": width, "height": round(height), "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of JavaScript. Raises RuntimeError for an exception."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "exception"))
        return answer["result"].get("value")

    def contrast(self) -> dict[str, Any]:
        """Return the number of texts that were `seen`, and of those with too little contrast what was `found`."""
        return self.evaluate(Path(__file__).with_name("contrast.js").read_text(encoding="utf-8"))

    def screenshot(self, path: Path) -> None:
        """Write the whole page as a PNG file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> list[str]:
        """Return errors of scripts, of the page's policy, and all else that the console says."""
        texts = {
            "Runtime.exceptionThrown": lambda event: event["exceptionDetails"]["text"],
            "Runtime.consoleAPICalled": lambda event: f"console.{event['type']}",
            "Log.entryAdded": lambda event: event["entry"]["text"],
        }
        return [
            texts[event["method"]](event["params"]) for event in self.events if event.get("method") in texts
        ]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for, itself first."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._in, 1 << 16)
            if not data:
                raise RuntimeError("the browser has ended")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser(program: str, folder: Path) -> Iterator[Browser]:
    """Start `program` with its files in `folder`, and end it afterwards."""
    to_browser, from_us = _pipe()
    from_browser, to_us = _pipe()
    command = [program, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # its sandbox refuses root, and the pages are our own
    actions = [
        *((os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_RDWR, 0) for one in (0, 1, 2)),
        *((os.POSIX_SPAWN_DUP2, end, number) for end, number in ((to_browser, 3), (to_us, 4))),
    ]
    process = os.posix_spawn(program, command, os.environ, file_actions=actions)
    os.close(to_browser)
    os.close(to_us)
    try:
        yield Browser(from_us, from_browser)
    finally:
        os.close(from_us)
        os.close(from_browser)
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


def _pipe() -> tuple[int, int]:
    """Return the ends of a pipe, with numbers above those that the browser gets."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]
