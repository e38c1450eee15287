"""Stage: record the results that a network's images send over a serial port as rows of the database.

Known rows are not measured again. Each row is recorded on arrival, so that an early end loses nothing; the
same command continues from there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.dates import utc_now
from scons_tinyml.costs.evidence import keys_by_class
from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.resources import version
from scons_tinyml.stages import files
from scons_tinyml.stages.measure.hardware.checks import refusal
from scons_tinyml.stages.measure.hardware.collector import Collector
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.hardware.listen import BY_HAND, UPLOADED, Listener, Start
from scons_tinyml.stages.measure.hardware.manifest import ImageRecord, Manifest, Refusal, read_manifest
from scons_tinyml.stages.measure.hardware.port import open_port
from scons_tinyml.stages.measure.hardware.problems import BoardProblem
from scons_tinyml.stages.measure.hardware.upload import check_upload, flash
from scons_tinyml.stages.measure.measuring import read_measuring
from scons_tinyml.stages.measure.requests import HardwareRequest
from scons_tinyml.stages.progress import progress

Keys = Mapping[tuple[int, str], CostKey]
"""Keys of the hardware rows, by layer and kernel."""


def main(request: HardwareRequest[Path]) -> None:
    """Entry point of the stage."""
    if request.upload:
        check_upload(request.upload)
    manifest = read_manifest(request.manifest)
    keys = _keys(request)
    folder = request.manifest.parent
    with CostDatabase.open(request.costs) as database:
        known = {} if request.again else _known(database, manifest, keys)
        wanted = {image.digest: _missing(image, keys, known) for image in manifest.images}
        refused = _measure(database, manifest, wanted, keys, partial(_start, folder, request.upload), request)
        rows = _known(database, manifest, keys)
    _conclude(request.results, manifest, keys, rows, refused)


def _keys(request: HardwareRequest[Path]) -> Keys:
    trials = read_measuring(request).campaign.trials()
    return {trial.subject: keys_by_class(trial.cost_key, VERSION)["hardware"] for trial in trials}


def _known(database: CostDatabase, manifest: Manifest, keys: Keys) -> dict[str, CostRow]:
    """Return rows that were measured here, from the objects in the images, by digest.

    Rows of a pack do not count: whoever has a board measures, and replaces them.
    """
    objects = {
        keys[trial.layer, trial.kernel].digest: trial.object_digest
        for image in manifest.images
        for trial in image.trials
    }
    found = database.find(keys.values())
    return {
        digest: row
        for digest, row in found.items()
        if row.is_own and row.object_digest == objects.get(digest)
    }


def _missing(image: ImageRecord, keys: Keys, known: Mapping[str, CostRow]) -> set[int]:
    return {
        number
        for number, trial in enumerate(image.trials)
        if keys[trial.layer, trial.kernel].digest not in known
    }


def _start(folder: Path, upload: str, image: ImageRecord) -> None:
    path = folder / f"{image.name}.hex"
    if upload:
        flash(path, upload)
    else:
        waiting = f"tinyml: waiting for {path}: flash it, if the board does not run it yet"
        print_wrapped(waiting, sys.stderr)


def _measure(
    database: CostDatabase,
    manifest: Manifest,
    wanted: Mapping[str, set[int]],
    keys: Keys,
    start: Start,
    request: HardwareRequest[Path],
) -> list[Refusal]:
    """Record the results of the trials in `wanted`; return the refused ones."""
    count = sum(map(len, wanted.values()))
    if not count:
        return []
    refused = []
    with open_port(request.port) as port, progress("measured on the board", count) as advance:
        patience = UPLOADED if request.upload else BY_HAND
        listener = Listener(manifest, Collector(manifest, wanted), port, patience)
        for believed in listener.listen(start):
            trial = believed.image.trials[believed.measured.trial]
            reason = refusal(trial, believed.measured)
            if reason is None:
                key = keys[trial.layer, trial.kernel]
                measured = (believed.measured.cycles, None, utc_now(), version(), trial.object_digest)
                database.record(CostRow(key, *measured, board=manifest.board))
            else:
                refused.append(Refusal(trial.layer, trial.kernel, reason))
            advance(trial.name)
    return refused


def _conclude(
    path: Path, manifest: Manifest, keys: Keys, rows: Mapping[str, CostRow], refused: Sequence[Refusal]
) -> None:
    """Write the known rows and the reasons for missing ones. Raises BoardProblem when a trial was refused."""
    known = [
        {"layer": layer, "kernel": kernel, "cycles": rows[key.digest].cycles}
        for (layer, kernel), key in keys.items()
        if key.digest in rows
    ]
    absent = [*manifest.refused, *refused]
    files.write_json(
        path,
        {
            "firmware": VERSION,
            "board": manifest.board,
            "rows": known,
            "refused": [asdict(one) for one in absent],
        },
    )
    counted = f"{len(known)} of {len(known) + len(absent)} trials are measured"
    print_wrapped(f"tinyml: {counted} on {manifest.board}")
    for one in absent:
        print_wrapped(f"  no row for {one.kernel} on layer {one.layer}: {one.reason}")
    if refused:
        raise BoardProblem(f"{len(refused)} trials gave no row", where=path)
