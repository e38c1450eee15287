"""Which functions of a build a browser runs, and what it runs in their place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import GeneratedCode, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.web.portable import MACHINE, is_portable, portable
from support.networks import small_int8
from support.web import WebNetwork, kernel_sources

CORE = Core("cortex-m4", frozenset({"dsp"}))
ADDS = "int add(int a, int b)\n{\n    return a + b;\n}\n"


@pytest.fixture(scope="module")
def found() -> WebNetwork:
    return WebNetwork.of(small_int8())


def lowered(found: WebNetwork, kernel_set: str) -> dict[int, tuple]:
    sources = kernel_sources().only([kernel_set])
    return {
        layer: implementations(items) for layer, items in lower(found.graph, sources.providers, CORE).items()
    }


def generated(found: WebNetwork, text: str):
    (item, *_) = lowered(found, "reference")[0]
    return replace(item, name="mine/adds", code=GeneratedCode("int add(int a, int b)", text))


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        (ADDS, True),
        (f"/* the aspect of an arm_chair, in asmodeus */\n{ADDS}", True),
        (f'__asm__(".thumb");\n{ADDS}', False),
        (
            'int add(int a, int b)\n{\n    asm volatile("add %0, %1" : "+r"(a) : "r"(b));\n    return a;\n}\n',
            False,
        ),
        (f"#include <arm_acle.h>\n{ADDS}", False),
        (f"#if __ARM_FEATURE_DSP\n#endif\n{ADDS}", False),
    ],
)
def test_generated_code_is_kept_if_it_is_plain_c(found, text, is_kept):
    item = generated(found, text)
    assert is_portable(item, found.sources) == is_kept
    if not is_kept:
        chosen = portable(found.graph, {0: item}, kernel_sources()).implementations
        assert chosen[0].name == "reference/conv_2d_int8"


def test_headers_of_generated_code_count(found, tmp_path):
    """A header that includes one with instructions of Arm."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "pairs.h").write_text('#include "words.h"\n')
    (tmp_path / "include" / "words.h").write_text('#define ADD __asm__("add")\n')
    (tmp_path / "include" / "plain.h").write_text("#define TWO 2\n")
    sources = replace(found.sources, folders=(tmp_path,))
    assert is_portable(generated(found, f'#include "plain.h"\n{ADDS}'), sources)
    assert not is_portable(generated(found, f'#include "pairs.h"\n{ADDS}'), sources)


def test_kernels_of_arm_are_replaced_and_others_kept(found):
    sources = kernel_sources()
    of_arm = {layer: items[0] for layer, items in lowered(found, "cmsis_nn").items()}
    ours = {layer: items[0] for layer, items in lowered(found, "reference").items()}
    layers = sorted(ours)
    chosen = portable(found.graph, {**of_arm, layers[0]: ours[layers[0]]}, sources).implementations
    assert sorted(chosen) == layers
    assert {item.set_name for item in chosen.values()} == {"reference"}
    assert chosen[layers[0]] == ours[layers[0]]


def test_a_kernel_that_needs_a_feature_is_replaced(found):
    (item, *_) = lowered(found, "reference")[0]
    needing = replace(
        item, code=replace(item.code, kernel=item.code.kernel.model_copy(update={"requires": ("dsp",)}))
    )
    assert is_portable(item, found.sources)
    assert not is_portable(needing, found.sources)


def test_a_layer_without_a_reference_kernel(found):
    with pytest.raises(UnsupportedError, match=r"layer 0 \(CONV_2D\) has no reference kernel"):
        portable(found.graph, {}, kernel_sources().only(["cmsis_nn"]))


def test_the_machine_has_no_feature():
    assert MACHINE.features == frozenset()
