"""The guide to the emulator's Python interface does what it says."""

from __future__ import annotations

import textwrap
from pathlib import Path

from scons_tinyml import emulator
from support.firmware import build_firmware

ROOT = Path(__file__).parents[2]
PROGRAM = """\
APART u32 filter(u32 value) { return 2 * value * value / (value + 1); }
int main(void)
{
    u32 result = filter(5);
    print("almost ");
    print("done");
    return result == 8 ? 0 : 1;
}
"""


def test_the_guide(tmp_path, monkeypatch, capsys):
    build_firmware(tmp_path, PROGRAM).rename(tmp_path / "firmware.elf")
    (tmp_path / "boards").symlink_to(ROOT / "boards")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(line for line in emulator.__doc__.splitlines() if line.startswith("    ") or not line)
    names = {}
    exec(compile(textwrap.dedent(code), "guide", "exec"), names)
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["semihosting b'almost '", "semihosting b'done'"]
    assert shown[2].startswith("exit 0 ")
    assert {line.split()[0] for line in shown[3:6]} == {"filter", "main", "Reset_Handler"}
    assert "\n".join(shown).count("\n40 ") == 1
    assert "asked" in shown
    assert names["outcome"].cycles > int(shown[-1]) > names["outcome"].instructions / 2
