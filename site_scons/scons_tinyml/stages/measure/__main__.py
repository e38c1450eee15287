"""Stage: measure every candidate kernel of every layer alone in the emulator, in a build's placement.

Rows of the database with the same key are not measured again. For each layer the result lists the kernels
that can run it, the comparison of their output with the oracle's, and their cost.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.trust import Trust
from scons_tinyml.records.tuning import parse_tuning
from scons_tinyml.stages import files
from scons_tinyml.stages.lowering.further import further_to_json
from scons_tinyml.stages.measure.measuring import executor_of, read_measuring
from scons_tinyml.stages.measure.requests import MeasureRequest
from scons_tinyml.stages.plan.measurements import measurements_to_json


def main(request: MeasureRequest[Path]) -> None:
    """Entry point of the stage."""
    with executor_of(request) as executor, CostDatabase.open(request.costs) as database:
        campaign = read_measuring(request, Trust.parse(request.trust), executor).campaign
        measured = campaign.run(database, parse_tuning(request.tune))
    files.write_json(request.measurements, measurements_to_json(measured))
    files.write_json(request.schedules, further_to_json(campaign.taken))
