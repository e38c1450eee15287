"""The training run with a network that does not learn: which epochs there are, and who ends it."""

from __future__ import annotations

from unittest.mock import MagicMock

import numpy as np
import pytest

from scons_tinyml.records.model import Training
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.train.fit import fit


def trained(epochs: int, goes_on: object) -> int:
    """Return the number of epochs that a network had, of which half of the answers are right."""
    samples = LabelledSamples(np.zeros((4, 1), np.float32), np.array([0, 1, 0, 1]), ("no", "yes"))
    network = MagicMock()
    network.fit.return_value.history = {"loss": [1.0]}
    network.predict.return_value = np.zeros((4, 2), np.float32)
    training = Training(epochs=epochs, samples_per_epoch=4, batch_size=2, learning_rate=0.1, seed=1)
    history = fit(network, Splits(samples, samples, samples), training, MagicMock(), goes_on)
    assert len(history.epochs) == network.fit.call_count
    return len(history.epochs)


@pytest.mark.parametrize(("epochs", "asked"), [(1, 0), (2, 1), (5, 3), (6, 3)])
def test_a_training_is_asked_halfway_whether_it_goes_on(epochs: int, asked: int) -> None:
    found: list[float] = []
    assert trained(epochs, None) == epochs
    assert trained(epochs, lambda best: found.append(best) or True) == epochs
    assert found == [0.5] * bool(asked)
    assert trained(epochs, lambda _: False) == (asked or epochs)
