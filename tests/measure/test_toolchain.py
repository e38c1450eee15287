"""Programs beside the compiler."""

import pytest

from scons_tinyml.stages.firmware.toolchain import companion


@pytest.mark.parametrize(
    ("compiler", "tool", "expected"),
    [
        ("arm-none-eabi-gcc", "gcc-ar", "arm-none-eabi-gcc-ar"),
        ("/opt/gcc-arm/bin/arm-none-eabi-gcc", "gcc-ar", "/opt/gcc-arm/bin/arm-none-eabi-gcc-ar"),
        ("/opt/gcc-arm/bin/arm-none-eabi-gcc", "objcopy", "/opt/gcc-arm/bin/arm-none-eabi-objcopy"),
    ],
)
def test_only_the_name_of_the_file_changes(compiler, tool, expected):
    assert companion(compiler, tool) == expected
