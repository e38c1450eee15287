"""One network of a file that holds several: the subgraph of a signature, with those that it calls once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.graph.plain.draft import listed, operator_name
from scons_tinyml.stages.graph.schema import schema


def choose_network(model: Any, signature: str | None, where: Path) -> str:
    """Leave only the network of `signature` in `model`, and say so; '' where there is nothing else in it.

    Raises InputError where the file has other signatures, or several networks and none is asked for.
    """
    signatures = {_text(table.signatureKey): table for table in listed(model.signatureDefs)}
    number = _number(signatures, signature, where)
    if number >= len(model.subgraphs):
        raise ModelFileError(
            f"names subgraph {number}; the file has {len(model.subgraphs)}", where=where, key="signatures"
        )
    kept = [number, *_called_once(model, number)]
    if kept == list(range(len(model.subgraphs))):
        return ""
    left_out = len(model.subgraphs) - len(kept)
    _keep(model, kept)
    return (
        f"{left_out} of {left_out + len(kept)} subgraphs are left out" if left_out else "subgraphs are sorted"
    )


def _number(signatures: dict[str, Any], wanted: str | None, where: Path) -> int:
    if wanted is not None:
        if wanted not in signatures:
            listed_names = ", ".join(map(repr, signatures)) or "none"
            raise InputError(
                f"the file has no signature {wanted!r}; it has {listed_names}",
                where=where,
                key="signature",
                hint=did_you_mean(wanted, list(signatures)) if signatures else None,
            )
        return int(signatures[wanted].subgraphIndex)
    numbers = {int(table.subgraphIndex) for table in signatures.values()}
    if len(numbers) > 1:
        raise InputError(
            f"holds {len(numbers)} networks, with the signatures {', '.join(map(repr, signatures))}; "
            "which one is to be built?",
            where=where,
            key="signature",
            hint=f'in a model.toml, beside source: signature = "{next(iter(signatures))}"',
        )
    return next(iter(numbers), 0)


def _called_once(model: Any, number: int) -> list[int]:
    """Subgraphs that set variables before the first inference."""
    found = dict.fromkeys(int(call.initSubgraphIndex) for call in _calls(model, number))
    return [index for index in found if index != number and 0 <= index < len(model.subgraphs)]


def _calls(model: Any, number: int) -> list[Any]:
    """Options of the layers that call a subgraph once."""
    tables = listed(model.subgraphs[number].operators)
    found = [table.builtinOptions for table in tables if operator_name(model, table) == "CALL_ONCE"]
    return [options for options in found if isinstance(options, schema().CallOnceOptionsT)]


def _keep(model: Any, kept: list[int]) -> None:
    place = {number: position for position, number in enumerate(kept)}
    for call in _calls(model, kept[0]):
        call.initSubgraphIndex = place.get(call.initSubgraphIndex, len(kept))
    model.subgraphs = [model.subgraphs[number] for number in kept]
    found = [table for table in listed(model.signatureDefs) if table.subgraphIndex in kept]
    for table in found:
        table.subgraphIndex = place[table.subgraphIndex]
    model.signatureDefs = found


def _text(raw: bytes | str | None) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw or ""
