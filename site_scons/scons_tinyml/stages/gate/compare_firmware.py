"""Comparison of two reports of a firmware: sizes of the image and of its parts, and each network. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from scons_tinyml.records.comparison import FigureChange, Side, Unlike
from scons_tinyml.records.firmware_comparison import FirmwareComparison, NetworkChange, PartChange
from scons_tinyml.records.firmware_report import FirmwareReport, PartUse
from scons_tinyml.records.report import Report
from scons_tinyml.stages.gate.compare import (
    OF_IMAGES,
    Tolerances,
    differences,
    figure_changes,
    layer_changes,
    require_alike,
    require_judged,
    size_changes,
    sources_text,
    state_of,
    symbol_changes,
    times_compare,
)

_NONE = PartUse(flash_bytes=0, ram_bytes=0)


def compare_firmware(
    old: FirmwareReport, new: FirmwareReport, tolerances: Tolerances, paths: tuple[str, str]
) -> FirmwareComparison:
    """Return what changed from `old` to `new`, the files `paths`.

    Tolerances of flash and RAM are of the image, all others of each network. Raises InputError for two firmwares or
    boards, for a tolerance of a figure that no network has, and for one of times that cannot be compared.
    """
    whats = (("board", old.target, new.target), ("firmware", old.firmware, new.firmware))
    require_alike(whats, paths, "reports of one firmware on one board are compared")
    unlike = tuple(differences(old, new, _CIRCUMSTANCES))
    figures = tuple(size_changes(old, new, tolerances))
    networks = tuple(_networks(old, new, tolerances))
    _require_judged(tolerances, figures, networks)
    found = FirmwareComparison(
        firmware=new.firmware,
        target=new.target,
        verdict="pass",
        old=Side(report=paths[0], verdict=old.verdict),
        new=Side(report=paths[1], verdict=new.verdict),
        unlike=unlike,
        figures=figures,
        parts=tuple(_parts(old.parts, new.parts)),
        networks=networks,
        symbols=symbol_changes(old.flash.functions, new.flash.functions),
    )
    failed = any(figure.exceeded for figure in found.all_figures)
    return found.model_copy(update={"verdict": "fail"}) if failed else found


_CIRCUMSTANCES: Mapping[str, Callable[[FirmwareReport], str]] = {
    "part": lambda report: f"{report.part}, {report.core}",
    "clock": lambda report: f"{report.clock_hz} Hz",
    "arena": lambda report: report.arena,
    "scope": lambda report: report.scope,
    "compiler": lambda report: report.provenance.compiler,
    "kernel sources": sources_text,
    "scons-tinyml": lambda report: report.provenance.scons_tinyml,
}


def _networks(old: FirmwareReport, new: FirmwareReport, tolerances: Tolerances) -> Iterator[NetworkChange]:
    before, after = ({one.name: one.report for one in report.networks} for report in (old, new))
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield NetworkChange(
                name=name, state=state_of(was, now), unlike=(), times_compare=True, figures=(), layers=()
            )
        else:
            yield _network(name, was, now, tolerances)


def _network(name: str, was: Report, now: Report, tolerances: Tolerances) -> NetworkChange:
    unlike = tuple(differences(was, now))
    times = times_compare(unlike)
    figures = tuple(one for one in figure_changes(was, now, tolerances, times) if one.name not in OF_IMAGES)
    layers = layer_changes(was, now, times)
    is_same = not layers and not unlike and not any(one.change for one in figures)
    return NetworkChange(
        name=name,
        state="same" if is_same else "changed",
        unlike=unlike,
        times_compare=times,
        figures=figures,
        layers=layers,
    )


def _parts(old: Mapping[str, PartUse], new: Mapping[str, PartUse]) -> Iterator[PartChange]:
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        before, after = was or _NONE, now or _NONE
        if before != after or was is None or now is None:
            yield PartChange(
                name=name,
                state=state_of(was, now),
                old_flash_bytes=before.flash_bytes,
                new_flash_bytes=after.flash_bytes,
                old_ram_bytes=before.ram_bytes,
                new_ram_bytes=after.ram_bytes,
            )


def _require_judged(
    tolerances: Tolerances, figures: tuple[FigureChange, ...], networks: tuple[NetworkChange, ...]
) -> None:
    """Raise InputError for a tolerance of a figure that there is not, or that cannot be judged in each network."""
    holders: list[tuple[tuple[FigureChange, ...], tuple[Unlike, ...]]] = [
        (figures, ()),
        *((one.figures, one.unlike) for one in networks),
    ]
    everything = tuple(figure for held, _ in holders for figure in held)
    for name, (_, source) in tolerances.items():
        having = [one for one in holders if any(figure.name == name for figure in one[0])]
        for held, unlike in having or [(everything, ())]:
            require_judged(name, source, held, unlike)
