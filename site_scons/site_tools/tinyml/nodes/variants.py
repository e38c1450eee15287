"""Fields of the request of a report that are about variants of its model."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.exploring import PLACE, RESULT

from ..dependencies.facts import Checked
from ..paths import file
from .data import stamps

if TYPE_CHECKING:
    from ..scons import Environment
    from .build import Build
    from .models import Network


def of_report(env: Environment, network: Network, checked: Checked) -> dict[str, str]:
    """Return fields of the request of the report: none for a model without variants. Raises InputError."""
    if network.file is None or not network.model.variants:
        return {}
    name = network.file.parent.name
    parts = [checked.made_of(network.file), *stamps(env, network.model, network.file, network.outside)]
    fields = {"variants": f"{name}={sha256(' '.join(parts).encode()).hexdigest()}"}
    found = f"{env['TINYML_BUILD']}/{PLACE}/{name}/{RESULT}"
    return fields | ({"explored": found} if Path(file(env, found).abspath).is_file() else {})


def made_of(build: Build) -> str:
    """Return the digest of what variants of the model of `build` are made of, states of samples among it."""
    return build.variants["variants"].rpartition("=")[2]
