"""A variant as a model of its own: the folder of the model with a model.toml that says what the variant says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.file_names import require_result_name
from scons_tinyml.records.model import Model, read_model
from scons_tinyml.records.toml_file import read_table
from scons_tinyml.records.variants import options_of, variant_of
from scons_tinyml.stages.files import write_text

_FILE = "model.toml"
_HEAD = "# Made by scons explore: {name}\n"


def check_name(name: str, models: Path) -> Path:
    """Return the folder of the new model `name` in the folder `models`. Raises InputError if it cannot be made."""
    if "/" in name:
        raise InputError(f"'{name}' is a path; expected a name, of a new folder in {models}", key="out")
    require_result_name("model", name, "command line", "out")
    folder = models / name
    if folder.exists():
        raise InputError(f"{folder} is there already", key="out", hint="give another name, or remove it")
    return folder


def export_variant(model: Path, variant: str, folder: Path) -> Path:
    """Write the variant of the model that the file `model` describes as the new `folder`, and return its model.toml.

    `folder` lies beside the model's own, or as deep, so that relative paths lead where they led. Comments of model.toml
    are lost. Raises InputError.
    """
    read = read_model(model)
    found = variant_of(read, variant)
    table = of_variant(read_table(model), found.model)
    shutil.copytree(model.parent, folder, ignore=shutil.ignore_patterns("__pycache__", _FILE))
    text = _HEAD.format(name=f"{read.name}:{found.text}" if found.text else read.name) + toml_text(table)
    write_text(folder / _FILE, text)
    return folder / _FILE


def of_variant(table: Mapping[str, Any], made: Model) -> dict[str, Any]:
    """Return the `table` of a model.toml with what the variant `made` changes; its axes have one value each."""
    changed = {key: value for key, value in table.items() if key != "variants"}
    if made.input is not None:
        changed["input"] = {**changed["input"], "shape": list(made.input.shape)}
    if made.dataset is not None:
        own = {"shape": made.dataset.shape, "classes": made.dataset.classes}
        changed["dataset"] = {
            **changed["dataset"],
            **{key: list(value) for key, value in own.items() if value},
        }
    if made.training is not None:
        changed["training"] = _training(changed["training"], made)
    changed["quantization"] = {**changed.get("quantization", {}), "mode": made.quantization.mode}
    options = options_of(made)
    return {
        **changed,
        **({"variants": {name: [value] for name, value in options.items()}} if options else {}),
    }


def _training(table: Mapping[str, Any], made: Model) -> dict[str, Any]:
    assert made.training is not None
    found = {key: value for key, value in table.items() if key != "augmentation"}
    found |= {"epochs": made.training.epochs, "seed": made.training.seed}
    how = made.training.augmentation
    return {**found, **({"augmentation": how.model_dump()} if how is not None else {})}


def toml_text(table: Mapping[str, Any]) -> str:
    """Return `table` as TOML: values first, then a section for each table."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if place and (values or not table):
        yield f"\n[{'.'.join(map(_key, place))}]"
    yield from (f"{_key(key)} = {_value(value)}" for key, value in values.items())
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*place, key))


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)
