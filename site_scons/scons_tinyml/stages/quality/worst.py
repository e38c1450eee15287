"""Order of the layers by what they lose, and the types to try there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scons_tinyml.records.quality import Alternative, LayerQuality
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.quality.request import MOST_LAYERS


def worst_first(layers: Sequence[LayerQuality]) -> list[LayerQuality]:
    """Return the layers that are compared, those that lose most by themselves first, then the others."""
    return sorted(layers, key=lambda one: (_alone_db(one) is None, _alone_db(one) or 0.0, one.layer))


def _alone_db(layer: LayerQuality) -> float | None:
    return layer.snr_db if layer.own_snr_db is None else layer.own_snr_db


def alternatives(layers: Sequence[LayerQuality], original: Graph) -> Iterator[Alternative]:
    """Yield what to try, of a network without any result: other types for the worst layers, and all of 16 bits.

    A layer of 16 bits is tried with the layers that read it: for another reader its values would be rounded to 8 bits.
    """
    names = {layer.name: layer for layer in original.layers}
    tried = [
        one.float_layer for one in worst_first(layers) if one.snr_db is not None and one.float_layer in names
    ]
    for name in tried[:MOST_LAYERS]:
        assert name is not None
        read = [one.name for one in original.layers if set(one.inputs) & set(names[name].outputs)]
        yield _untried("int16", name, keep_int16=(name, *read))
        yield _untried("float", name, keep_float=(name,))
    yield _untried("int16x8", None)


def _untried(
    kind: str, layer: str | None, *, keep_float: tuple[str, ...] = (), keep_int16: tuple[str, ...] = ()
) -> Alternative:
    return Alternative(
        kind=kind,  # type: ignore[arg-type] # checked by the record
        layer=layer,
        keep_float=keep_float,
        keep_int16=keep_int16,
        output_snr_db=None,
        metric=None,
        absent=None,
    )
