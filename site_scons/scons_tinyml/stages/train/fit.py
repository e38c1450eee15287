"""The training run: order of the samples, and the choice of the epoch whose weights are kept."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.model import Training
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits, balanced_accuracy
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
    """One epoch: mean loss on augmented samples, and balanced accuracy on the validation split after it."""

    loss: float
    validation: float


@dataclass(frozen=True)
class History:
    """All epochs, and the index of the epoch whose weights were kept."""

    epochs: tuple[Epoch, ...]
    best: int


def fit(network: KerasModel, splits: Splits, training: Training, tf: TensorFlow) -> History:
    """Train `network` in place; keep the weights of the epoch that validated best, the last of equals.

    Equal seed, samples and versions give equal weights.
    """
    import numpy as np

    _compile(network, training, tf)
    random = np.random.default_rng(training.seed)
    epochs: list[Epoch] = []
    best, weights = 0, network.get_weights()
    with progress("train", training.epochs) as advance:
        for number in range(training.epochs):
            epochs.append(_epoch(network, splits, training, random))
            if epochs[-1].validation >= epochs[best].validation:
                best, weights = number, network.get_weights()
            advance(f"loss {epochs[-1].loss:.3f}, validation {epochs[-1].validation:.1%}")
    network.set_weights(weights)
    return History(tuple(epochs), best)


def _compile(network: KerasModel, training: Training, tf: TensorFlow) -> None:
    steps = training.epochs * ceil(training.samples_per_epoch / training.batch_size)
    warmup = int(steps * _WARMUP_FRACTION)
    schedule = tf.keras.optimizers.schedules.CosineDecay(
        training.learning_rate * _START_FRACTION,
        steps - warmup,
        warmup_target=training.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = tf.keras.optimizers.AdamW(schedule, weight_decay=_WEIGHT_DECAY)
    network.compile(optimizer, tf.keras.losses.SparseCategoricalCrossentropy())


def _epoch(network: KerasModel, splits: Splits, training: Training, random: np.random.Generator) -> Epoch:
    drawn = splits.train.take(draw_balanced(splits.train, training.samples_per_epoch, random))
    values = drawn.values
    if training.augmentation is not None:
        values = augment(values, training.augmentation, random)
    fitted = network.fit(values, drawn.labels, batch_size=training.batch_size, shuffle=False, verbose=0)
    predicted = predict(network, splits.validation)
    return Epoch(fitted.history["loss"][0], balanced_accuracy(splits.validation.labels, predicted))


def draw_balanced(data: LabelledSamples, count: int, random: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return `count` indices in random order, with equally many of each class, give or take one.

    A sample is drawn again only after all others of its class were drawn.
    """
    import numpy as np

    chosen: list[npt.NDArray[np.intp]] = []
    for label in range(len(data.classes)):
        members = data.members(label)
        wanted = len(range(label, count, len(data.classes)))
        rounds = [random.permutation(members) for _ in range(ceil(wanted / len(members)))]
        chosen.append(np.concatenate([*rounds, members[:0]])[:wanted])
    return random.permutation(np.concatenate(chosen))


def predict(network: KerasModel, data: LabelledSamples) -> Any:
    """Return the class that `network` gives each sample, shape (samples,)."""
    return network.predict(data.values, batch_size=256, verbose=0).argmax(axis=1)
