"""The training run: order of the samples, and the choice of the epoch whose weights are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from scons_tinyml.records.model import Training
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.metrics.balanced_accuracy import balanced_accuracy
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.train.augment import augment
from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_WARMUP_FRACTION = 0.1
"""Share of all steps with a rising learning rate, so that batch normalization finds its averages first."""
_START_FRACTION = 0.05
"""Share of the highest learning rate at the first step."""
_WEIGHT_DECAY = 1e-3


@dataclass(frozen=True)
class Epoch:
    """One epoch: mean loss on augmented samples, and how good the network is on the validation split after it.

    That is the balanced accuracy of a classification, and the mean absolute error of a regression, below zero.
    """

    loss: float
    validation: float


@dataclass(frozen=True)
class History:
    """All epochs, and the index of the epoch whose weights were kept."""

    epochs: tuple[Epoch, ...]
    best: int


def fit(
    network: KerasModel,
    splits: Splits,
    training: Training,
    tf: TensorFlow,
    goes_on: Callable[[float], bool] | None = None,
) -> History:
    """Train `network` in place; keep the weights of the epoch that validated best, the last of equals.

    `goes_on` decides with the best validation of the first half of the epochs; it changes no other weight. Equal seed,
    samples and versions give equal weights.
    """
    import numpy as np

    _compile(network, splits, training, tf)
    random = np.random.default_rng(training.seed)
    epochs: list[Epoch] = []
    best, weights = 0, network.get_weights()
    with progress("train", training.epochs) as advance:
        for number in range(training.epochs):
            epochs.append(_epoch(network, splits, training, random))
            if epochs[-1].validation >= epochs[best].validation:
                best, weights = number, network.get_weights()
            advance(f"loss {epochs[-1].loss:.3f}, validation {_shown(epochs[-1], splits)}")
            is_halfway = number + 1 == halfway(training.epochs) < training.epochs
            if is_halfway and goes_on is not None and not goes_on(epochs[best].validation):
                break
    network.set_weights(weights)
    return History(tuple(epochs), best)


def halfway(epochs: int) -> int:
    """Return the number of epochs in the first half of `epochs`."""
    return ceil(epochs / 2)


def _shown(epoch: Epoch, splits: Splits) -> str:
    return f"{epoch.validation:.1%}" if splits.train.classes else f"{-epoch.validation:.4g}"


def _compile(network: KerasModel, splits: Splits, training: Training, tf: TensorFlow) -> None:
    steps = training.epochs * ceil(training.samples_per_epoch / training.batch_size)
    warmup = int(steps * _WARMUP_FRACTION)
    schedule = tf.keras.optimizers.schedules.CosineDecay(
        training.learning_rate * _START_FRACTION,
        steps - warmup,
        warmup_target=training.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = tf.keras.optimizers.AdamW(schedule, weight_decay=_WEIGHT_DECAY)
    losses = tf.keras.losses
    loss = losses.SparseCategoricalCrossentropy() if splits.train.classes else losses.MeanSquaredError()
    network.compile(optimizer, loss)


def _epoch(network: KerasModel, splits: Splits, training: Training, random: np.random.Generator) -> Epoch:
    drawn = splits.train.take(draw_balanced(splits.train, training.samples_per_epoch, random))
    values = drawn.values
    if training.augmentation is not None:
        values = augment(values, training.augmentation, random)
    fitted = network.fit(values, drawn.labels, batch_size=training.batch_size, shuffle=False, verbose=0)
    return Epoch(fitted.history["loss"][0], _quality(network, splits.validation))


def _quality(network: KerasModel, data: LabelledSamples) -> float:
    import numpy as np

    found = network.predict(data.values, batch_size=256, verbose=0)
    if data.classes:
        return balanced_accuracy(data.labels, found.argmax(axis=1))
    return -float(np.mean(np.abs(found - data.labels)))


def draw_balanced(data: LabelledSamples, count: int, random: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return `count` indices in random order, with equally many of each class, give or take one.

    Samples of a regression are of one class. A sample is drawn again only after all others of its class were drawn.
    """
    import numpy as np

    chosen: list[npt.NDArray[np.intp]] = []
    groups = data.by_class()
    for label, members in enumerate(groups):
        wanted = len(range(label, count, len(groups)))
        rounds = [random.permutation(members) for _ in range(ceil(wanted / len(members)))]
        chosen.append(np.concatenate([*rounds, members[:0]])[:wanted])
    return random.permutation(np.concatenate(chosen))
