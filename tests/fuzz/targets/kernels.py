"""Files of kernel sets and of kernels; the first byte chooses which."""

from fuzz.files import folder, in_file
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.kernel import read_kernel_set
from support.project import ROOT

TOKENS = (
    b'"""',
    b"[[constraints]]",
    b" = ",
    b"{",
    b"}",
    b"\\u0000",
    b"min(",
    b"//",
    b'"0"',
    b"../",
    b"1e999",
    b"\n",
)
_SET = b'description = "a set"\noptimize = "-O2"\n'
_KERNEL = ROOT / "kernels" / "reference" / "fully_connected_int8.toml"


def seeds() -> list[bytes]:
    sets = [b"s" + path.read_bytes() for path in sorted(ROOT.glob("kernels/*/set.toml"))]
    return [*sets, *(b"k" + path.read_bytes() for path in sorted(ROOT.glob("kernels/*/conv*.toml")))]


def execute(data: bytes) -> None:
    is_set = data[:1] == b"s"
    in_file(data[1:] if is_set else _SET, "set/set.toml")
    in_file(_KERNEL.read_bytes() if is_set else data[1:], "set/kernel.toml")
    for source in ("fully_connected_int8.c", "kernel.c"):
        if not (folder() / "set" / source).exists():
            in_file(b"", f"set/{source}")
    try:
        read_kernel_set(folder() / "set")
    except TinymlError:
        return
