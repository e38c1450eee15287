"""Kernels generated for single layers: Python files beside the declarations of a kernel set, found by name.

`kernels/<set>/<name>.py` ends with `GENERATOR = Pointwise()`, an object of a class derived from `Generator`.
Its implementations are named '<set>/<name>', or '<set>/<name>.<schedule>' for several schedules. Schedules that it only
offers are generated when somebody looks for faster ones (`tune=`), or has rows of them. A file whose
name begins with an underscore is a helper, which generators import by that name.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.kernel import generator_files
from scons_tinyml.records.tolerances import excess
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation, Lowered
from scons_tinyml.stages.lowering.thumb.pairing import paired
from scons_tinyml.stages.project_code import importing_from


class Generator(ABC):
    """Writes functions for single layers. Equal layers on equal cores must give equal text."""

    @abstractmethod
    def lower(self, view: LayerView, core: Core) -> Iterable[Lowered]:
        """Yield implementations for the layer of `view`, a Refusal, or nothing for other operators.

        Names are those of schedules, '' for a single schedule.
        """

    def offers(self, view: LayerView, core: Core) -> Iterable[Offer]:  # noqa: ARG002
        """Yield further schedules for the layer of `view`, under names that `lower` has not."""
        return ()


@dataclass(frozen=True)
class Offer:
    """A schedule that is generated only when it is wanted."""

    name: str
    generate: Callable[[], Lowered]
    """Returns the implementation, or a Refusal, with that name."""


@dataclass(frozen=True)
class GeneratedKernels:
    """The provider of the generator in `file`."""

    file: Path
    generator: Generator

    @property
    def name(self) -> str:
        """'<set>/<stem of the file>'."""
        return f"{self.file.parent.name}/{self.file.stem}"

    @property
    def set_name(self) -> str:
        """Name of the kernel set."""
        return self.file.parent.name

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield the generator's results under full names.

        Raises RecordError for a result without generated code, or with a tolerance above the ceiling.
        """
        for item in self.generator.lower(view, core):
            yield self._checked(view, item, core)

    def offers(self, view: LayerView, core: Core) -> Iterator[Offer]:
        """Yield the generator's further schedules under full names. Generating one raises RecordError as above."""
        for offer in self.generator.offers(view, core):
            generate = partial(self._generated, view, offer, core)
            yield Offer(self._full(offer.name), generate)

    def _generated(self, view: LayerView, offer: Offer, core: Core) -> Lowered:
        return replace(self._checked(view, offer.generate(), core), name=self._full(offer.name))

    def _checked(self, view: LayerView, item: Lowered, core: Core) -> Lowered:
        """Return `item` under its full name, and in an order for the core."""
        if isinstance(item, Implementation):
            self._check(view, item)
        if isinstance(item, Implementation) and item.variant_of:
            item = replace(item, variant_of=self._full(item.variant_of))
        if core.issues_two and isinstance(item, Implementation) and isinstance(item.code, GeneratedCode):
            item = replace(item, code=replace(item.code, text=paired(item.code.text)))
        return replace(item, name=self._full(item.name))

    def _full(self, schedule: str) -> str:
        return f"{self.name}.{schedule}" if schedule else self.name

    def _check(self, view: LayerView, item: Implementation) -> None:
        if not isinstance(item.code, GeneratedCode):
            raise RecordError(f"schedule '{item.name}' has no generated code", where=self.file)
        operator = known_operator(view)
        number_type = operator.number_type(view) or "any"
        problem = excess(operator.computation(view), number_type, item.max_ulps)
        if problem is not None:
            raise RecordError(problem, where=self.file, key=f"schedule '{item.name}': max_ulps")


def find_generators(folder: Path) -> tuple[GeneratedKernels, ...]:
    """Return the generators of the kernel set in `folder`, in the order of their names.

    Raises RecordError.
    """
    return tuple(GeneratedKernels(file, _load(file)) for file in generator_files(folder))


def _load(file: Path) -> Generator:
    try:
        generator = vars(_execute(file)).get("GENERATOR")
    except Exception as error:
        raise RecordError(f"cannot be loaded: {error!r}", where=file) from error
    if not isinstance(generator, Generator):
        raise RecordError(
            "does not end with GENERATOR = ..., an object of a class derived from Generator", where=file
        )
    return generator


def _execute(file: Path) -> ModuleType:
    spec = spec_from_file_location(f"tinyml_generators.{file.parent.name}.{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    with importing_from(file.parent):
        spec.loader.exec_module(module)
    return module
