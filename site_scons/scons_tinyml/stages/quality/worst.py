"""Order of the layers by what they lose, and the types to try there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scons_tinyml.records.quality import Alternative, LayerQuality
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.quality.request import MOST_LAYERS
from scons_tinyml.stages.quantize.integer import Types

WIDE_BITS = 16


def worst_first(layers: Sequence[LayerQuality]) -> list[LayerQuality]:
    """Return the layers that are compared, those that lose most by themselves first, then the others."""
    return sorted(layers, key=lambda one: (_alone_db(one) is None, _alone_db(one) or 0.0, one.layer))


def _alone_db(layer: LayerQuality) -> float | None:
    return layer.snr_db if layer.own_snr_db is None else layer.own_snr_db


def alternatives(layers: Sequence[LayerQuality], original: Graph, types: Types) -> Iterator[Alternative]:
    """Yield what to try, of a network in `types`, without any result: other types for the worst layers, and for all.

    A layer of 16 bits is tried with the layers that read it: for another reader its values would be rounded to 8 bits.
    A network whose activations have 16 bits is tried with float layers alone.
    """
    names = {layer.name: layer for layer in original.layers}
    is_wide = types.activation_bits == WIDE_BITS
    tried = [
        one.float_layer
        for one in worst_first(layers)
        if one.snr_db is not None and one.float_layer in names and one.float_layer not in types.keep_float
    ]
    for name in tried[:MOST_LAYERS]:
        assert name is not None
        read = [one.name for one in original.layers if set(one.inputs) & set(names[name].outputs)]
        if not is_wide:
            yield _untried("int16", types, (name, *(one for one in read if one not in types.keep_float)))
        yield _untried("float", types, (name,))
    if not is_wide:
        yield _untried("int16x8", replace(types, activation_bits=WIDE_BITS, keep_int16=()), ())


def _untried(kind: str, types: Types, layers: tuple[str, ...]) -> Alternative:
    wide, in_float = (layers if kind == one else () for one in ("int16", "float"))
    return Alternative(
        kind=kind,  # type: ignore[arg-type] # checked by the record
        layers=layers,
        activation_bits=types.activation_bits,  # type: ignore[arg-type] # likewise
        keep_float=tuple(dict.fromkeys((*types.keep_float, *in_float))),
        keep_int16=tuple(dict.fromkeys(one for one in (*types.keep_int16, *wide) if one not in in_float)),
        output_snr_db=None,
        metric=None,
        absent=None,
    )
