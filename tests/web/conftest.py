"""Pages of small networks, which a browser opens and has checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.stages.web.entries import Sound
from scons_tinyml.stages.web.page import page
from support.chromium import Browser
from support.networks import drawn_int8, remembering
from support.web import WebNetwork

CHECKED = "document.documentElement.dataset.check"
WAIT = f"""new Promise((done) => {{
  const look = () => {CHECKED} ? done({CHECKED}) : setTimeout(look, 5);
  look();
}})"""
Show = Callable[..., Path]


@pytest.fixture(scope="session")
def drawn() -> WebNetwork:
    """A network of pictures that are drawn."""
    found = WebNetwork.of(drawn_int8(), count=4)
    assert found.module
    return found


@pytest.fixture(scope="session")
def heard() -> WebNetwork:
    """A network with a state, as of a sound."""
    return WebNetwork.of(remembering(), count=4)


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Show:
    """Return a function that opens the page of a network, waits for its check, and returns the file."""

    def opened(network: WebNetwork, *, width: int = 1280, theme: str = "light", **changes: Any) -> Path:
        path = tmp_path / "web.html"
        path.write_text(page(network.contents(**changes)), encoding="utf-8")
        chromium.open(path, width=width, theme=theme)
        chromium.evaluate(WAIT)
        return path

    return opened


@pytest.fixture
def sound() -> Sound:
    """The input of `heard` as a window of a sound."""
    return Sound(samples=6, rate_hz=16_000, stride=6)
