"""Bytes of groups of parts as a treemap, in which each part is a block with its name, size and use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scons_tinyml.reports.cells import figure
from scons_tinyml.reports.page.svg import cut, drawing, share, tag
from scons_tinyml.reports.page.treemap import Place, places

_HEIGHT = 440
_ASPECT = 2.2
_WIDTHS = {"wide": 976, "narrow": 328}
"""Pixels of the picture on a wide and a narrow screen."""
_LETTER = 7.3
"""Pixels of a letter."""
_FEWEST_LETTERS = 6
_LEAST_SHARE = 0.0008
"""Part of the picture below which a block is too small to be seen; it counts as small."""


@dataclass(frozen=True)
class Block:
    """A block with its size in bytes, and words on its use."""

    name: str
    size: int
    words: str = ""


@dataclass(frozen=True)
class Group:
    """Blocks that lie together, the largest first, in one colour."""

    title: str
    style: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """Bytes of all blocks."""
        return sum(block.size for block in self.blocks)


def visible_blocks(blocks: Sequence[Block], whole: int) -> tuple[Block, ...]:
    """Return `blocks` of a picture of `whole` bytes, the largest first; those too small to be seen are one."""
    seen = [block for block in blocks if block.size >= _LEAST_SHARE * whole]
    small = [block.size for block in blocks if block.size < _LEAST_SHARE * whole]
    if small:
        seen.append(Block(f"{len(small)} small symbol{'' if len(small) == 1 else 's'}", sum(small)))
    return tuple(sorted(seen, key=lambda block: -block.size))


def of_whole(size: int, whole: int) -> str:
    """Return '3.0 KiB (10.0 %)'."""
    return f"{figure(size, 'bytes')} ({figure(size / whole, 'share')})"


def treemap(groups: Sequence[Group], whole: int, *, title: str, text: str, name: str) -> Markup:
    """Return the treemap of `groups`, which are of an image of `whole` bytes."""
    parts: list[Markup] = []
    ordered = sorted(groups, key=lambda group: -group.size)
    outer = places([group.size for group in ordered], Place(0, 0, 1, 1), _ASPECT)
    for group, place in zip(ordered, outer, strict=True):
        inner = places([block.size for block in group.blocks], place, _ASPECT)
        for number, (block, at) in enumerate(zip(group.blocks, inner, strict=True)):
            head = f"{group.title} {figure(group.size, 'bytes')}" if number == 0 else None
            parts.append(_box(block, at, group, head, whole))
        parts.append(_frame(place))
    return drawing(parts, height=_HEIGHT, title=title, text=text, name=name)


def _frame(place: Place) -> Markup:
    """Return the line around a group."""
    return tag(
        "rect",
        x=share(place.x),
        y=place.y * _HEIGHT,
        width=share(place.width),
        height=place.height * _HEIGHT,
        class_="frame",
    )


def _box(block: Block, at: Place, group: Group, title: str | None, whole: int) -> Markup:
    words = f"{block.name}: {of_whole(block.size, whole)}{', ' if block.words else ''}{block.words}"
    inside = [
        tag("rect", tag("title", words), width="100%", height="100%", class_=f"block {group.style}"),
        *_labels(block, at, title),
    ]
    return cut(*inside, x=share(at.x), y=at.y * _HEIGHT, width=share(at.width), height=at.height * _HEIGHT)


def _labels(block: Block, at: Place, title: str | None) -> Iterator[Markup]:
    """Yield the lines that have room: some for wide screens, others for narrow ones."""
    lines = [(title, "strong ")] if title else []
    size = f"{figure(block.size, 'bytes')}{' · ' if block.words else ''}{block.words}"
    lines += [(block.name, ""), (size, "")]
    room = max(0, int((at.height * _HEIGHT - 4) // 16))
    for screen, pixels in _WIDTHS.items():
        letters = int((at.width * pixels - 12) / _LETTER)
        for number, (words, style) in enumerate(lines[:room] if letters >= _FEWEST_LETTERS else ()):
            shown = words if len(words) <= letters else f"{words[: letters - 1]}…"
            yield tag("text", shown, x=7, y=17 + 16 * number, class_=f"{style}inside small {screen}")
