"""Pseudo-terminals in place of serial ports. Tests that need them skip on systems without."""

from __future__ import annotations

import os
import pty
import tty

import pytest


def open_port() -> tuple[int, int, str]:
    """Return both ends of a line that changes no byte, and the name of the second, the port."""
    try:
        board, port = pty.openpty()
        tty.setraw(port)
        return board, port, os.ttyname(port)
    except OSError as error:
        pytest.skip(f"this system has no pseudo-terminals: {error}")
