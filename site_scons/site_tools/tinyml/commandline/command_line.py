"""Command line of a build: `scons target=stm32l1 model=catdetector flash=48KiB`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.project_state import OPTIONS as PROJECT_STATE
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.records.tuning import parse_time, parse_tuning
from scons_tinyml.records.wrapping import beside, columns, wrapped
from scons_tinyml.stages.executors import options as executors

from .queries import BUILD, EXPLORE, WEB, needed

OPTIONS: Mapping[str, str] = {
    "target": "board to build for",
    "model": "model to build, or the path of a .keras, .tflite or .onnx file, or of a SavedModel",
    "name": "name of the results and of the published files; default: that of the model",
    "quantize": "int8, int16x8 (activations of 16 bits) or float; default: what model.toml says; for a given network "
    "int8 with representative=",
    "keep_float": "layers that stay float32 in a quantized network, with commas between; scons diagnose names them; "
    "none: none of those in model.toml",
    "keep_int16": "layers with activations of 16 bits in an int8 network, with commas between; or none",
    "quality": "yes: the build compares float and quantized layers too, as `scons diagnose` does",
    "representative": "samples that a given float network is quantized with: .npz, or a folder; labels are not needed",
    "test": "labelled samples that a given network is evaluated with: .npz, or a folder with one for each class",
    "sequence": "calls that make one sample of a given network with state, which is reset before each sample",
    "kernels": "kernel sets to choose from, with commas between; default: all",
    "optimize": "latency, flash or ram: what the kernels make small within the budgets; default: latency",
    "tune": "how long to look for faster schedules of generated kernels: 30s, 5min, all, or 0, the default",
    "patches": "yes: layers may run patch by patch, for less RAM and more cycles; default: yes with optimize=ram",
    "activations": "region of the board's memory for activations and scratch, such as DTCM; default: the largest RAM",
    "fold_constant_channels": "no: channels that are the same for every input are computed all the same",
    "flash": "budget of the whole image, such as 48KiB",
    "ram": "budget of data, bss, arena and worst stack, such as 12KiB",
    "latency": "budget of one inference, such as 40ms; the worse end of the band counts",
    "energy": "budget of one inference, such as 1.2mJ, by the currents of the board file",
    "average_power": "budget of the mean power with sleep between inferences, such as 50uW",
    "inferences_per_hour": "rate that average_power= is computed for, such as 60",
    "accuracy": "least accuracy of the deployed network, between 0 and 1",
    "accuracy_drop": "most accuracy that int8 may lose against float, such as 0.01",
    "metrics": "budgets of other metrics of the model, such as f1:0.9, with commas between",
    "metric_drops": "most by which int8 may be worse than float in them, such as f1:0.01",
    "tolerances": "most by which figures may be worse than in baseline=, such as flash:1%,latency:2%,accuracy:0.005",
    "baseline": "report.json, its folder, or a git revision that `scons compare` compares the build with",
    "boards": "boards that `scons matrix` gates, with commas between; default: all",
    "trials": "variants that `scons explore` tries; default: 24, or with budget= all",
    "budget": "time after which `scons explore` begins no more trials, such as 30min or 2h",
    "points": "most variants that `scons explore` builds for each board; default: 6",
    "repeats": "seeds that `scons explore` trains each of these with; default: 3",
    "seed": "seed of the search of `scons explore`; default: 1",
    "out": "name of a new model, which `scons explore` makes of the best variant",
    "layer": "number of the layer that `scons why` explains",
    "placements": "where `scons measure` has weights, code and activations: all (the default), default, or names",
    "port": "serial port of a board, such as /dev/ttyACM0: `scons measure` measures there and not in the emulator",
    "upload": "how images come to the board on port=: pyocd, or pyocd:TARGET; default: flashed by hand",
    "again": "yes: `scons measure port=` measures also what is known already",
    "scheduler": "address of a Dask scheduler, such as tcp://10.0.0.1:8786: kernels are measured on its workers",
    "workers": "number of Dask workers of this machine that measure; default: processes without Dask",
    "costs": "cost database; default: costs.sqlite3 in the folder TINYML_STATE, which is .tinyml",
    "commit": "commit of the project, for the report; `tinyml revision` prints this and the next two",
    "dirty": "yes or no: whether files of the project differ from its commit, for the report",
    "built": "time of the build, such as 2026-11-29T22:00:00Z, for the report; default: SOURCE_DATE_EPOCH",
    "history": "file that gets a line of JSON for each build, which the page draws",
    "outside": "folders outside of the project, with commas between, that paths of a model.toml may lead to",
    "trust_model": "yes: a SavedModel is loaded whatever it runs then, as you know who made it",
    "trust": "packs or signers whose hardware rows may decide, with commas between: sha256:... or ed25519:...",
    "wide": "yes: tables and sentences as wide as they are, not as the terminal, or 80 columns in a log",
    "export": "build systems to write the network for once it passes, with commas between, such as cmake,zephyr",
    "cache": "folder of a CacheDir that builds share; measurements and verdicts are never in it",
}
BOARD_OPTIONS = ("port", "upload", "again")
EXECUTOR_OPTIONS = executors.OPTIONS
EXPLORING = ("trials", "budget", "points", "repeats", "seed", "out")
"""Options of `scons explore` alone."""
LEAST = {"trials": 1, "points": 1, "repeats": 1, "seed": 0}
"""Least values of those that are numbers."""
_MOST = 100_000
JUDGED = (BUILD, "matrix", "compare", EXPLORE, WEB)
CHOSEN = (*JUDGED, "why", "diagnose")
USED_BY: Mapping[str, tuple[str, ...]] = {
    "optimize": CHOSEN,
    "tune": (*JUDGED, "why", "frontier"),
    "patches": (*CHOSEN, "frontier"),
    "activations": (BUILD, "compare", "why", "frontier", "measure"),
    "flash": (*CHOSEN, "frontier"),
    "ram": (*CHOSEN, "frontier"),
    "latency": (*CHOSEN, "frontier"),
    "trust": (*CHOSEN, "frontier"),
    **dict.fromkeys(("energy", "average_power", "inferences_per_hour"), JUDGED),
    "accuracy": JUDGED,
    "accuracy_drop": JUDGED,
    **dict.fromkeys(PROJECT_STATE, JUDGED),
    "metrics": JUDGED,
    "history": JUDGED,
    "metric_drops": JUDGED,
    "baseline": ("compare",),
    "tolerances": ("compare",),
    **dict.fromkeys(EXPLORING, (EXPLORE,)),
    "boards": ("matrix",),
    "export": (BUILD,),
    "layer": ("why",),
    "quality": (BUILD,),
    "placements": ("measure",),
    "port": ("measure",),
    "upload": ("measure",),
    "again": ("measure",),
}
"""Queries that use an option, by option. All queries use an option that is not listed here."""
BUDGET_OPTIONS = (
    *("flash", "ram", "latency", "energy", "average_power", "inferences_per_hour"),
    *("accuracy", "accuracy_drop", "metrics", "metric_drops"),
)
METRIC_OPTIONS = ("accuracy", "accuracy_drop", "metrics", "metric_drops")
MODES = ("int8", "int16x8", "float")
KEPT_OPTIONS = ("keep_float", "keep_int16")
"""Options that name layers with another type than the rest of a quantized network."""
NO_LAYER = "none"
"""Value of such an option that names no layers, where model.toml names some."""
OBJECTIVES = ("latency", "flash", "ram")
YES_NO = ("yes", "no")


def check_options(arguments: Mapping[str, str], overrides: Sequence[str], queries: Sequence[str]) -> None:
    """Raise InputError for an unknown, empty or missing option in `arguments`.

    `overrides` are further known options, `queries` those on the command line. An SConstruct may give a query
    options that it does not use; `check_used` checks those on the command line.
    """
    known = [*OPTIONS, *overrides]
    for name, value in arguments.items():
        if name not in known:
            raise InputError(f"unknown option '{name}'; {did_you_mean(name, known)}", where="command line")
        if not value:
            raise InputError("has no value", where="command line", key=name)
    for name in needed(queries):
        if name not in arguments:
            raise InputError(
                f"missing: {OPTIONS[name]}", where="command line", key=name, hint="scons -h lists them"
            )
    _check_values(arguments)
    for key, kind, values in (("quantize", "a mode", MODES), ("optimize", "an objective", OBJECTIVES)):
        if arguments.get(key, values[0]) not in values:
            hint = did_you_mean(arguments[key], values)
            raise InputError(f"'{arguments[key]}' is not {kind}; {hint}", where="command line", key=key)


def check_used(typed: Iterable[str], queries: Sequence[str]) -> None:
    """Raise InputError for an option in `typed`, from the command line, that none of `queries` uses."""
    words = tuple(queries) or (BUILD,)
    for name in typed:
        users = USED_BY.get(name, words)
        if not set(users) & set(words):
            queried, using = (_listed(list(map(_named, names))) for names in (words, users))
            raise InputError(f"is not used by {queried}, but by {using}", where="command line", key=name)


def check_of_no_board(arguments: Mapping[str, str]) -> None:
    """Raise InputError for an option in `arguments` that says something of firmware, where there is no board."""
    for name in arguments:
        if name in ("name", "kernels") or WEB in USED_BY.get(name, ()):
            raise InputError(
                "is for firmware, and no board is named",
                where="command line",
                key=name,
                hint="target=BOARD names one",
            )


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _named(query: str) -> str:
    return "a build" if query == BUILD else f"scons {query}"


def _check_values(arguments: Mapping[str, str]) -> None:
    for key in BOARD_OPTIONS:
        if key in arguments and "port" not in arguments:
            hint = "scons measure target=BOARD port=/dev/ttyACM0"
            raise InputError("is for measuring on a board", where="command line", key=key, hint=hint)
    if "placements" in arguments and "port" in arguments:
        hint = "a board measures where a build has weights, code and activations; the emulator has other placements"
        raise InputError("is not used with port=", where="command line", key="placements", hint=hint)
    for key in EXECUTOR_OPTIONS:
        if key in arguments and "port" in arguments:
            raise InputError("is not used with port=", where="command line", key=key)
    executors.check_options(*(arguments.get(key, "") for key in EXECUTOR_OPTIONS))
    for key in ("again", "trust_model", "wide", "quality"):
        if arguments.get(key, "yes") != "yes":
            raise InputError(f"'{arguments[key]}' is not yes", where="command line", key=key)
    for key, least in LEAST.items():
        _check_whole(key, arguments.get(key, str(least)), least)
    if "budget" in arguments:
        try:
            parse_time(arguments["budget"])
        except ValueError as error:
            raise InputError(str(error), where="command line", key="budget") from None
    if "tune" in arguments:
        try:
            parse_tuning(arguments["tune"])
        except ValueError as error:
            raise InputError(str(error), where="command line", key="tune") from None
    for key in ("fold_constant_channels", "patches"):
        if arguments.get(key, YES_NO[0]) not in YES_NO:
            raise InputError(f"'{arguments[key]}' is not yes or no", where="command line", key=key)


def _check_whole(key: str, text: str, least: int) -> None:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= _MOST):
        raise InputError(
            f"'{text}' is no whole number from {least} to {_MOST:,}", where="command line", key=key
        )


def tolerances(arguments: Mapping[str, str], metrics: Iterable[str]) -> str:
    """Return the tolerances in `arguments` for a model with `metrics`, '' if there are none. Raises InputError."""
    given = arguments.get("tolerances", "")
    if given:
        from scons_tinyml.records.budget import limits_from_options
        from scons_tinyml.records.change_limits import unknown_figure

        names = limits_from_options({"tolerances": given}).tolerances
        if problem := unknown_figure(names, metrics):
            raise InputError(problem, where="command line", key="tolerances")
    return given


def limits(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the budgets in `arguments`. Raises InputError for a malformed one."""
    given = {key: arguments[key] for key in BUDGET_OPTIONS if key in arguments}
    if given:
        from scons_tinyml.records.budget import limits_from_options

        limits_from_options(given)
    return given


