"""Intel HEX files and raw bytes."""

from fuzz.files import in_file
from scons_tinyml.emulator.image import read_image
from scons_tinyml.records.errors import TinymlError

TOKENS = (b":00000001FF\n", b":020000040800F2\n", b":04000005", b"\n", b":10")


def seeds() -> list[bytes]:
    return [
        b":020000040800F2\n:0400000000100020CC\n:00000001FF\n",
        b":020000021000EC\n:0100000001FE\n:00000001FF\n",
    ]


def execute(data: bytes) -> None:
    for name in ("image.hex", "image.bin"):
        try:
            read_image(in_file(_mended(data) if name.endswith("hex") else data, name))
        except TinymlError:
            continue


def _mended(data: bytes) -> bytes:
    """Lines with the checksum that they should have, where they are pairs of digits; half of all inputs."""
    if not data or data[-1] % 2:
        return data
    return b"\n".join(map(_with_checksum, data.split(b"\n")))


def _with_checksum(line: bytes) -> bytes:
    try:
        raw = bytes.fromhex(line[1:-2].decode("ascii"))
    except ValueError:
        return line
    return b":" + raw.hex().encode() + b"%02X" % (-sum(raw) & 0xFF)
