"""Axes that change the record of a model. All other axes are options of its network file.

Each gives the value that a model has without a variant, and makes a model with another value. Both raise ValueError
where a model has nothing that the axis could change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from scons_tinyml.records.axis import Value, listed, shown

if TYPE_CHECKING:
    from scons_tinyml.records.model import Model, Training

ALL_CLASSES = "all"
"""Value of `classes` with which none is left out."""
BETWEEN_CLASSES = "+"
MODES = ("int8", "int16x8", "float")
_COLOUR, _GREY = 3, 1

RecordType = TypeVar("RecordType", bound=BaseModel)


@dataclass(frozen=True)
class BuiltIn:
    """`get` returns the value of a model, `changed` a model with another value."""

    about: str
    get: Callable[[Model], Value]
    changed: Callable[[Model, Value], Model]


def _picture(model: Model) -> tuple[int, int, int]:
    shape = model.input.shape if model.input else ()
    if len(shape) != 3:
        raise ValueError(
            f"is for pictures, and input.shape is {list(shape)}: expected [height, width, channels]"
        )
    return shape[0], shape[1], shape[2]


def _size(model: Model) -> Value:
    height, width, _ = _picture(model)
    if height != width:
        raise ValueError(f"is for square pictures, and input.shape has {height} x {width}")
    return height


def _with_size(model: Model, value: Value) -> Model:
    largest, channels = _size(model), _picture(model)[2]
    size = _whole(value, 1, int(largest), "the size of the samples")
    return _with_shape(model, (size, size, channels))


def _with_channels(model: Model, value: Value) -> Model:
    height, width, channels = _picture(model)
    if value not in (channels, _GREY) or (value != channels and channels != _COLOUR):
        raise ValueError(
            f"found {shown(value)}; the samples have {channels}, and pictures of {_COLOUR} can become grey, {_GREY}"
        )
    return _with_shape(model, (height, width, int(value)))


def _with_shape(model: Model, shape: tuple[int, int, int]) -> Model:
    """Return `model` with pictures of another shape, which are made of those that it had."""
    assert model.input is not None
    changes: dict[str, BaseModel | None] = {"input": _changed(model.input, shape=shape)}
    if model.dataset is not None:
        read = model.dataset.shape or model.input.shape
        changes["dataset"] = model.dataset.model_copy(update={"shape": read})
    return model.model_copy(update=changes)


def _classes(model: Model) -> Value:
    if model.task != "classification" or model.dataset is None:
        raise ValueError("is for a classification with a data set")
    if model.dataset.positive_class is not None:
        raise ValueError("dataset.positive_class makes two classes of all, and none can be left out")
    return BETWEEN_CLASSES.join(model.dataset.classes) or ALL_CLASSES


def _with_classes(model: Model, value: Value) -> Model:
    _classes(model)
    names = () if value == ALL_CLASSES else tuple(str(value).split(BETWEEN_CLASSES))
    if len(names) == 1 or len(set(names)) < len(names) or not all(names):
        raise ValueError(
            f"found {shown(value)}; expected {ALL_CLASSES}, or two or more classes such as cat+dog"
        )
    assert model.dataset is not None
    return model.model_copy(update={"dataset": model.dataset.model_copy(update={"classes": names})})


def _training(model: Model) -> Training:
    if model.training is None:
        raise ValueError("is for a network that is trained, and this one has no [training]")
    return model.training


def _with_epochs(model: Model, value: Value) -> Model:
    return _with_training(model, epochs=value)


def _with_training(model: Model, **values: object) -> Model:
    return model.model_copy(update={"training": _changed(_training(model), **values)})


def _augmentation(model: Model) -> Value:
    if _training(model).augmentation is None:
        raise ValueError("multiplies the amounts of [training.augmentation], which this model does not have")
    return 1


def _with_augmentation(model: Model, value: Value) -> Model:
    """Multiply all amounts by `value`; 0 leaves augmentation out."""
    _augmentation(model)
    factor = _number(value)
    found = _training(model).augmentation
    assert found is not None
    amounts = ("rotation_degrees", "zoom", "shift")
    scaled = {key: getattr(found, key) * factor for key in amounts}
    return _with_training(model, augmentation={**scaled, "mirror": found.mirror} if factor else None)


def _seed(model: Model) -> Value:
    drawn = model.training or model.random_weights
    if drawn is None:
        raise ValueError("is for a network that is trained or drawn here, and this one is given")
    return drawn.seed


def _with_seed(model: Model, value: Value) -> Model:
    _seed(model)
    key = "training" if model.training else "random_weights"
    return model.model_copy(update={key: _changed(getattr(model, key), seed=value)})


def _bits(model: Model) -> Value:
    return model.quantization.mode


def _with_bits(model: Model, value: Value) -> Model:
    if value not in MODES:
        raise ValueError(f"found {shown(value)}; the quantizer makes {listed(MODES)}")
    return model.model_copy(update={"quantization": _changed(model.quantization, mode=value)})


def _number(value: Value) -> float:
    if isinstance(value, str | bool) or value < 0:
        raise ValueError(f"found {shown(value)}; expected a number of at least 0")
    return value


def _whole(value: Value, least: int, most: int, what: str) -> int:
    if isinstance(value, str | bool) or value != int(value) or not least <= value <= most:
        raise ValueError(f"found {shown(value)}; expected a whole number from {least} to {most}, {what}")
    return int(value)


def _changed(record: RecordType, **values: object) -> RecordType:
    """Return `record`, whose fields are plain values, with others. Raises ValueError for what it may not have."""
    try:
        return type(record).model_validate({**record.model_dump(), **values})
    except ValidationError as error:
        raise ValueError("; ".join(problem["msg"] for problem in error.errors())) from None


BUILT_IN: Mapping[str, BuiltIn] = {
    "size": BuiltIn("height and width of the pictures, which are scaled down", _size, _with_size),
    "channels": BuiltIn("3 for colour, 1 for grey", lambda model: _picture(model)[2], _with_channels),
    "classes": BuiltIn("classes that are kept, such as cat+dog, or all", _classes, _with_classes),
    "epochs": BuiltIn("epochs of the training", lambda model: _training(model).epochs, _with_epochs),
    "augmentation": BuiltIn(
        "factor of all amounts of augmentation; 0: none", _augmentation, _with_augmentation
    ),
    "bits": BuiltIn("int8, int16x8 or float, as quantize=", _bits, _with_bits),
    "seed": BuiltIn("seed of the training, or of random weights", _seed, _with_seed),
}
SEED = "seed"
"""Built-in axis that every network made here has, with any whole number."""