def limited_metrics(limits: Mapping[str, str]) -> dict[str, str]:
    """Return the metrics that options in `limits` are about, by the option."""
    if not set(METRIC_OPTIONS) & set(limits):
        return {}
    from scons_tinyml.records.budget import limits_from_options

    return limits_from_options(limits).metric_names()


def choose_sets(option: str | None, sets: Sequence[str]) -> list[str]:
    """Return the kernel sets that `option` (the value of kernels=) names, or all. Raises InputError."""
    names = list(sets) if option in (None, "all") else str(option).split(",")
    for name in names:
        if name not in sets:
            raise InputError(
                f"unknown kernel set '{name}'; {did_you_mean(name, sets)}",
                where="command line",
                key="kernels",
            )
    return names


def choose_systems(option: str | None) -> tuple[str, ...]:
    """Return the build systems that `option` (the value of export=) names. Raises InputError."""
    if option is None:
        return ()
    from scons_tinyml.stages.export.systems import SYSTEMS  # not in every build

    names = dict.fromkeys(option.split(","))
    for name in names:
        if name not in SYSTEMS.names():
            raise InputError(
                f"unknown build system '{name}'; {did_you_mean(name, SYSTEMS.names())}",
                where="command line",
                key="export",
            )
    return tuple(names)


def find_file(key: str, name: str, files: Mapping[str, Path], kind: str = "") -> Path:
    """Return the file called `name`. Raises InputError, naming `kind` (or `key`) and the nearest name."""
    if name not in files:
        raise InputError(
            f"unknown {kind or key} '{name}'; {did_you_mean(name, files)}", where="command line", key=key
        )
    return files[name]


