"""Samples without duplicates in three parts, by themselves or by a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.dataset import SPLITS, Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits, joined
from scons_tinyml.stages.data.wanted import ALL, Parts

if TYPE_CHECKING:
    import numpy as np

    from scons_tinyml.stages.data.labelled import IndexArray


def splits_of(parts: Parts, dataset: Dataset, where: Path, *, trains: bool = True) -> Splits:
    """Return `parts` as three splits without duplicates.

    Samples named ALL, and a validation split that is missing, are split by the fractions of `dataset`. A network that
    is not trained (`trains` is False) needs the test split alone. Raises InputError, for the file `where`, for a split
    that is missing or empty, and for one without a sample of each class where a network is trained.
    """
    found = _own_splits(parts, dataset, where, trains=trains) if ALL not in parts else None
    if found is None:
        splits = _split_all(parts[ALL], dataset, where)
    else:
        splits = without_duplicates(found, allow_overlap=dataset.allow_overlap)
    for name, part in splits.parts.items():
        if trains or name == "test":
            _require_samples(name, part, where, of_each_class=trains)
    return splits


def _split_all(data: LabelledSamples, dataset: Dataset, where: Path) -> Splits:
    for key, example in (("train_fraction", 0.7), ("validation_fraction", 0.1)):
        if getattr(dataset, key) is None:
            raise InputError(
                "missing: these samples have no splits of their own",
                where=where,
                key=f"dataset.{key}",
                hint=f"{key} = {example}",
            )
    return split(remove_duplicates(data), dataset)


def _own_splits(parts: Parts, dataset: Dataset, where: Path, *, trains: bool) -> Splits:
    """Return splits as `parts` has them. Raises InputError for fractions that say something else."""
    for name in ("train", "test") if trains else ("test",):
        if name not in parts:
            raise InputError(f"there is no {name} split, but {', '.join(parts)}", where=where, key="dataset")
    fractions = {"train_fraction": "train" in parts, "validation_fraction": "validation" in parts}
    for key, is_given in fractions.items():
        if is_given and getattr(dataset, key) is not None:
            raise InputError(
                "these samples have splits of their own; leave it out", where=where, key=f"dataset.{key}"
            )
    named = _same_classes({name: parts[name] for name in SPLITS if name in parts})
    empty = named["test"].take(_none())
    train = named.get("train", empty)
    if "validation" in named or not trains:
        return Splits(train, named.get("validation", empty), named["test"])
    if dataset.validation_fraction is None:
        raise InputError(
            "missing: these samples have no validation split",
            where=where,
            key="dataset.validation_fraction",
            hint="validation_fraction = 0.1, of the training split",
        )
    cut = split(train, dataset, (1 - dataset.validation_fraction, 1))
    return Splits(cut.train, cut.validation, named["test"])


def without_duplicates(splits: Splits, *, allow_overlap: bool) -> Splits:
    """Return `splits` without a sample that an earlier split has, too, and without contradictions.

    With `allow_overlap`, such samples stay in the test split, and are counted.
    """
    import numpy as np

    parts = list(splits.parts.values())
    whole = joined(parts)
    kept = np.sort(_first_of_equals(whole))
    starts = np.cumsum([0, *(len(part) for part in parts)])
    train, validation, test = (
        whole.take(kept[(kept >= start) & (kept < end)]) for start, end in pairwise(starts)
    )
    if not allow_overlap:
        return Splits(train, validation, test)
    tested = splits.test.take(np.sort(_first_of_equals(splits.test)))
    known = {digest for part in (train, validation) for digest in _digests(part)}
    overlap = sum(digest in known for digest in _digests(tested))
    return Splits(train, validation, tested, overlap)


def remove_duplicates(data: LabelledSamples) -> LabelledSamples:
    """Return the first of all identical samples; none when their classes differ, as one is wrong."""
    return data.take(_first_of_equals(data))


def _first_of_equals(data: LabelledSamples) -> IndexArray:
    import numpy as np

    first: dict[bytes, int] = {}
    labels: dict[bytes, set[int]] = {}
    for index, key in enumerate(_digests(data)):
        first.setdefault(key, index)
        labels.setdefault(key, set()).add(int(data.labels[index]) if data.classes else 0)
    kept = [index for key, index in first.items() if len(labels[key]) == 1]
    return np.array(kept, np.intp)


def _digests(data: LabelledSamples) -> Iterator[bytes]:
    """Yield a digest of each sample, which takes less memory than the sample."""
    return (hashlib.sha256(value.tobytes()).digest() for value in data.values)


def split(data: LabelledSamples, dataset: Dataset, ends: tuple[float, float] | None = None) -> Splits:
    """Return three parts with equal shares of every class, in random order.

    Samples of one recording stay in one part. `ends` are the shares of all samples at which the first and the second
    part end; by default they follow from the fractions of `dataset`. Only `dataset.seed` determines the order.
    """
    import numpy as np

    random = np.random.default_rng(dataset.seed)
    first = dataset.train_fraction or 0
    limits = ends or (first, first + (dataset.validation_fraction or 0))
    parts: tuple[list[IndexArray], ...] = ([], [], [])
    for members in data.by_class():
        for part, chosen in zip(parts, _cut(members, data.recordings, limits, random), strict=True):
            part.append(chosen)
    train, validation, test = (data.take(random.permutation(np.concatenate(part))) for part in parts)
    return Splits(train, validation, test)


def _cut(
    members: IndexArray, recordings: IndexArray | None, ends: tuple[float, float], random: np.random.Generator
) -> Sequence[IndexArray]:
    """Return the samples `members` in three parts, cut between recordings, as near to `ends` as can be."""
    import numpy as np

    if recordings is None:
        mixed = random.permutation(members)
        return np.split(mixed, [round(len(mixed) * end) for end in ends])
    of_member = recordings[members]
    order = random.permutation(np.unique(of_member))
    sizes = np.concatenate([[0], np.cumsum([np.count_nonzero(of_member == one) for one in order])])
    wanted = [end * len(members) for end in ends]
    cuts = [int(np.abs(sizes - end).argmin()) for end in wanted]
    cuts = _with_one_each(cuts, len(order), ends)
    return [members[np.isin(of_member, chosen)] for chosen in np.split(order, cuts)]


def _with_one_each(cuts: list[int], count: int, ends: tuple[float, float]) -> list[int]:
    """Return `cuts` of `count` recordings moved so that no part is empty, where there are enough recordings."""
    parts = 3 if ends[1] < 1 else 2
    if count < parts:
        return cuts
    first = min(max(cuts[0], 1), count - parts + 1)
    return [first, count if parts == 2 else min(max(cuts[1], first + 1), count - 1)]


def one_against_rest(data: LabelledSamples, positive: str) -> LabelledSamples:
    """Return the same samples with two labels: 1 for the class `positive`, 0 for all others."""
    import numpy as np

    labels = (data.labels == data.classes.index(positive)).astype(np.int64)
    return LabelledSamples(data.values, labels, (f"not {positive}", positive), data.recordings)


def classes_in_turn(data: LabelledSamples) -> IndexArray:
    """Return all indices: the first n have n / classes of each class, as long as its samples last."""
    import numpy as np

    turn, label = np.zeros(len(data), np.intp), np.zeros(len(data), np.intp)
    for number, members in enumerate(data.by_class()):
        turn[members] = np.arange(len(members))
        label[members] = number
    return np.lexsort((label, turn))


def _none() -> IndexArray:
    import numpy as np

    return np.zeros(0, np.intp)


def _same_classes(parts: Parts) -> dict[str, LabelledSamples]:
    """Return `parts` with labels that index the same classes: all that one of them has, by their names."""
    import numpy as np

    every = [part.classes for part in parts.values()]
    longest = max(every, key=len)
    if all(set(classes) <= set(longest) for classes in every):
        known = longest
    else:
        known = tuple(sorted({name for classes in every for name in classes}))
    found = {}
    for name, part in parts.items():
        numbers = np.array([known.index(one) for one in part.classes], np.int64)
        labels = numbers[part.labels] if part.classes else part.labels
        found[name] = LabelledSamples(part.values, labels, known, part.recordings)
    return found


def _require_samples(name: str, part: LabelledSamples, where: Path, *, of_each_class: bool) -> None:
    if not len(part):
        raise InputError(f"the {name} split has no samples", where=where, key="dataset")
    for label, missing in enumerate(part.classes if of_each_class else ()):
        if not len(part.members(label)):
            raise InputError(
                f"the {name} split has no sample of {missing!r}",
                where=where,
                key="dataset",
                hint="a class needs samples, or recordings, for each of the splits",
            )
