"""Kinds of images, and of arenas in them."""

from __future__ import annotations

IMAGES = ("network", "application")
"""A network with our main; or sources of users, or several networks, with any main, tasks and interrupts."""

SCOPES = ("image", "library")
"""Scopes of the limits of flash and RAM: the whole image, or what the library of its networks adds to one."""

ARENAS = ("own", "shared")
"""Arenas of a network: its own, or one that all networks of a firmware share."""
