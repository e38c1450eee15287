"""The Python file of a project that gives the samples of a data set.

    def load(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        ...
        return {"train": (x, y), "validation": (x, y), "test": (x, y)}

    CLASSES = ("idle", "walking")  # of a classification; left out, they are numbers

Values have the shape (samples, *input.shape), and are taken as float32. Labels of a classification have the shape
(samples,), and are whole numbers from 0 or text. Labels of a regression are numbers of the shape (samples, shape of the
output...). The seed is `dataset.seed`; `random` and `numpy.random` are seeded with it, too.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.dataset import SPLITS
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.data.arrays import samples_of
from scons_tinyml.stages.data.wanted import Parts, Wanted
from scons_tinyml.stages.project_code import call, function_of, importing_from

FUNCTION = "load"
_CLASSES = "CLASSES"
_RETURNS = 'expected {"train": (x, y), "validation": (x, y), "test": (x, y)}'


def run_script(path: Path, seed: int, wanted: Wanted) -> Parts:
    """Return the samples that `load(seed)` of the file `path` gives, by split.

    The file may import others beside it, and from the working folder. Raises InputError with file, line and exception
    when it raises, and for another result.
    """
    import numpy as np

    with importing_from(path.parent, Path()):
        random.seed(seed)
        np.random.seed(seed)
        module, load = function_of(path, FUNCTION, "seed")
        found = call(path, load, seed)
    classes = getattr(module, _CLASSES, None)
    if not isinstance(found, Mapping) or set(found) != set(SPLITS):
        shown = sorted(map(repr, found)) if isinstance(found, Mapping) else type(found).__name__
        raise InputError(f"{FUNCTION} returned {shown}; {_RETURNS}", where=path)
    return {name: _part(path, name, found[name], classes, wanted) for name in SPLITS}


def _part(path: Path, name: str, found: Any, classes: Any, wanted: Wanted) -> Any:
    import numpy as np

    if not isinstance(found, tuple | list) or len(found) != 2:
        raise InputError(f"{FUNCTION} returned no pair of arrays for {name!r}; {_RETURNS}", where=path)
    values, labels = (np.asarray(one) for one in found)
    names = (f"x of {name}", f"y of {name}")
    return samples_of(values, labels, classes, wanted, where=path, names=names)
