"""FULLY_CONNECTED of int8: weights by column, in flash or in RAM; bias, factors and limits as numbers of the code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from _text import listed

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    GeneratedCode,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
)
from scons_tinyml.stages.lowering.literals import C_TYPES

SCHEDULES = {"flash": False, "ram": True}

TEXT = """\
#include "tinyml/fixed_point.h"

{declaration}
{{
    static const int32_t multiplier[] = {{{multiplier}}};
    static const int32_t shift[] = {{{shift}}};
    int32_t sums[] = {{{bias}}};

    for (int32_t i = 0; i < {inputs}; ++i) {{
        const int32_t value = input[i] + ({input_offset});
        for (int32_t channel = 0; channel < {outputs}; ++channel) {{
            sums[channel] += value * *columns++;
        }}
    }}
    for (int32_t channel = 0; channel < {outputs}; ++channel) {{
        const int32_t sum = tinyml_requantize(sums[channel], multiplier[{factor}], shift[{factor}]);
        output[channel] = (int8_t)tinyml_clamp(sum + ({output_offset}), {activation_min}, {activation_max});
    }}
}}
"""


class Dense(Generator):
    """One row of input."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        from scons_tinyml.stages.graph.operators import find_operator

        operator = find_operator(view.layer.operator)
        if view.layer.operator != "FULLY_CONNECTED" or operator is None:
            return
        fields: dict[str, Any] = dict(operator.parameters(view).fields)
        if operator.number_type(view) != "int8" or fields["rows"] != 1:
            yield Refusal("", f"is for one row of int8, on a {core.name} too")
            return
        for schedule, in_ram in SCHEDULES.items():
            yield implementation(view, fields, schedule, in_ram)


def implementation(view: LayerView, fields: dict[str, Any], schedule: str, in_ram: bool) -> Implementation:
    """The layer with its weights in flash or RAM."""
    weights, bias = view.input(1), view.optional_input(2)
    outputs, inputs = weights.shape
    numbers = [0] * outputs if bias is None else np.frombuffer(bias.data or b"", np.int32).tolist()
    columns = np.frombuffer(weights.data or b"", np.int8).reshape(outputs, inputs).T.tobytes()
    values = {
        "inputs": inputs,
        "outputs": outputs,
        "bias": listed(numbers),
        **{name: listed(fields[name].values) for name in ("multiplier", "shift")},
        "factor": "channel" if fields["per_channel"] else "0",
        **{
            name: fields[name]
            for name in ("input_offset", "output_offset", "activation_min", "activation_max")
        },
    }
    function = f"dense_{schedule}_{hashlib.sha256(repr(values).encode()).hexdigest()[:12]}"
    declaration = f"void {function}(const int8_t *input, const int8_t *columns, int8_t *output)"
    return Implementation(
        name=schedule,
        function=function,
        code=GeneratedCode(declaration, TEXT.format(declaration=declaration, **values), "-O3"),
        arguments=(Input(0), ConstantData("columns", C_TYPES["int8"], columns, in_ram=in_ram), Output(0)),
    )


GENERATOR = Dense()
