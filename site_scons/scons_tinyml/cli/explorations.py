"""Search for the explorations of a build folder."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from pydantic import ValidationError

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.explored import Explored
from scons_tinyml.records.exploring import PLACE, RESULT
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import REPORT_BYTES, REPORT_VALUES
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.resources import results_folder


def add_build_option(parser: ArgumentParser) -> None:
    """Add `--build`, which all commands that read results have."""
    parser.add_argument(
        "--build", type=Path, default=results_folder(), help="folder of results (default: %(default)s)"
    )


def explorations(build: Path) -> dict[str, Explored]:
    """Return what is in the folder of results, by the names of the models. Raises InputError."""
    return {path.parent.name: _read(path) for path in sorted((build / PLACE).glob(f"*/{RESULT}"))}


def exploration(build: Path, model: str) -> Explored:
    """Return the exploration of `model`. Raises InputError if there is none."""
    paths = {path.parent.name: path for path in (build / PLACE).glob(f"*/{RESULT}")}
    if model not in paths:
        raise InputError(
            f"'{model}' was not explored; {did_you_mean(model, paths)}",
            where=build / PLACE,
            hint=f"scons explore target=BOARD model={model}",
        )
    return _read(paths[model])


def _read(path: Path) -> Explored:
    try:
        return Explored.model_validate(parse_json(read_input(path, REPORT_BYTES), most_values=REPORT_VALUES))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    except ValidationError as error:
        problem = error.errors()[0]
        raise InputError(
            f"is no exploration of this version: {problem['msg']}",
            where=path,
            key=".".join(map(str, problem["loc"])) or None,
            hint="scons explore writes it again",
        ) from None
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", where=path) from None
