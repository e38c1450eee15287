"""Commit of this package: that of the checkout, or the one that the wheel was built from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]
_IN_WHEEL = _PACKAGE / "data" / "revision"
_DIGITS = 7
_MOST_LINKS = 5


def revision() -> str:
    """Return the commit, such as 'g78ad7a2', with '.dirty' for changed modules in a checkout; '' if unknown."""
    if _IN_WHEEL.is_file():
        return _IN_WHEEL.read_text(encoding="ascii").strip()
    return revision_of(_CHECKOUT)


def revision_of(checkout: Path) -> str:
    """Return the commit of the folder `checkout`, in the form of `revision`."""
    found = commit(checkout)
    return f"g{found[:_DIGITS]}{'.dirty' if _is_changed(checkout) else ''}" if found else ""


@cache
def commit(checkout: Path = _CHECKOUT) -> str:
    """Return the hexadecimal name of the commit of a checkout, '' if there is none. It only reads small files."""
    try:
        folder = _git_folder(checkout)
        return _resolve(folder, (folder / "HEAD").read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return ""


def _git_folder(checkout: Path) -> Path:
    """Return git's folder for this checkout. In a worktree, `.git` is a file with its path."""
    path = checkout / ".git"
    if path.is_dir():
        return path
    return checkout / path.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")


def _resolve(folder: Path, text: str) -> str:
    """Return the commit that `text`, the content of HEAD or of another reference, stands for; '' if there is none."""
    for _ in range(_MOST_LINKS):
        if not text.startswith("ref: "):
            int(text, 16)
            return text
        text = _reference(folder, text.removeprefix("ref: "))
    return ""


def _reference(folder: Path, name: str) -> str:
    common = folder / "commondir"
    shared = folder / common.read_text(encoding="utf-8").strip() if common.is_file() else folder
    for place in (folder / name, shared / name):
        if place.is_file():
            return place.read_text(encoding="ascii").strip()
    for line in (shared / "packed-refs").read_text(encoding="utf-8").splitlines():
        found, _, packed = line.partition(" ")
        if packed == name:
            return found
    return ""


@cache
def _is_changed(checkout: Path) -> bool:
    """Return whether modules differ from the commit's; false where git is missing or fails."""
    import subprocess

    command = ["git", "-C", str(checkout), "--no-optional-locks", "status", "--porcelain", "--", "site_scons"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return False
    return bool(done.stdout)
