"""Nodes of given networks: their samples, their int8 version, and their accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.quantize.requests import AccuracyRequest, IntegerRequest, SamplesRequest

from ..dependencies import signatures
from ..dependencies.facts import Facts
from ..paths import root
from . import data
from .stages import add_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..scons import Environment, Node

OPTIONS = ("representative", "test", "sequence")
"""Options of the command line that name samples of a given network. They replace keys of [dataset]."""
ORACLE_PACKAGES = ("tflite-micro", "ai-edge-litert")
QUANTIZER_PACKAGES = ("ai-edge-quantizer", "numpy", *ORACLE_PACKAGES)
READING_PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", *data.PACKAGES)
_LABELLED = ("name", "script", "path", "test")
_TRAINING = ("name", "script", "path", "train", "representative")
ACTIVATION_BITS = {"int16x8": 16}
"""Bits of activations by mode, where they are not 8."""
_REPRESENTATIVE_COUNT = 256
"""Samples that a network without a model.toml is quantized with; the default of the record."""


_GIVEN = Facts(
    task="classification",
    signature=None,
    input=None,
    dataset=None,
    metrics=Facts(accuracy=Facts(function="accuracy", better=None)),
    random_weights=None,
    quantization={},
    budgets={},
    variant="",
)
"""Record of a network that is given as a file, without a model.toml, but for its name."""


def named(name: str) -> Facts:
    """Return the record of the network `name`, which is given as a file without a model.toml."""
    return Facts(_GIVEN, name=name)


def with_samples(model: Any, arguments: Mapping[str, str], top: Path, *, is_given: bool) -> Any:
    """Return `model` with `samples`, which the options in `arguments` name.

    Raises InputError for samples that are not there, and for those of a network that is not given.
    """
    typed = {key: arguments[key] for key in OPTIONS if key in arguments}
    for key, text in typed.items():
        if not is_given:
            raise InputError(
                f"is for a network that is given as a file; {model.name} is made here",
                where="command line",
                key=key,
                hint="its samples are those of [dataset] in its model.toml",
            )
        if key == "sequence":
            _check_sequence(text)
        elif not (top / text).exists():
            raise InputError(f"no such file or folder: {text}", where="command line", key=key)
    if "test" in typed and model.task == "none":
        raise InputError(
            f"measures an accuracy, and the task of {model.name} is 'none'",
            where="command line",
            key="test",
            hint="without the key 'task' in its model.toml it is 'classification'",
        )
    found = Facts(model, samples=Facts({**dict.fromkeys(OPTIONS), **typed}))
    if "sequence" in typed and not has_samples(found):
        raise InputError(
            "is for samples, and there are none",
            where="command line",
            key="sequence",
            hint="representative=FILE or test=FILE names some",
        )
    return found


def _check_sequence(text: str) -> None:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= data.LONGEST_SEQUENCE:
        raise InputError(
            f"'{text}' is no number of calls from 1 to {data.LONGEST_SEQUENCE:,}",
            where="command line",
            key="sequence",
        )


def has_samples(model: Any) -> bool:
    """Return whether anything names samples of `model`."""
    return model.dataset is not None or is_labelled(model) or has_representative(model)


def is_labelled(model: Any) -> bool:
    """Return whether `model` has labelled samples, so that its accuracy is measured."""
    return model.samples.test is not None or _names(model, _LABELLED)


def has_representative(model: Any) -> bool:
    """Return whether `model` has samples for quantization alone."""
    return model.samples.representative is not None or _names(model, ("representative",))


def is_quantized(model: Any) -> bool:
    """Return whether a float network that TensorFlow converts becomes int8: with representative samples, or others."""
    return has_representative(model) or _names(model, _TRAINING)


def _names(model: Any, keys: tuple[str, ...]) -> bool:
    return model.dataset is not None and any(model.dataset[key] is not None for key in keys)


def representative_count(model: Any) -> int:
    """Return the most samples that `model` is quantized with."""
    return int(model.quantization.get("representative_samples", _REPRESENTATIVE_COUNT))


def add_samples(
    env: Environment,
    model: Any,
    file: Path | None,
    network: Node,
    folder: str,
    outside: tuple[Path, ...],
    trust_model: str | None = None,
) -> Node:
    """Add the splits of the samples of `model`, in the shape of the input of `network`."""
    typed = model.samples
    request = SamplesRequest(
        network=network,
        data=f"{folder}/data.npz",
        model=file,
        representative=typed.representative,
        test=typed.test,
        sequence=typed.sequence and int(typed.sequence),
        trust_model=trust_model,
        outside=outside,
    )
    record = signatures.canonical([model[key] for key in ("input", "dataset", "task", "signature")])
    paths = [root(env) / text for text in (typed.representative, typed.test) if text is not None]
    values = (record, *map(data.stamp, paths), signatures.packages(*READING_PACKAGES))
    depends: list[Node] = []
    if model.dataset is not None and file is not None:
        values = (*values, *data.stamps(env, model, file, outside))
        depends = data.script_nodes(env, model, file)
    return add_stage(env, request, title="data", values=values, depends=depends, cached=False)["data"]


def add_integer(
    env: Environment,
    network: Any,
    tflite: Node,
    splits: Node | None,
    target: Any,
    samples: str | None = None,
) -> dict[str, Node]:
    """Add the quantized version of the float .tflite `tflite` of `network`, as the file `target`."""
    model = network.model
    request = IntegerRequest(
        tflite=tflite,
        data=splits,
        int8=target,
        samples=samples,
        count=representative_count(model),
        activations=ACTIVATION_BITS.get(network.mode, 8),
        keep_float=network.keep_float,
        keep_int16=network.keep_int16,
        named=str(network.source or network.file),
        model=network.file if network.described_types else None,
        described=network.described_types,
    )
    return add_stage(env, request, title="quantize", values=(signatures.packages(*QUANTIZER_PACKAGES),))


def add_accuracy(
    env: Environment, network: Any, versions: Mapping[str, Node], splits: Node, folder: str
) -> dict[str, Node]:
    """Add the metrics of `versions`, which are called 'float' and 'int8', or 'given', and what they make of samples.

    'int8' is the quantized version of any type.
    """
    model, file = network.model, network.file
    name = "" if network.version in ("int8", "float", "given") else f"_{network.version}"
    request = AccuracyRequest(
        **versions,
        data=splits,
        accuracy=f"{folder}/accuracy{name}.json",
        judged=f"{folder}/judged{name}.json",
        model=file,
    )
    output = model.dataset and model.dataset.output
    record = signatures.canonical([output, *(model[key] for key in ("task", "metrics"))])
    own = [file.parent / name for name in sorted({*data.metric_files(model).values()})] if file else []
    depends = [node for path in own for node in data.code_nodes(env, path)]
    values = (record, signatures.packages(*ORACLE_PACKAGES))
    return add_stage(env, request, title="evaluate", values=values, depends=depends, cached=False)
