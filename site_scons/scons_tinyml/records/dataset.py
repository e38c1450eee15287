"""The table `[dataset]` of a model.toml: where labelled samples come from, and how they are split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scons_tinyml.records.quantities import Hertz
from scons_tinyml.records.texts import ProjectPath, Prose
from scons_tinyml.records.toml_file import Record

Task = Literal["classification", "regression", "none"]
"""Task of a network. Labels of a classification are classes, of a regression float values of the output's shape."""
SPLITS = ("train", "validation", "test")
"""Names of the parts of a data set, in their order."""
_ORIGINS = ("name", "script", "path", "test")
_SMALLEST_TEST_FRACTION = 0.05


class Dataset(Record):
    """Labelled samples and how they are split; duplicates are removed before the split."""

    name: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="a data set that is shipped: a file of scons_tinyml/stages/data/datasets",
    )
    script: ProjectPath | None = Field(
        default=None, description="Python file with load(seed), which gives the samples of each split"
    )
    path: ProjectPath | None = Field(
        default=None, description=".npz file, or folder with a folder of pictures, .csv or .wav files a class"
    )
    train: ProjectPath | None = Field(default=None, description="such a file or folder for training alone")
    validation: ProjectPath | None = Field(
        default=None, description="for validation alone; left out, it is a fraction of train"
    )
    test: ProjectPath | None = Field(default=None, description="for testing alone")
    representative: ProjectPath | None = Field(
        default=None,
        description="such a file or folder, without labels, whose samples a given network is quantized with; "
        "left out, a .keras file or SavedModel is quantized with samples of train",
    )
    sequence: int | None = Field(
        default=None,
        gt=0,
        description="calls that make one sample of a given network with state, which is reset before each sample",
    )
    files: tuple[ProjectPath, ...] = Field(
        default=(), description="files and folders that the script reads: a change of them reads all again"
    )
    window: int | None = Field(
        default=None,
        gt=0,
        description="samples of a recording (.csv, .wav, shipped ones) that are one input of the network",
    )
    stride: int | None = Field(
        default=None, gt=0, description="samples between the beginnings of windows; default: window"
    )
    sample_rate: Hertz | None = Field(default=None, gt=0, description="that all .wav files have to have")
    shape: tuple[Annotated[int, Field(gt=0)], ...] | None = Field(
        default=None,
        min_length=3,
        max_length=3,
        description="height, width and channels of pictures as they are read and split, where input.shape is "
        "smaller: they are then scaled down, or become grey",
    )
    classes: tuple[Prose, ...] = Field(
        default=(), description="classes that are kept; samples of others are left out. Left out: all"
    )
    positive_class: Prose | None = Field(
        default=None, description="make the task this class against all others"
    )
    output: Prose | None = Field(
        default=None, description="the output that gives the classes, in a given .keras that has several"
    )
    train_fraction: float | None = Field(
        default=None, gt=0, lt=1, description="of samples without splits of their own"
    )
    validation_fraction: float | None = Field(
        default=None, gt=0, lt=1, description="of samples without splits of their own, or of train"
    )
    allow_overlap: bool = Field(
        default=False,
        description="test samples that are also in the other splits stay; the report says how many",
    )
    seed: int = Field(
        default=0,
        ge=0,
        lt=2**32,
        description="seed of the split and of the script, apart from that of training",
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Dataset:
        given = [key for key in _ORIGINS if getattr(self, key) is not None]
        if len(given) != 1 and not (self.representative and not given):
            found = f"has {' and '.join(map(repr, given))}" if given else "has no samples"
            raise ValueError(f"{found}: expected one of 'name', 'script', 'path', or 'train' with 'test'")
        if (self.train or self.validation) and self.test is None:
            raise ValueError("has a split of its own and no 'test': expected 'train' with 'test'")
        if self.files and self.script is None:
            raise ValueError("'files' are what a 'script' reads, and there is none")
        if self.classes and self.positive_class:
            raise ValueError("'positive_class' makes two classes of all: expected it or 'classes'")
        if self.stride is not None and self.window is None:
            raise ValueError("'stride' is one of windows, and there is no 'window'")
        return self

    @model_validator(mode="after")
    def _fractions_fit(self) -> Dataset:
        fractions = {key: getattr(self, key) for key in ("train_fraction", "validation_fraction")}
        given = [key for key, value in fractions.items() if value is not None]
        if self.name is not None and len(given) < 2:
            missing = next(key for key in fractions if key not in given)
            raise ValueError(f"'{missing}' is missing, such as 0.7 for training and 0.1 for validation")
        if self.script is not None and given:
            raise ValueError(f"'{given[0]}': the script says itself which split a sample is in")
        if self.test is not None and (self.train_fraction or (self.validation and self.validation_fraction)):
            raise ValueError(f"'{given[0]}': this split has a path of its own")
        total = sum(value or 0 for value in fractions.values())
        if round(total, 9) > 1 - _SMALLEST_TEST_FRACTION and self.test is None:
            raise ValueError(
                f"train_fraction + validation_fraction leave less than {_SMALLEST_TEST_FRACTION} for the test split"
            )
        return self

    @property
    def has_test(self) -> bool:
        """Whether it has labelled samples, and not representative ones alone."""
        return any(getattr(self, key) is not None for key in _ORIGINS)

    @property
    def origin(self) -> str:
        """Origin of the samples, as this table names it."""
        return next(str(getattr(self, key)) for key in _ORIGINS if getattr(self, key) is not None)