MEASURES = {
    "scons measure target=BOARD [model=MODEL]": "cycles of all kernels with weights, code, activations in flash, RAM",
    "scons measure target=BOARD port=PORT": "cycles of all kernels on a board that is connected there",
    "scons frontier target=BOARD model=MODEL": "flash, RAM and latency that kernels leave to choose from",
    "scons why target=BOARD model=MODEL layer=3": "why a layer runs its kernel, and what another would change",
    "scons diagnose target=BOARD model=MODEL": "what quantization loses in each layer, and what other types there cost",
}
GATES = {
    "scons matrix model=MODEL [boards=A,B] [option=value ...]": "verdict, latency, flash and RAM of each in one table",
}
EXPLORES = {
    "scons explore target=A,B model=MODEL [trials=N] [budget=2h]": "trains variants and builds the best for each board",
}
COMPARES = {
    "scons compare target=BOARD model=MODEL baseline=REPORT": "or baseline=REVISION, which is built in a checkout",
}
TRIES = {
    "scons web model=MODEL [target=BOARD]": "a page with the network in it: draw, choose a picture, or record",
}
REMOVES = {
    "scons -c target=BOARD model=MODEL": "on one board",
    "scons -c matrix model=MODEL [boards=A,B]": "on all boards; rm -r build removes everything that was built",
}
EXIT_CODES = {
    "0": "within all budgets",
    "1": "bad input or environment",
    "2": "over a budget",
    "3": "a bug of scons-tinyml",
    "4": "the firmware faulted in the emulator",
    "130": "interrupted",
}


