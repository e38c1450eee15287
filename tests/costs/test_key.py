import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.costs.key import CostKey, canonical_attributes
from scons_tinyml.costs.rows import CostRow, Proof

names = st.dictionaries(st.text(min_size=1), st.integers(-(2**40), 2**40))


@given(names)
def test_attributes_do_not_depend_on_their_order(attributes):
    backwards = dict(reversed(attributes.items()))
    assert canonical_attributes(attributes) == canonical_attributes(backwards)
    assert dict(canonical_attributes(attributes)) == attributes


def test_flags_are_numbers():
    assert canonical_attributes({"per_channel": True, "a": 2}) == (("a", 2), ("per_channel", 1))
    assert type(canonical_attributes({"per_channel": True})[0][1]) is int


@pytest.mark.parametrize("field", [field.name for field in fields(CostKey)])
def test_every_field_of_the_key_changes_its_digest(row, field):
    key = row().key
    changed = replace(key, **{field: (("other", 1),) if field == "attributes" else "other"})
    assert changed.digest != key.digest


@pytest.mark.parametrize(
    "field", ["layer_digest", "kernel", "kernel_digest", "code_digest", "compiler", "flags", "core", "oracle"]
)
def test_every_field_of_a_proof_key_changes_its_digest(proof, field):
    assert proof(**{field: "other"}).key.digest != proof().key.digest


def test_digest_is_the_same_in_every_version(row):
    assert row().key.digest == "6cc39ec79769eea8b01007269cbba89568a8a23e235d48bda1d6e3c6666f75fa"


def test_records_survive_the_way_to_the_database_and_back(row, proof):
    assert CostRow.from_record(row().to_record()) == row()
    assert Proof.from_record(proof(3).to_record()) == proof(3)
    assert proof(0).disagreement() is None
    assert proof(3).disagreement() == "output differs from the oracle in 3 of 784 bytes"


def test_a_float_kernel_may_be_as_many_ulps_off_as_it_declares(proof):
    off = replace(proof(3), max_ulps=2)
    assert off.disagreement(allowed_ulps=2) is None
    assert (
        off.disagreement(allowed_ulps=1)
        == "output differs from the oracle in 3 of 784 bytes, by up to 2 ulps"
    )
    assert replace(proof(0), fault="write to flash").disagreement(9) == "faulted: write to flash"


def test_no_cycles_are_no_measurement(row):
    with pytest.raises(ValueError, match="reference/conv_2d_int8: 0 cycles cannot have been measured"):
        row(cycles=0)


def test_keys_are_computed_without_heavy_imports():
    heavy = "{'sqlite_utils', 'pydantic', 'numpy', 'rich'}"
    code = f"import sys, scons_tinyml.costs.key, scons_tinyml.costs.memory as m; print({heavy} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert shown.stdout == "set()\n", shown.stderr
