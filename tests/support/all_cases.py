"""Random layers of every operator, by the name that kernels are declared for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.cases import CASES, Case, fully_connected_asymmetric, softmax
from support.copying_cases import COPIES
from support.elementwise_cases import elementwise_kernels
from support.image_cases import LOOKUPS, OTHERS, PADS, RESIZE_BILINEAR
from support.indexed_cases import INDEXED
from support.joining_cases import JOINS, SPLITS
from support.mover import Layers
from support.product_cases import PRODUCTS
from support.reducing_cases import REDUCING, SHARED_REDUCTIONS, TRUTH
from support.signal_cases import SIGNALS
from support.state_cases import STATES


def _any_of(layers: Mapping[str, Layers]) -> Layers:
    return lambda type_name: st.one_of([draw(type_name) for draw in layers.values()])


KERNEL_CASES: dict[str, Callable[..., SearchStrategy[Case]]] = {
    **CASES,
    **elementwise_kernels(),
    "FULLY_CONNECTED_ASYMMETRIC": fully_connected_asymmetric,
    "SOFTMAX_TO_INT16": lambda type_name: softmax(type_name, "int16"),
    **OTHERS,
    **PRODUCTS,
    **{name: layers for name, layers in REDUCING.items() if name != "SUM"},
    "MEAN": _any_of({name: REDUCING[name] for name in ("MEAN", "SUM")}),
    **{computation: _any_of(layers) for computation, layers in SHARED_REDUCTIONS.items()},
    "STRIDED_EXTREME": lambda type_name: _any_of(
        TRUTH if type_name == "bool" else SHARED_REDUCTIONS["STRIDED_EXTREME"]
    )(type_name),
    **INDEXED,
    **SIGNALS,
    **STATES,
    "STRIDED_COPY": _any_of(COPIES),
    "INDEXED_COPY": _any_of(LOOKUPS),
    "CONCATENATION": _any_of(JOINS),
    "SPLIT": _any_of(SPLITS),
    "PAD": _any_of(PADS),
    "RESIZE_BILINEAR": RESIZE_BILINEAR,
}
