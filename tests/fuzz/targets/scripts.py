"""Scripts of `tinyml run`."""

from fuzz.files import in_file
from scons_tinyml.emulator.script import read_script
from scons_tinyml.records.errors import TinymlError

TOKENS = (
    b"timeout 2 s\n",
    b'expect "',
    b'send "',
    b"send hex ",
    b"wait 10 ms\n",
    b"wait exit",
    b"measure\n",
    b"pin PC13 low\n",
    b"\\x",
    b"#",
    b"\\",
)


def seeds() -> list[bytes]:
    return [
        b'timeout 2 s\nexpect "ready\\r\\n"\nsend "name%"\nsend hex 00 ff # two\n'
        b"wait 10 ms\nmeasure\npin PC13 low\nwait exit\n"
    ]


def execute(data: bytes) -> None:
    try:
        read_script(in_file(data, "talk.txt"))
    except TinymlError:
        return