def overview(boards: Sequence[str], models: Sequence[str], overrides: Mapping[str, str]) -> str:
    """Return the text that `scons` and `scons -h` print, as wide as the terminal."""
    width = columns(sys.stdout)
    parts = [
        wrapped("Builds checked firmware from a neural network:", width),
        "  scons target=BOARD model=MODEL [option=value ...]",
        wrapped("Measures and explains, without building:", width),
        _commands(MEASURES, width),
        wrapped("Gates on all boards, or those of boards=, and publishes nothing:", width),
        _commands(GATES, width),
        wrapped("Finds the variants of a model that no other one beats:", width),
        _commands(EXPLORES, width),
        wrapped("Builds and compares with an earlier report, and publishes nothing:", width),
        _commands(COMPARES, width),
        wrapped("Makes a page that runs the network in a browser, and publishes nothing:", width),
        _commands(TRIES, width),
        wrapped("Removes results of a model, but no measurement and nothing that builds share:", width),
        _commands(REMOVES, width),
        _terms({"Boards": ", ".join(boards) or "none", "Models": ", ".join(models) or "none"}, width, ""),
        f"Options\n{_terms({**OPTIONS, **overrides}, width, '  ')}",
        f"Exit codes\n{_terms(EXIT_CODES, width, '  ')}",
        "Results: build/<target>/<model>/report.json",
    ]
    return "\n\n".join(parts) + "\n"


def _commands(texts: Mapping[str, str], width: int) -> str:
    """Return each command in a line of its own, so that it is never broken, and its text below."""
    return "\n".join(f"  {command}\n{wrapped(text, width, '      ')}" for command, text in texts.items())


def _terms(texts: Mapping[str, str], width: int, indent: str) -> str:
    longest = max(map(len, texts))
    return "\n".join(beside(f"{indent}{term:{longest}}  ", text, width) for term, text in texts.items())
