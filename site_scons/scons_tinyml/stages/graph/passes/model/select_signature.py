"""Pass: select one network of a file with several: a signature's subgraph, and those that it calls."""

from __future__ import annotations

from typing import Any

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import Source, TfliteModel, listed
from scons_tinyml.stages.graph.tflite.subgraphs import called, keep


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Remove all subgraphs except that of the chosen signature and those that it calls.

    Outputs stay equal: no layer that is left calls a subgraph that is removed. Raises InputError where the file has
    other signatures, or several networks and none is chosen.
    """
    tables, where = model.tables, model.source.path
    number = _chosen(tables, model.source)
    count = len(tables.subgraphs)
    if number >= count:
        raise ModelFileError(f"names subgraph {number}; the file has {count}", where=where, key="signatures")
    kept = list(dict.fromkeys([number, *called(tables, number)]))
    if kept == list(range(count)):
        return model, ()
    keep(tables, kept)
    removed = count - len(kept)
    return model, (f"{removed} of {count} subgraphs are left out" if removed else "subgraphs are sorted",)


def _chosen(tables: Any, source: Source) -> int:
    """Return the subgraph number of the chosen signature, or of the only one that signatures name."""
    signatures = {_text(table.signatureKey): table for table in listed(tables.signatureDefs)}
    if source.signature is not None:
        return _of_signature(signatures, source.signature, source)
    numbers = {int(table.subgraphIndex) for table in signatures.values()}
    if len(numbers) > 1:
        raise InputError(
            f"holds {len(numbers)} networks, with the signatures {', '.join(map(repr, signatures))}; "
            "which one is to be built?",
            where=source.path,
            key="signature",
            hint=f'in a model.toml, beside source: signature = "{next(iter(signatures))}"',
        )
    return next(iter(numbers), 0)


def _of_signature(signatures: dict[str, Any], wanted: str, source: Source) -> int:
    if wanted not in signatures:
        names = ", ".join(map(repr, signatures)) or "none"
        raise InputError(
            f"the file has no signature {wanted!r}; it has {names}",
            where=source.path,
            key="signature",
            hint=did_you_mean(wanted, list(signatures)) if signatures else None,
        )
    return int(signatures[wanted].subgraphIndex)


def _text(raw: bytes | str | None) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw or ""


PASS = Pass("select_signature", rewrite)
