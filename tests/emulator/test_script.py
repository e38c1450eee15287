"""Scripts: what their lines mean, and what is said about lines that mean nothing."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.script import Step, read_script
from scons_tinyml.records.errors import InputError

SCRIPT = r"""
# talk to the server
timeout 2 s
expect "ready\r\n"   # the greeting
send "a\tb\x00\\\"%"
  send hex 00 ff A5   # raw
wait 10 ms
measure   # from here
pin PC13  low # the button
pin P0.11 high
wait exit
"""


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "talk.txt"
        path.write_text(text)
        return path

    return write


def test_steps(script):
    path = script(SCRIPT)
    read = read_script(path)
    assert read.path == path
    assert read.steps == (
        Step(3, "timeout", seconds=2.0),
        Step(4, "expect", b"ready\r\n"),
        Step(5, "send", b'a\tb\0\\"%'),
        Step(6, "send", b"\x00\xff\xa5"),
        Step(7, "wait", seconds=0.01),
        Step(8, "measure"),
        Step(9, "pin", pin="PC13", high=False),
        Step(10, "pin", pin="P0.11", high=True),
        Step(11, "exit"),
    )


def test_only_a_script_with_the_step_measures(script):
    assert read_script(script(SCRIPT)).measures
    assert not read_script(script("wait exit")).measures


def test_a_measurement_begins_once(script):
    path = script("measure\nwait 1 s\nmeasure\n")
    with pytest.raises(InputError) as caught:
        read_script(path)
    assert str(caught.value) == f"{path}:3: the measurement begins on line 1 already"


def test_text_is_utf_8(script):
    assert read_script(script('send "µ#\\""')).steps == (Step(1, "send", 'µ#"'.encode()),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'exepct "a"',
            "'exepct' is no step of a script; did you mean 'expect'? Known: expect, measure, pin, send, timeout, wait",
        ),
        ("expect ready", 'expected text in double quotes, such as "ready\\n", found ready'),
        ("expect", 'expected text in double quotes, such as "ready\\n", found nothing'),
        ('expect "ready', 'expected text in double quotes, such as "ready\\n", found "ready'),
        ('expect ""', 'expect "" would wait for nothing'),
        ('send "a" "b"', "'\"b\"' stands after the text"),
        ('send "\\q"', '\\q is no escape; there are \\n \\r \\t \\0 \\\\ \\" and \\xHH'),
        ('send "\\xf"', '\\x is no escape; there are \\n \\r \\t \\0 \\\\ \\" and \\xHH'),
        ("send hex 0", "expected pairs of hexadecimal digits, such as 00 ff, found 0"),
        ("send hex", "expected pairs of hexadecimal digits, such as 00 ff, found nothing"),
        ("wait 10", "'10' is not a number with a unit, such as '64 s' or '64 ms' or '64 us'"),
        ("measure 2", "'2' stands after measure, which takes nothing"),
        ("pin", "expected a pin and its level, such as PC13 low or PC13 high, found nothing"),
        ("pin PC13", "expected a pin and its level, such as PC13 low or PC13 high, found PC13"),
        ("pin PC13 on", "expected a pin and its level, such as PC13 low or PC13 high, found PC13 on"),
        ("timeout 2 min", "unit 'min' of '2 min' is not one of s, ms, us, µs"),
    ],
)
def test_a_wrong_line_is_named(script, line, message):
    path = script(f"# first\n{line}\n")
    with pytest.raises(InputError) as caught:
        read_script(path)
    assert str(caught.value) == f"{path}:2: {message}"


def test_a_script_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: the script cannot be read: No such file"):
        read_script(tmp_path / "none.txt")
    (tmp_path / "talk.txt").write_bytes(b'send "\xff"')
    with pytest.raises(InputError, match=r"talk\.txt: the script is not UTF-8"):
        read_script(tmp_path / "talk.txt")
