"""Print or write the JSON Schemas of files: boards, models, kernels, reports, answers, comparisons, packs and others.

A line such as "$schema" = "board.schema.json" makes editors complete and check the file.

examples:
  tinyml schema board > board.schema.json
  tinyml schema board model --output schemas
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.costs.packs.schema import schema as pack_schema
from scons_tinyml.records.schema import RECORDS, json_schema, schema_file_name
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.files import write_json

PACK = "cost-pack"
NAMES = (*RECORDS, PACK)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--output", type=Path, help="folder to write NAME.schema.json to (default: print)")


def run(options: Namespace) -> None:
    """Print the schemas, or write a file for each."""
    for name in options.names:
        schema = pack_schema() if name == PACK else json_schema(name)
        if options.output is None:
            print(json.dumps(schema, indent=2, sort_keys=True))
        else:
            path = options.output / schema_file_name(name)
            write_json(path, schema)
            print_wrapped(str(path))
