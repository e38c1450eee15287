"""Model descriptors: `models/<name>/model.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scons_tinyml.records.axis import AxisEntry, AxisName
from scons_tinyml.records.budget import Budgets
from scons_tinyml.records.change_limits import unknown_figure
from scons_tinyml.records.dataset import Dataset, Task
from scons_tinyml.records.metric import MetricEntry, MetricName
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.texts import ProjectPath, Prose
from scons_tinyml.records.toml_file import FileRecord, Record, read_record
from scons_tinyml.records.variants import check_axes


class Input(Record):
    """Shape (without the batch, which is 1) and type of the network's input before quantization."""

    shape: tuple[Annotated[int, Field(gt=0)], ...] = Field(min_length=1, max_length=4)
    type: Literal["float32"] = "float32"


_IMAGE_AXES = 3
_DEFAULT_METRICS = {"classification": "accuracy", "regression": "mean_absolute_error"}
"""Metric of a model that names none, by its task."""


class Augmentation(Record):
    """Largest random changes of a training image; each use of the image draws new ones."""

    rotation_degrees: float = Field(default=0, ge=0, le=180, description="turned by up to this, either way")
    zoom: float = Field(default=0, ge=0, lt=1, description="made larger or smaller by up to this fraction")
    shift: float = Field(default=0, ge=0, lt=1, description="moved by up to this fraction of its side")
    mirror: bool = Field(default=False, description="left and right are swapped in half of the draws")


class Training(Record):
    """Settings of the seeded training run."""

    network: ProjectPath = Field(
        default="network.py", description="Python file with build(input_shape, classes) or build(spec)"
    )
    epochs: int = Field(gt=0)
    samples_per_epoch: int = Field(gt=0, description="drawn from all classes alike, rare ones more often")
    batch_size: int = Field(gt=0)
    learning_rate: float = Field(
        gt=0, description="the highest, after warming up and before the cosine decay"
    )
    seed: int = Field(ge=0, lt=2**32)
    augmentation: Augmentation | None = Field(default=None, description="for images; none when left out")


class RandomWeights(Record):
    """Random weights in place of training: size, memory and latency are real, and there is no accuracy."""

    network: ProjectPath = Field(
        default="network.py", description="Python file with build(input_shape, outputs) or build(spec)"
    )
    outputs: int = Field(gt=0, description="values that the network puts out")
    seed: int = Field(ge=0, lt=2**32)


LayerName = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
"""Name of a layer of the float network, such as conv_2d_0."""


class Quantization(Record):
    """Quantization of the float network."""

    mode: Literal["int8", "int16x8", "float"] = Field(default="int8", description="the default of quantize=")
    representative_samples: int = Field(
        default=256, gt=0, description="samples of the training split; random ones for random_weights"
    )
    keep_float: tuple[LayerName, ...] = Field(
        default=(), description="layers that stay float32; the default of keep_float="
    )
    keep_int16: tuple[LayerName, ...] = Field(
        default=(), description="layers with activations of 16 bits; the default of keep_int16="
    )

    @model_validator(mode="after")
    def _has_one_type_for_each_layer(self) -> Quantization:
        if self.mode == "int16x8" and self.keep_int16:
            raise ValueError("keep_int16: with the mode 'int16x8' all layers have activations of 16 bits")
        if both := sorted({*self.keep_float} & {*self.keep_int16}):
            raise ValueError(f"keep_int16: names {both[0]}, which keep_float names too")
        return self


class Model(FileRecord):
    """A network, with the settings to build it, evaluate it and judge it."""

    name: Prose
    description: Prose = ""
    task: Task = "classification"
    source: ProjectPath | None = Field(
        default=None,
        description="an existing .keras, .tflite or .onnx file or SavedModel folder instead of training",
    )
    signature: Prose | None = Field(
        default=None,
        description="which network of the source, where it has one for each of several signatures",
    )
    input: Input | None = None
    dataset: Dataset | None = None
    metrics: dict[MetricName, MetricEntry] = Field(
        default_factory=dict,
        min_length=1,
        max_length=20,
        description="figures of the network on the test split, by name; the first one is that of summaries",
    )
    training: Training | None = None
    random_weights: RandomWeights | None = None
    quantization: Quantization = Quantization()
    budgets: Budgets = Budgets()
    variants: dict[AxisName, AxisEntry] = Field(
        default_factory=dict,
        description="axes on which variants of the network differ, by name, each with its values",
    )

    @model_validator(mode="before")
    @classmethod
    def _have_default_metrics(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "metrics" in values:
            return values
        task = values.get("task", "classification")
        name = _DEFAULT_METRICS.get(task) if isinstance(task, str) else None
        return values if name is None else {**values, "metrics": {name: name}}

    @model_validator(mode="after")
    def _is_trained_or_given(self) -> Model:
        ways = [key for key in ("source", "training", "random_weights") if getattr(self, key) is not None]
        if len(ways) > 1:
            raise ValueError(
                f"has {' and '.join(map(repr, ways))}: a network is either given, trained or of random weights"
            )
        if self.signature is not None and (self.source is None or self.source.endswith((".keras", ".onnx"))):
            raise ValueError("a signature is one of a source that is a .tflite file or a SavedModel")
        if self.source is None and self.dataset is not None:
            for key in ("representative", "sequence"):
                if getattr(self.dataset, key) is not None:
                    raise ValueError(f"dataset.{key} is for a given network, and there is no 'source'")
        if self.random_weights is not None:
            if self.input is None or self.dataset is not None:
                raise ValueError("a network of random weights needs input, and no dataset")
        elif self.source is None:
            missing = [key for key in ("input", "dataset", "training") if getattr(self, key) is None]
            if missing:
                raise ValueError(f"without 'source' the network is trained, which needs {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _images_are_augmented(self) -> Model:
        augmented = self.training is not None and self.training.augmentation is not None
        if augmented and self.input is not None and len(self.input.shape) != _IMAGE_AXES:
            raise ValueError(
                f"training.augmentation changes images, and input.shape is {list(self.input.shape)}; "
                "expected [height, width, channels]"
            )
        return self

    @model_validator(mode="after")
    def _limits_are_of_metrics(self) -> Model:
        places = {
            "budgets": self.budgets,
            **{f"budgets.boards.{k}": v for k, v in self.budgets.boards.items()},
        }
        for place, limits in places.items() if self.dataset else ():
            for key, name in limits.metric_names().items():
                if name not in self.metrics:
                    known = did_you_mean(name, self.metrics)
                    raise ValueError(f"{place}.{key}: this model has no metric {name!r}; {known}")
        for place, limits in places.items():
            if problem := unknown_figure(limits.tolerances, self.metrics):
                raise ValueError(f"{place}.tolerances: {problem}")
        return self

    @model_validator(mode="after")
    def _dataset_suits_the_task(self) -> Model:
        if self.dataset is None:
            return self
        if self.training is not None and self.dataset.test is not None and self.dataset.train is None:
            raise ValueError("training needs samples: 'dataset.train' is missing beside 'dataset.test'")
        if self.task == "none":
            raise ValueError("has a dataset, and the task 'none'; expected 'classification' or 'regression'")
        if self.task == "regression" and (self.dataset.positive_class or self.dataset.name):
            raise ValueError("a regression has no classes, and the shipped data sets have nothing else")
        return self

    @model_validator(mode="after")
    def _can_have_its_axes(self) -> Model:
        check_axes(self)
        return self


def read_model(path: Path) -> Model:
    """Return the model in `path`, a model.toml; its name is that of its folder. Raises RecordError."""
    return read_record(path, Model, name=path.resolve().parent.name)
