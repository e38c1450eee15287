"""A model of cycles, learnt from the rows of the database. It proposes what to measure, and decides nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_ROWS = 24
"""With fewer rows nothing is learnt."""
_NUMBERS = 3
"""Numbers of a schedule's name that count: '3x2_copied' has two."""
_MOST_CODES = 250
"""Kinds of a category that the library tells apart; rarer ones are one."""
_MISSING = -1.0
"""Stands for a number that a kernel or a layer has not."""
_WORK = (
    *("output_height", "output_width", "output_channels", "filter_height", "filter_width"),
    *("filter_input_channels", "input_channels", "rows", "depth", "channels", "elements"),
)
"""Sizes whose product is nearly proportional to the cycles of one kernel."""


@dataclass(frozen=True)
class Subject:
    """A kernel on a layer and a core, as far as the model knows it."""

    kernel: str
    operator: str
    attributes: Mapping[str, int]
    core: str
    memory: str
    """Description of the memories that code and data are in."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Operator, generator, schedule without its numbers, core, memory."""
        generator, _, schedule = self.kernel.partition(".")
        return self.operator, generator, re.sub(r"\d+", "#", schedule), self.core, self.memory

    @property
    def numbers(self) -> tuple[float, ...]:
        """Numbers in the name of the schedule, -1 where there are fewer."""
        found = [float(text) for text in re.findall(r"\d+", self.kernel.partition(".")[2])[:_NUMBERS]]
        return (*found, *[_MISSING] * (_NUMBERS - len(found)))

    @property
    def work(self) -> float:
        """Logarithm of the product of the layer's sizes."""
        return sum(math.log2(self.attributes[name]) for name in _WORK if self.attributes.get(name, 0) > 0)


class CostModel:
    """Boosted trees on the logarithm of cycles for each unit of work. Equal rows give equal proposals."""

    def __init__(self, rows: Sequence[tuple[Subject, int]]) -> None:
        """Learn from subjects with their cycles. Raises MissingExtra without scikit-learn."""
        self._names = sorted({name for subject, _ in rows for name in subject.attributes})
        self._codes: list[dict[str, int]] = []
        for position in range(len(rows[0][0].categories)) if rows else ():
            kinds = sorted({subject.categories[position] for subject, _ in rows})[:_MOST_CODES]
            self._codes.append({kind: code for code, kind in enumerate(kinds)})
        self._trees = self._learnt(rows) if len(rows) >= LEAST_ROWS else None

    @property
    def knows(self) -> bool:
        """True when there were enough rows to learn from."""
        return self._trees is not None

    def cycles(self, subjects: Sequence[Subject]) -> list[float]:
        """Return the cycles that the model expects for each of `subjects`."""
        if self._trees is None or not subjects:
            return [math.inf] * len(subjects)
        found = self._trees.predict(self._table(subjects))
        return [float(2 ** (value + subject.work)) for value, subject in zip(found, subjects, strict=True)]

    def _learnt(self, rows: Sequence[tuple[Subject, int]]) -> Any:
        try:
            from sklearn.ensemble import HistGradientBoostingRegressor
        except ImportError as error:
            raise MissingExtra(
                "tune",
                f"looking for schedules needs scikit-learn ({error})",
                otherwise="or tune=0",
                where="command line",
                key="tune",
            ) from None
        trees = HistGradientBoostingRegressor(
            max_iter=150,
            min_samples_leaf=4,
            early_stopping=False,
            categorical_features=list(range(len(self._codes))),
            random_state=0,
        )
        wanted = [math.log2(cycles) - subject.work for subject, cycles in rows]
        return trees.fit(self._table([subject for subject, _ in rows]), wanted)

    def _table(self, subjects: Sequence[Subject]) -> NDArray[np.float64]:
        """Return a row of features for each of `subjects`; a category that was never seen is NaN."""
        import numpy as np

        table = [
            [
                *(codes.get(kind, math.nan) for codes, kind in zip(self._codes, one.categories, strict=True)),
                *one.numbers,
                *(float(one.attributes.get(name, _MISSING)) for name in self._names),
                one.work,
            ]
            for one in subjects
        ]
        return np.array(table, dtype=np.float64)
