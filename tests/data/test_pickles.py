from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scons_tinyml.stages.data.pickles import PickleError, read_array

NUMBERS = st.sampled_from([np.uint8, np.int64, np.float32])


@given(arrays.arrays(NUMBERS, arrays.array_shapes(min_dims=1, max_dims=3)), st.integers(3, 4))
def test_arrays_of_numbers_are_read(array, protocol):
    found = read_array(pickle.dumps(array, protocol))
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


class Runs:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [(os.system, "touch {}"), (eval, "open({!r}, 'w')"), (np.save, "{}", 0)],
    ids=["os.system", "eval", "numpy function"],
)
def test_pickles_that_run_something_are_refused(tmp_path, call):
    target = tmp_path / "written"
    arguments = [part.format(str(target)) if isinstance(part, str) else part for part in call[1:]]
    with pytest.raises(PickleError, match=r"it names .*, which no array of numbers needs"):
        read_array(pickle.dumps(Runs(call[0], *arguments)))
    assert list(tmp_path.iterdir()) == []


def test_objects_inside_of_an_array_are_refused():
    with pytest.raises(PickleError):
        read_array(pickle.dumps(np.array([Runs(os.getcwd)], object)))


@pytest.mark.parametrize(
    "value", [[1, 2], b"bytes", np.array(["text"])], ids=["list", "bytes", "array of text"]
)
def test_other_values_are_refused(value):
    with pytest.raises(PickleError, match="not an array of numbers"):
        read_array(pickle.dumps(value))


@pytest.mark.parametrize("length", [0, 1, 40, 150])
def test_cut_pickles_are_refused(length):
    with pytest.raises(PickleError):
        read_array(pickle.dumps(np.arange(100))[:length])
