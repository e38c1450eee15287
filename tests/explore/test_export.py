"""A variant as a model of its own."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.explore.export import check_name, export_variant, toml_text
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import read_model
from scons_tinyml.records.variants import options_of, read_variant
from support.project import ROOT

CATDETECTOR = ROOT / "models" / "catdetector" / "model.toml"
KEYS = st.text(st.sampled_from('ab_-. é"'), min_size=1, max_size=5)
LEAVES = st.one_of(
    st.booleans(), st.integers(-99, 99), st.floats(-9, 9), st.text(max_size=8).filter(str.isprintable)
)
TABLES = st.recursive(
    st.dictionaries(KEYS, LEAVES | st.lists(LEAVES, max_size=3), max_size=4),
    lambda inner: st.dictionaries(KEYS, inner | LEAVES, max_size=3),
    max_leaves=8,
)


@given(TABLES)
def test_toml_is_read_as_it_was(table):
    assert tomllib.loads(toml_text(table)) == table


@pytest.mark.parametrize("variant", ["", "size=20,width=0.5", "depth=1,seed=7"])
def test_the_new_model_is_the_variant(tmp_path, variant):
    made = export_variant(CATDETECTOR, variant, tmp_path / "models" / "mine")
    found, expected = read_variant(made, ""), read_variant(CATDETECTOR, variant)
    same = ("input", "dataset", "metrics", "training", "quantization", "budgets", "task")
    assert [getattr(found, key) for key in same] == [getattr(expected, key) for key in same]
    assert options_of(found) == options_of(expected)
    assert {name: axis.choices for name, axis in read_model(made).variants.items()} == {
        name: (value,) for name, value in options_of(expected).items()
    }
    assert (made.parent / "network.py").read_bytes() == (CATDETECTOR.parent / "network.py").read_bytes()


@pytest.mark.parametrize(
    ("name", "problem"), [("a/b", "is a path"), ("..", "cannot be called"), ("old", "is there")]
)
def test_names_that_no_new_model_can_have(tmp_path, name, problem):
    (tmp_path / "old").mkdir()
    with pytest.raises(InputError, match=problem):
        check_name(name, tmp_path)
