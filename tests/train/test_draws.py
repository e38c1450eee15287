from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.train.fit import draw_balanced


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(1, 60), st.integers(0, 9))
def test_draws_are_balanced_and_repeat_late(counts, count, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    data = LabelledSamples(np.zeros((len(labels), 1), np.float32), labels, tuple(map(str, counts)))
    drawn = draw_balanced(data, count, np.random.default_rng(seed))
    by_class = np.bincount(labels[drawn], minlength=len(counts))
    assert len(drawn) == count and by_class.max() - by_class.min() <= 1
    times = np.bincount(drawn, minlength=len(labels))
    for label in range(len(counts)):
        of_class = times[data.members(label)]
        assert of_class.max() - of_class.min() <= 1
    assert drawn.tolist() == draw_balanced(data, count, np.random.default_rng(seed)).tolist()
