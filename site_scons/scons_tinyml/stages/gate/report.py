"""Stage: write the report.json of an image, passing or not, and the files of other formats.

python -m scons_tinyml.stages gate.report --board B.toml --mode int8 --graph G.json --constants G.bin
    --plan P.json --sizes S.json --run R.json --measurements M.json --footprint F.json --sets SET ...
    --optimize latency --compiler CC --kernels FOLDER --costs DATABASE --boards FOLDER ... --subject
    "model=NAME"
    --report report.json [--model model.toml] [--accuracy A.json] [--limits "flash=48KiB ram=12KiB"]
    [--project "commit=78ad7a2 dirty=no built=2026-11-29T22:00:00Z"] [--external SET=FOLDER,...]
    [--content application] [--judged J.json] [--quality Q.json] [--drawn report.txt ...]
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.quality import Judged as JudgedSamples
from scons_tinyml.records.quality import Quality
from scons_tinyml.reports.beside import Beside
from scons_tinyml.stages.files import read_record
from scons_tinyml.stages.gate.assemble import assemble
from scons_tinyml.stages.gate.build import read_build
from scons_tinyml.stages.gate.drawn import write_drawn
from scons_tinyml.stages.gate.report_file import write_report
from scons_tinyml.stages.gate.requests import ReportRequest


def main(request: ReportRequest[Path]) -> None:
    """Read the results of earlier stages, judge them, and find remedies after a failure."""
    build = read_build(request)
    report = assemble(build)
    if report.verdict == "fail" and not build.is_part:
        from scons_tinyml.stages.gate.remedies import with_remedies  # imports a solver and a database

        report = with_remedies(report, build, request)
    write_report(report, request.report)
    beside = Beside(
        quality=read_record(request.quality, Quality.model_validate) if request.quality else None,
        judged=read_record(request.judged, JudgedSamples.model_validate) if request.judged else None,
    )
    write_drawn(report, request.report, request.drawn, request.history, beside)
