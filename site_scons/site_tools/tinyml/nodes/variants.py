"""What the report of a failed build reads of variants of its model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.exploring import PLACE, RESULT

from ..dependencies.facts import Checked
from ..paths import file

if TYPE_CHECKING:
    from ..scons import Environment
    from .models import Network


def of_report(env: Environment, network: Network, checked: Checked) -> dict[str, str]:
    """Return fields of the request of the report: none for a model without variants. Raises InputError."""
    if network.file is None or not network.model.variants:
        return {}
    name = network.file.parent.name
    found = f"{env['TINYML_BUILD']}/{PLACE}/{name}/{RESULT}"
    if not Path(file(env, found).abspath).is_file():
        return {"variants": f"{name}="}
    return {"variants": f"{name}={checked.made_of(network.file)}", "explored": found}
