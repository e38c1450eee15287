"""Options that messages name for a network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scons_tinyml.records.errors import InputError
from site_tools.tinyml.commandline.command_line import check_options
from site_tools.tinyml.dependencies.facts import Facts
from site_tools.tinyml.nodes.build import Build
from site_tools.tinyml.nodes.models import Network


def network(mode: str, file: str | None, variant: str = "") -> Network:
    samples = Facts(representative=None, test=None)
    quantization = {"mode": "int8"} if file else {}
    model = Facts(name="net", samples=samples, dataset=None, quantization=quantization, variant=variant)
    source = None if file else Path("nets/net.tflite")
    return Network(model, Path(file) if file else None, source, mode, None, "yes", ())


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (network("given", "models/net/model.toml"), "model=net"),
        (network("int8", "models/net/model.toml"), "model=net"),
        (network("float", "models/net/model.toml"), "model=net quantize=float"),
        (network("int8", "models/net/model.toml", "width=0.5"), "model=net:width=0.5"),
        (network("given", None), "model=nets/net.tflite"),
    ],
)
def test_messages_name_options_that_there_are(of: Network, expected: str) -> None:
    """A network that is used as it is has a mode that is no value of quantize=."""
    assert Build.subject.fget(SimpleNamespace(network=of)) == expected  # type: ignore[attr-defined]
    options = dict(word.split("=", 1) for word in expected.split())
    check_options({"target": "stm32l4", **options}, [], [])
    with pytest.raises(InputError, match="'given' is not a mode"):
        check_options({"target": "stm32l4", "model": "net", "quantize": "given"}, [], [])
