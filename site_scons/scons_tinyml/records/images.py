"""Kinds of images, and of arenas in them."""

from __future__ import annotations

IMAGES = ("network", "application")
"""A network with our main; or sources of users, or several networks, with any main, tasks and interrupts."""

ARENAS = ("own", "shared")
"""Arenas of a network: its own, or one that all networks of a firmware share."""
