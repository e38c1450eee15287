"""Small data sets of a project, one of each kind, and models that are trained on them for one epoch."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

KERNELS = ("reference/fully_connected_int8", "reference/softmax_int8", "reference/fully_connected_float32")
NETWORK = '''\
"""One layer."""

import keras


def build(input_shape, outputs):
    values = keras.Input(input_shape)
    flat = keras.layers.Flatten()(values)
    return keras.Model(values, keras.layers.Dense(outputs, activation={activation!r})(flat))
'''
SCRIPT = '''\
"""Points, and whether their sum is above 1."""

import numpy as np

from points import drawn

CLASSES = ("low", "high")


def load(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return 80, 20 and 20 labelled points."""
    random = np.random.default_rng(seed)
    return {"train": drawn(random, 80), "validation": drawn(random, 20), "test": drawn(random, 20)}
'''
BESIDE = """\
def drawn(random, count):
    values = random.random((count, 4))
    return values, (values.sum(axis=1) > 2).astype(int)
"""
METRIC = '''\
"""Metrics of our own."""

import numpy as np


def misses(labels: np.ndarray, outputs: np.ndarray) -> float:
    """Return the number of samples whose class was not recognized."""
    return float((outputs.argmax(axis=1) != labels).sum())
'''
TRAINING = """
[training]
epochs = 1
samples_per_epoch = 64
batch_size = 16
learning_rate = 0.01
seed = 1

[quantization]
representative_samples = 16
"""
FRACTIONS = "train_fraction = 0.6\nvalidation_fraction = 0.2\n"
MODELS = {
    "script": (
        'description = "own code"\n[input]\nshape = [4]\n[dataset]\nscript = "dataset.py"\nfiles = ["notes.txt"]\n'
        '[metrics]\naccuracy = "accuracy"\nf1 = "f1"\nmisses = { function = "metrics.py:misses", better = "lower" }\n'
    ),
    "arrays": (
        'task = "regression"\n[input]\nshape = [3]\n[dataset]\npath = "data.npz"\n'
        "[budgets.metrics]\nmean_absolute_error = 100\n"
    ),
    "pictures": f'[input]\nshape = [4, 4, 1]\n[dataset]\npath = "pictures"\n{FRACTIONS}',
    "tables": (f'[input]\nshape = [4, 2]\n[dataset]\npath = "tables"\nwindow = 4\nstride = 2\n{FRACTIONS}'),
    "sounds": (
        '[input]\nshape = [8]\n[dataset]\ntrain = "sounds"\ntest = "heard"\nvalidation_fraction = 0.2\n'
        'window = 8\nsample_rate = "8 kHz"\n'
    ),
}
"""model.toml of each, without training."""


def write_model(folder: Path, name: str) -> None:
    """Write the model `name` with its data below `folder`, the models of a project."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "model.toml").write_text(MODELS[name] + TRAINING)
    activation = None if name == "arrays" else "softmax"
    (place / "network.py").write_text(NETWORK.format(activation=activation))
    _WRITERS[name](place, np.random.default_rng(0))


def _script(place: Path, _: np.random.Generator) -> None:
    (place / "dataset.py").write_text(SCRIPT)
    (place / "points.py").write_text(BESIDE)
    (place / "metrics.py").write_text(METRIC)
    (place / "notes.txt").write_text("read by the script, or so it says\n")


def _arrays(place: Path, random: np.random.Generator) -> None:
    arrays = {}
    for split, count in (("train", 60), ("validation", 20), ("test", 20)):
        arrays[f"x_{split}"] = values = random.random((count, 3))
        arrays[f"y_{split}"] = values @ np.array([[1, 0], [2, 1], [0, -1]])
    np.savez_compressed(place / "data.npz", **arrays)


def write_pictures(place: Path, random: np.random.Generator) -> None:
    """Write dark and light pictures into the folder `pictures` below `place`."""
    from PIL import Image

    for level, name in ((40, "dark"), (200, "light")):
        (place / "pictures" / name).mkdir(parents=True)
        for number in range(10):
            pixels = random.integers(level - 40, level + 40, (6, 5, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(place / "pictures" / name / f"{number}.png")


def write_tables(place: Path, random: np.random.Generator, name: str = "tables") -> None:
    """Write recordings of two sensors into the folder `name` below `place`."""
    for scale, kind in ((0.1, "rest"), (1, "run")):
        (place / name / kind).mkdir(parents=True)
        for number in range(6):
            rows = (scale * random.standard_normal((12, 2))).tolist()
            text = "".join(f"{x:.5f},{y:.5f}\n" for x, y in rows)
            (place / name / kind / f"{number}.csv").write_text(f"x,y\n{text}")


def write_sounds(place: Path, random: np.random.Generator, name: str, count: int = 4) -> None:
    """Write `count` quiet and loud sounds each into the folder `name` below `place`."""
    for scale, kind in ((100, "quiet"), (10_000, "loud")):
        (place / name / kind).mkdir(parents=True)
        for number in range(count):
            samples = (scale * random.standard_normal(40)).astype("<i2")
            with wave.open(str(place / name / kind / f"{number}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(samples.tobytes())


def _sounds(place: Path, random: np.random.Generator) -> None:
    write_sounds(place, random, "sounds", 6)
    write_sounds(place, random, "heard", 2)


_WRITERS = {
    "script": _script,
    "arrays": _arrays,
    "pictures": write_pictures,
    "tables": write_tables,
    "sounds": _sounds,
}
