"""Stages: `report` writes report.json, whatever it says; `judge` prints it and publishes the image or fails.

python -m scons_tinyml.stages gate report --board B.toml --mode int8 --graph G.json --constants G.bin
    --plan P.json --sizes S.json --run R.json --compiler CC --report report.json
    [--model model.toml] [--accuracy A.json] [--limits "flash=48KiB ram=12KiB"] [--kernels FOLDER]
    [--measurements M.json --footprint F.json --sets SET,... --optimize latency --boards FOLDER:... --costs DATABASE
     --external SET=FOLDER,... --subject "model=NAME"]
python -m scons_tinyml.stages gate judge --report report.json --compiler CC
    --image I --map M --library L --header H
    --elf E --bin B --hex X --published-map M --published-library L --published-header H
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.reports.terminal import print_report
from scons_tinyml.stages.gate.assemble import assemble
from scons_tinyml.stages.gate.build import read_build
from scons_tinyml.stages.gate.publish import Images, publish, require_pass, withdraw
from scons_tinyml.stages.gate.report_file import read_report, write_report

REPORT_INPUTS = ("board", "graph", "constants", "plan", "sizes", "run")


def main(arguments: Sequence[str]) -> None:
    """Run one of the two stages."""
    options = _parser().parse_args(arguments)
    options.stage(options)


def _report(options: Namespace) -> None:
    build = read_build(options)
    report = assemble(build)
    if report.verdict == "fail" and options.measurements:
        from scons_tinyml.stages.gate.remedies import with_remedies  # a solver and a database, for this alone

        report = with_remedies(report, build, options)
    write_report(report, options.report)


def _judge(options: Namespace) -> None:
    images = Images(
        **{name: getattr(options, name) for name in ("image", "elf", "bin", "hex")},
        copies=tuple(
            (getattr(options, name), getattr(options, f"published_{name}"))
            for name in ("map", "library", "header")
        ),
    )
    withdraw(images)
    try:
        report = read_report(options.report)
    except InputError as error:
        raise InputError(f"no verdict without a report: {error}") from None
    print_report(report, options.report, errors=False)
    require_pass(report, options.report)
    publish(images, options.compiler)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="scons_tinyml.stages gate", description="Report on an image, and judge it.")
    stages = parser.add_subparsers(required=True)
    report = stages.add_parser("report", help="write report.json")
    for name in REPORT_INPUTS:
        report.add_argument(f"--{name}", type=Path, required=True)
    for name in ("model", "accuracy", "kernels"):
        report.add_argument(f"--{name}", type=Path)
    report.add_argument("--mode", choices=("int8", "float", "given"), required=True)
    report.add_argument("--limits", default="", help="limits of the command line")
    for name in ("measurements", "footprint", "costs"):
        report.add_argument(f"--{name}", type=Path, help="for what would keep the limits that are not kept")
    for name in ("sets", "optimize", "boards", "external", "subject"):
        report.add_argument(f"--{name}", default="", help="likewise")
    report.set_defaults(stage=_report)
    judge = stages.add_parser("judge", help="print the report, publish the image if it passes")
    for name in ("image", "map", "library", "header", "elf", "bin", "hex"):
        judge.add_argument(f"--{name}", type=Path, required=True)
    for name in ("map", "library", "header"):
        judge.add_argument(f"--published-{name}", type=Path, required=True)
    judge.set_defaults(stage=_judge)
    for stage in (report, judge):
        stage.add_argument("--report", type=Path, required=True)
        stage.add_argument("--compiler", required=True)
    return parser
