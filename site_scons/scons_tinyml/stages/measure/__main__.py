"""Stage: every candidate kernel of every layer is measured alone in the emulator, where a build has it.

What the database already knows for the same key is not measured again. The result lists for each layer which
kernels can run it, whether their output was the oracle's, and what they cost.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.stages import files
from scons_tinyml.stages.measure.measuring import read_measuring
from scons_tinyml.stages.measure.requests import MeasureRequest
from scons_tinyml.stages.plan.measurements import measurements_to_json


def main(request: MeasureRequest[Path]) -> None:
    """Entry point of the stage."""
    campaign = read_measuring(request).campaign
    with CostDatabase.open(request.costs) as database:
        measured = campaign.run(database)
    files.write_json(request.measurements, measurements_to_json(measured))
