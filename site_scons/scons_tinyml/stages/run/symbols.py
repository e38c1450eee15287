"""Symbols of a network in an image with sources of its users, and errors for those that it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from scons_tinyml.emulator.image import Image
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.codegen.names import SHARED_ARENA


@dataclass(frozen=True)
class Places:
    """Addresses in an image: of the network's arena, of its functions, and of what is measured."""

    arena: int
    invoke: int
    reset: int | None
    """None when nothing calls it, or there is no state."""
    main: int | None


def network_places(image: Image, network: str) -> Places:
    """Return the places of the network with the C name `network`. Raises InputError where one is missing."""
    arenas = [name for name in (f"{network}_arena", SHARED_ARENA) if name in image.symbols]
    invoke = f"{network}_invoke"
    if invoke not in image.symbols:
        raise _missing(image, network, invoke, bool(arenas))
    if not arenas:
        raise _missing(image, network, f"{network}_arena", True)
    return Places(
        arena=image.symbols[arenas[0]],
        invoke=image.symbol(invoke),
        reset=image.symbols.get(f"{network}_reset"),
        main=image.symbols.get("main"),
    )


def named_place(image: Image, key: str, symbol: str) -> int:
    """Return the address of `symbol`, which the option `key` names. Raises InputError when there is none."""
    try:
        return image.symbol(symbol)
    except InputError as error:
        if not image.symbols:
            raise _stripped(image, symbol) from None
        hint = f"{error.hint}; a function that was inlined needs __attribute__((noinline))"
        raise InputError(error.problem, where=image.path, key=key, hint=hint) from None


def _missing(image: Image, network: str, symbol: str, is_linked: bool) -> InputError:
    if not image.symbols:
        return _stripped(image, symbol)
    if is_linked:
        problem = "its arena is there, but nothing calls it, or it was inlined into its caller"
        hint = f"call {symbol}() from main(), a task or an interrupt, and compile without -flto"
    else:
        problem = "nothing in the image calls it, so that the linker has left the network out"
        hint = f"include {network}.h, and call {symbol}() from main(), a task or an interrupt"
    return InputError(f"there is no symbol '{symbol}' in the image: {problem}", where=image.path, hint=hint)


def _stripped(image: Image, symbol: str) -> InputError:
    return InputError(
        f"there is no symbol '{symbol}' in the image: it has no symbols at all, so it was stripped",
        where=image.path,
        hint="link without -s and do not run strip: symbols take no flash",
    )
