"""Stage: every candidate kernel of every layer is measured alone in the emulator, where a build has it.

What the database already knows for the same key is not measured again. The result lists for each layer which
kernels can run it, whether their output was the oracle's, and what they cost.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.stages import files
from scons_tinyml.stages.measure.request import add_request, read_request
from scons_tinyml.stages.plan.measurements import measurements_to_json


def main(arguments: Sequence[str]) -> None:
    """Entry point of the stage."""
    parser = ArgumentParser(
        prog="scons_tinyml.stages measure", description="Measure the layers of a network."
    )
    parser.add_argument("--measurements", type=Path, required=True, help="JSON file to write")
    add_request(parser)
    options = parser.parse_args(arguments)
    campaign = read_request(options).campaign
    with CostDatabase.open(options.costs) as database:
        measured = campaign.run(database)
    files.write_json(options.measurements, measurements_to_json(measured))
