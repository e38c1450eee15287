"""The answer of `tinyml explain`, from the results of a build."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from scons_tinyml.library.explanation.hot_layers import hot_layers, multiplying
from scons_tinyml.library.explanation.memory_system import memory_system
from scons_tinyml.library.explanation.scarce import held_back, scarcest
from scons_tinyml.library.explanation.ways import Case, ways_out
from scons_tinyml.library.results import REPORT, Results
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.explanation import Explanation, Scarce
from scons_tinyml.records.model import read_model
from scons_tinyml.records.report import errors
from scons_tinyml.records.suggest import did_you_mean

_FIT = "fit.json"


def require_build(folder: Path, board: str, model: str, models: Collection[str]) -> None:
    """Raise InputError, with the command that builds, unless `folder` has the report of a build.

    `models` are the models of the project; results may also be of the file of a network.
    """
    if (folder / REPORT).is_file():
        return
    command = f"scons target={board} model={model}"
    if (folder / _FIT).is_file():
        problem = f"{model} has no room on {board}: nothing was compiled or measured"
        raise InputError(
            problem, where=folder / _FIT, hint=f"{command} says what does not fit, and where it would"
        )
    built = [path.parent.name for path in folder.parent.glob(f"*/{REPORT}")]
    hint = f"{command} makes it" if model in models else did_you_mean(model, sorted({*models, *built}))
    raise InputError(f"there is no build of {model} for {board}", where=folder / REPORT, hint=hint)


def explain(results: Results, model_file: Path | None, about: Scarce | None = None) -> Explanation:
    """Return what holds the network of `results` back, and the ways out.

    `model_file` is its model.toml, if it has one. `about` is the resource to explain; default: the scarcest. Raises
    FirmwareFault for an image that stops the chip.
    """
    report = results.report
    held = held_back(report)
    scarce, why = scarcest(report, held)
    case = Case(results, about or scarce, _subject(results, model_file))
    ways, not_measured = ways_out(case)
    bound = report.multiply_bound
    return Explanation(
        target=report.target,
        part=report.part,
        core=report.core,
        clock_hz=report.clock_hz,
        model=report.model,
        quantization=report.quantization,
        verdict=report.verdict,
        errors=tuple(finding.message for finding in errors(report.findings)),
        about=case.about,
        why="as asked" if about else why,
        held_back=held,
        layers=hot_layers(report),
        multiplying=multiplying(report),
        multiply=bound.instructions if bound else None,
        memory=memory_system(results),
        ways=ways,
        not_measured=not_measured,
    )


def _subject(results: Results, model_file: Path | None) -> str:
    """Return the options that name the network: 'model=cats quantize=float'.

    A build does not keep the path of a file that was given, which is FILE.
    """
    report = results.report
    if model_file is None:
        return "model=FILE"
    wanted = read_model(model_file).quantization.mode
    built = report.quantization if report.quantization in ("int8", "int16x8", "float") else wanted
    return f"model={report.model}" + (f" quantize={built}" if built != wanted else "")
