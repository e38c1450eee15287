"""Rows of the cost database for property tests: few different keys, so that they meet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.rows import CostRow

KEY = CostKey(
    operator="CONV_2D",
    number_type="int8",
    attributes=(("input_height", 28), ("stride_h", 1)),
    kernel="reference/conv_2d_int8",
    kernel_digest="0" * 64,
    code_digest="",
    compiler="arm-none-eabi-gcc 12.2.1, programs 0123456789abcdef, libraries 0123456789abcdef",
    flags="-mcpu=cortex-m3 -O2",
    core="cortex-m3",
    memory='{"code":{"kind":"flash"}}',
    evidence="emulator",
    timing_version="cortex-m3-1",
)
LOCAL_COLUMNS = ("pack_name", "pack_digest", "signer")
"""Columns of a row that its line in a pack does not have."""
ROW = CostRow(KEY, 1000, 900, "2024-01-02T03:04:05+00:00", "0.1.0", "a" * 64, board="stm32l1")

_keys = st.builds(
    lambda height, kernel, core: replace(
        KEY, attributes=(("input_height", height), ("stride_h", 1)), kernel=kernel, core=core
    ),
    st.integers(1, 3),
    st.sampled_from(["reference/a", "cmsis_nn/b"]),
    st.sampled_from(["cortex-m3", "cortex-m4f"]),
)
rows = st.builds(
    CostRow,
    key=_keys,
    cycles=st.integers(1000, 1004),
    instructions=st.none() | st.integers(1, 2000),
    measured_at=st.integers(0, 2).map("2024-01-02T03:04:0{}+00:00".format),
    tool_version=st.sampled_from(["0.1.0", "checkout"]),
    object_digest=st.sampled_from(["a" * 64, "b" * 64]),
    origin=st.sampled_from(["measured here", "pack other 0123456789ab"]),
    board=st.sampled_from(["", "stm32l1"]),
)
groups = st.lists(rows, max_size=8)
"""Rows of any origin; several may have one key."""
