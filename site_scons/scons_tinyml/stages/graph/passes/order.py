"""All passes, in the order in which they run."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.passes.base import Pass
from scons_tinyml.stages.graph.passes.graph.fold_constant_channels import PASS as FOLD_CONSTANT_CHANNELS
from scons_tinyml.stages.graph.passes.graph.fold_constant_reshapes import PASS as FOLD_CONSTANT_RESHAPES
from scons_tinyml.stages.graph.passes.graph.fuse_activations import PASS as FUSE_ACTIVATIONS
from scons_tinyml.stages.graph.passes.graph.fuse_padding import PASS as FUSE_PADDING
from scons_tinyml.stages.graph.passes.graph.merge_lookups import PASS as MERGE_LOOKUPS
from scons_tinyml.stages.graph.passes.graph.merge_transposes import PASS as MERGE_TRANSPOSES
from scons_tinyml.stages.graph.passes.graph.remove_conversions import PASS as REMOVE_CONVERSIONS
from scons_tinyml.stages.graph.passes.graph.remove_shape_arithmetic import PASS as REMOVE_SHAPE_ARITHMETIC
from scons_tinyml.stages.graph.passes.model.embed_constants import PASS as EMBED_CONSTANTS
from scons_tinyml.stages.graph.passes.model.fix_batch import PASS as FIX_BATCH
from scons_tinyml.stages.graph.passes.model.fix_given_shapes import PASS as FIX_GIVEN_SHAPES
from scons_tinyml.stages.graph.passes.model.fold_constants import PASS as FOLD_CONSTANTS
from scons_tinyml.stages.graph.passes.model.inline_control_flow import PASS as INLINE_CONTROL_FLOW
from scons_tinyml.stages.graph.passes.model.replace_aliases import PASS as REPLACE_ALIASES
from scons_tinyml.stages.graph.passes.model.select_signature import PASS as SELECT_SIGNATURE
from scons_tinyml.stages.graph.passes.model.widen_float16 import PASS as WIDEN_FLOAT16
from scons_tinyml.stages.graph.passes.model.widen_weights import PASS as WIDEN_WEIGHTS
from scons_tinyml.stages.graph.tflite.model import TfliteModel

MODEL_PASSES: tuple[Pass[TfliteModel], ...] = (
    EMBED_CONSTANTS,  # first, as others read the bytes of constants
    SELECT_SIGNATURE,  # then, as others rewrite subgraph 0 only
    INLINE_CONTROL_FLOW,  # then, for the same reason
    WIDEN_FLOAT16,
    WIDEN_WEIGHTS,
    FIX_GIVEN_SHAPES,
    FIX_BATCH,  # after FIX_GIVEN_SHAPES, as it runs the network on inputs of zeros
    FOLD_CONSTANTS,  # after FIX_BATCH, as shapes are constants that are folded
    REPLACE_ALIASES,
)
"""Rewrites of a file before the oracle and the reader get it."""

GRAPH_PASSES: tuple[Pass[Graph], ...] = (
    REMOVE_SHAPE_ARITHMETIC,
    FOLD_CONSTANT_RESHAPES,
    REMOVE_CONVERSIONS,  # before those that look for neighbours
    MERGE_TRANSPOSES,
    FUSE_PADDING,
    FUSE_ACTIVATIONS,
    MERGE_LOOKUPS,  # after FUSE_ACTIVATIONS, as a clamp in a convolution needs no table
    FOLD_CONSTANT_CHANNELS,  # after FUSE_PADDING, as it has to know which windows reach over the edge
)
"""Rewrites of the typed graph after a file was read."""
