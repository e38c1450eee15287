"""All ways to run each layer of a network on a core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.images import for_each_image, one_image
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered
from scons_tinyml.stages.lowering.ram_code import with_ram_code
from scons_tinyml.stages.lowering.ram_constants import with_ram_constants
from scons_tinyml.stages.plan.lifetimes import alias_source


class Provider(Protocol):
    """A source of implementations."""

    def lower(self, view: LayerView, core: Core) -> Iterable[Lowered]:
        """Yield implementations of the layer of `view`, and refusals by kernels for its operator."""


def lower(graph: Graph, providers: Sequence[Provider], core: Core) -> dict[int, tuple[Lowered, ...]]:
    """Return the results of `providers`, in order, by index of each layer with a call. Raises RecordError.

    Variants with weights or code in RAM follow.
    """
    return {
        view.layer.index: _with_variants(lower_layer(view, providers, core), core)
        for view in graph.views()
        if alias_source(graph, view.layer) is None
    }


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
        lowered = _with_variants(lower_layer(graph.view(graph.layers[layer]), providers, core), core)
        again = next((item for item in lowered if item.name == name), None)
        if not isinstance(again, Implementation) or again.digest != digest:
            reason = "has another digest now" if isinstance(again, Implementation) else "cannot run it now"
            raise InternalError(f"{name} was chosen for layer {layer}, and {reason}", where=graph.name)
        found[layer] = again
    return found
