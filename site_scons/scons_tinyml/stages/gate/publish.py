"""Images under release names exist only while they pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.errors import (
    EXIT_BUDGET,
    EXIT_FAULT,
    EXIT_INPUT,
    EXIT_INTERNAL,
    BudgetExceeded,
    Disagreement,
    EnvironmentProblem,
    FirmwareFault,
    InternalError,
)
from scons_tinyml.records.report import errors
from scons_tinyml.reports.lines import finding_lines, remedy_lines
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.firmware.toolchain import convert
from scons_tinyml.stages.gate.report_file import Judged


@dataclass(frozen=True)
class Images:
    """The unchecked image, and what is published of it."""

    image: Path
    converted: Mapping[str, Path]
    """Published files by format: 'binary', 'ihex'."""
    copies: Mapping[Path, Path]
    """Unchecked files by the name that a copy gets."""

    @property
    def published(self) -> tuple[Path, ...]:
        """All published names."""
        return (*self.converted.values(), *self.copies)


def withdraw(images: Images) -> None:
    """Remove every file with a published name."""
    for path in images.published:
        path.unlink(missing_ok=True)


def publish(images: Images, compiler: str) -> None:
    """Publish all files or none. Raises EnvironmentProblem."""
    try:
        contents = {path: convert(images.image, compiler, name) for name, path in images.converted.items()}
        contents |= {path: source.read_bytes() for path, source in images.copies.items()}
        for name, content in contents.items():
            write_bytes(name, content)
    except OSError as error:
        withdraw(images)
        raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=error.filename) from None
    except BaseException:
        withdraw(images)
        raise


def require_pass(report: Judged, path: Path) -> None:
    """Raise the error with the exit code of `report` in `path`.

    That is BudgetExceeded, Disagreement, InternalError, or FirmwareFault for sources of users that disturb a network.
    """
    found = errors(report.findings)
    if report.exit_code == EXIT_FAULT:
        wrong = next(finding for finding in found if finding.kind == "bit_exactness")
        raise FirmwareFault(
            f"{wrong.message}: something in the image writes to its arena or state while it runs; no image is left",
            where=path,
            hint="look for a buffer that overflows, or an interrupt or a task that calls the network as well",
        )
    if report.exit_code == EXIT_INTERNAL:
        wrong = next(finding for finding in found if finding.kind == "bit_exactness")
        raise InternalError(wrong.message, where=path)
    listed = "".join("\n  " + "\n    ".join(finding_lines(finding)) for finding in found)
    if report.exit_code == EXIT_INPUT:
        raise Disagreement(
            f"{report.model} on {report.target} was measured with results that contradict each other; "
            f"no image is left{listed}",
            hint=f"report: {path}",
        )
    if report.exit_code == EXIT_BUDGET:
        limits = "a limit" if len(found) == 1 else f"{len(found)} limits"
        listed += "".join(f"\n  {line}" for line in remedy_lines(report.remedies))
        raise BudgetExceeded(
            f"{report.model} on {report.target} does not keep {limits}; no image is left{listed}",
            hint=f"report: {path}",
        )
