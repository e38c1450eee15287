"""All ways to run each layer of a network on a core."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Offer
from scons_tinyml.stages.lowering.images import for_each_image, one_image
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered
from scons_tinyml.stages.lowering.ram_code import with_ram_code
from scons_tinyml.stages.lowering.ram_constants import with_ram_constants
from scons_tinyml.stages.plan.lifetimes import alias_source


class Provider(Protocol):
    """A source of implementations."""

    def lower(self, view: LayerView, core: Core) -> Iterable[Lowered]:
        """Yield implementations of the layer of `view`, and refusals by kernels for its operator."""

    def offers(self, view: LayerView, core: Core) -> Iterable[Offer]:
        """Yield further schedules for the layer of `view`, which are generated when they are wanted."""


Further = Mapping[int, Collection[str]]
"""Names of schedules that generators only offer, by index of the layer."""


def lower(
    graph: Graph, providers: Sequence[Provider], core: Core, further: Further = MappingProxyType({})
) -> dict[int, tuple[Lowered, ...]]:
    """Return the results of `providers`, in order, by index of each layer with a call. Raises RecordError.

    Those of offered schedules with names in `further` come last. Variants with weights or code in RAM follow.
    """
    return {
        view.layer.index: (
            *_with_variants(lower_layer(view, providers, core), core),
            *lower_offers(view, providers, core, further.get(view.layer.index, ())),
        )
        for view in graph.views()
        if alias_source(graph, view.layer) is None
    }


def offers(view: LayerView, providers: Sequence[Provider], core: Core) -> dict[str, Offer]:
    """Return the schedules that `providers` offer for the layer of `view`, by name; empty for an unknown operator."""
    if find_operator(view.layer.operator) is None:
        return {}
    alone = one_image(view)
    return {offer.name: offer for provider in providers for offer in provider.offers(alone, core)}


def lower_offer(view: LayerView, offer: Offer, core: Core) -> tuple[Lowered, ...]:
    """Return the results of `offer` for the layer of `view`: one, and its variants."""
    return _with_variants(for_each_image(view, [offer.generate()]), core)


def lower_offers(
    view: LayerView, providers: Sequence[Provider], core: Core, names: Collection[str]
) -> Iterator[Lowered]:
    """Yield the results of the offers for the layer of `view` that are `wanted` by `names`."""
    for offer in wanted(offers(view, providers, core), names) if names else ():
        yield from lower_offer(view, offer, core)


def wanted(found: Mapping[str, Offer], names: Collection[str]) -> list[Offer]:
    """Return those offers of `found` whose names, or names of variants of theirs, are in `names`."""
    return [
        offer
        for offered, offer in found.items()
        if any(name == offered or name.startswith(f"{offered}.") for name in names)
    ]


def _with_variants(lowered: Iterable[Lowered], core: Core) -> tuple[Lowered, ...]:
    found = with_ram_constants(lowered)
    return with_ram_code(found) if core.tries_ram_code else found


def lower_layer(view: LayerView, providers: Sequence[Provider], core: Core) -> tuple[Lowered, ...]:
    """Return the results of `providers` for the layer of `view`; empty for an unknown operator.

    Providers get the layer on one image, where kernels compute images one by one.
    """
    if find_operator(view.layer.operator) is None:
        return ()
    alone = one_image(view)
    return for_each_image(view, (item for provider in providers for item in provider.lower(alone, core)))


def lower_again(
    graph: Graph, chosen: Mapping[int, tuple[str, str]], providers: Sequence[Provider], core: Core
) -> dict[int, Implementation]:
    """Return the implementations with the names and digests in `chosen`, by layer.

    Raises InternalError when a layer's implementation is no longer the one that was measured and chosen.
    """
    found = {}
    for layer, (name, digest) in chosen.items():
        again = next(
            (item for item in _named(graph, layer, name, providers, core) if item.name == name), None
        )
        if not isinstance(again, Implementation) or again.digest != digest:
            reason = "has another digest now" if isinstance(again, Implementation) else "cannot run it now"
            raise InternalError(f"{name} was chosen for layer {layer}, and {reason}", where=graph.name)
        found[layer] = again
    return found


def _named(
    graph: Graph, layer: int, name: str, providers: Sequence[Provider], core: Core
) -> Iterator[Lowered]:
    """Yield results for a layer until the one called `name` is among them; schedules that are only offered last."""
    view = graph.view(graph.layers[layer])
    yield from _with_variants(lower_layer(view, providers, core), core)
    yield from lower_offers(view, providers, core, (name,))
