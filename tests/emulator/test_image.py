"""Firmware files: what they are is found out from their content, and what is wrong with them is said."""

from __future__ import annotations

import subprocess

import pytest
from elftools.elf.elffile import ELFFile

from scons_tinyml.emulator.image import Function, Image, Segment, read_image
from scons_tinyml.records.errors import InputError

FLASH = 0x0800_0000
SOURCE = """\
volatile int total;
__attribute__((noinline)) int square(int value)
{
    return value * value;
}
int never_called(int value) { return value + total; }
void start(void)
{
    for (int i = 0; i < 3; i++)
        total += square(i);
    for (;;) { }
}
const unsigned vectors[2] __attribute__((section(".vectors"))) = { 0x20008000, (unsigned)start + 1 };
"""
LINKER_SCRIPT = """
ENTRY(start)
PHDRS { flash PT_LOAD FLAGS(5); ram PT_LOAD FLAGS(6); }
SECTIONS {
  .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } :flash
  .fast 0x20000000 : AT(0x08001000) { LONG(0x11223344) } :ram
  .ram (NOLOAD) : { *(.bss) *(COMMON) } :ram
}
"""


@pytest.fixture(scope="module")
def build_c(tmp_path_factory):
    """Compile SOURCE with options; the path of the ELF file."""

    def build(*options):
        folder = tmp_path_factory.mktemp("image")
        (folder / "program.c").write_text(SOURCE)
        (folder / "link.ld").write_text(LINKER_SCRIPT)
        command = [
            "arm-none-eabi-gcc",
            "-mcpu=cortex-m4",
            "-mthumb",
            "-O1",
            "-nostdlib",
            "-ffunction-sections",
        ]
        command += ["-Wl,--gc-sections", "-Tlink.ld", "program.c", "-o", "program.elf"]
        subprocess.run([*command, *options], check=True, cwd=folder)
        return folder / "program.elf"

    return build


@pytest.fixture(scope="module")
def elf(build_c):
    return build_c("-g")


def convert(elf, kind, suffix):
    path = elf.with_suffix(suffix)
    subprocess.run(["arm-none-eabi-objcopy", "-O", kind, str(elf), str(path)], check=True)
    return path


def line(text):
    return SOURCE.splitlines().index(text) + 1


# -- ELF


def test_an_elf_file_has_segments_symbols_and_functions(elf):
    image = read_image(elf)
    code, fast = (part for part in image.segments if part.data)
    assert (code.load_address, code.run_address) == (FLASH, FLASH)
    assert code.data[:4] == bytes.fromhex("00800020")
    assert (fast.load_address, fast.run_address, fast.data) == (
        0x0800_1000,
        0x2000_0000,
        bytes.fromhex("44332211"),
    )
    square, start = image.functions
    assert (square.name, start.name) == ("square", "start")
    assert image.symbol("start") == start.address == int.from_bytes(code.data[4:8], "little") - 1
    assert image.symbol("total") == 0x2000_0004


def test_function_of_ends_with_the_function(elf):
    image = read_image(elf)
    square = image.functions[0]
    assert image.function_of(square.address + square.size_bytes - 2) == square
    assert image.function_of(square.address - 2) is None
    assert image.function_of(image.functions[-1].address + image.functions[-1].size_bytes) is None


def test_a_function_without_a_size_reaches_to_the_next():
    image = Image(None, functions=(Function(0x100, 0, "first"), Function(0x120, 4, "second")))
    assert [image.place(address) for address in (0xFE, 0x11E, 0x120, 0x124)] == [
        "0x000000fe",
        "first+0x1e",
        "second+0x0",
        "0x00000124",
    ]


def addr2line(path, address):
    """What binutils say."""
    command = ["arm-none-eabi-addr2line", "-e", str(path), hex(address)]
    file, number = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split(":")
    )
    return None if file == "??" else (file, int(number.split()[0]))


@pytest.mark.parametrize("version", ["2", "4", "5"])
def test_lines_of_all_versions_of_dwarf(build_c, version):
    path = build_c(f"-gdwarf-{version}")
    image = read_image(path)
    square, start = image.functions
    source = str(path.with_name("program.c"))
    for address in range(square.address, start.address + start.size_bytes - 4, 2):
        assert image.line_of(address) == addr2line(path, address)
    assert image.line_of(start.address + 6) == (source, line("        total += square(i);"))
    assert image.line_of(FLASH) is None
    assert image.line_of(start.address + start.size_bytes) is None


def test_code_that_the_linker_threw_away_has_no_lines(elf):
    """Its line table is still there, from address 0 on."""
    assert "never_called" not in read_image(elf).symbols
    assert read_image(elf).line_of(0) is None


def test_an_image_without_debug_information_has_no_lines(build_c):
    image = read_image(build_c("-g0"))
    assert image.line_of(image.symbol("start")) is None


def test_literal_pools_are_data(elf):
    image = read_image(elf)
    start = image.functions[1]
    literal = start.address + start.size_bytes - 4
    assert [image.is_data(address) for address in (start.address, literal, literal + 2)] == [
        False,
        True,
        True,
    ]


def test_of_several_names_the_one_to_show_is_global_and_sized(build):
    image = read_image(
        build(
            "start: b start\n.weak a\n.type a,%function\n.type long_name,%function\n.global long_name\n"
            "a: long_name: bx lr\n.size long_name,.-long_name"
        )
    )
    assert [function.name for function in image.functions] == ["start", "long_name"]
    assert image.symbol("a") == image.symbol("long_name")


@pytest.mark.parametrize(
    ("text", "offset"),
    [("start", 0), ("start+0x4", 4), ("start+4", 4), ("0x08000009", None), ("134217736", None)],
)
def test_places_that_a_person_writes(elf, text, offset):
    image = read_image(elf)
    assert image.address(text) == (FLASH + 8 if offset is None else image.symbol("start") + offset)


def test_places_that_are_none(elf):
    image = read_image(elf)
    with pytest.raises(
        InputError, match=r"no symbol 'sqare' in the image\n  did you mean 'square' or 'start'\?"
    ):
        image.address("sqare")
    with pytest.raises(InputError, match=r"'x' in 'start\+x' is not a number, such as 26 or 0x1a"):
        image.address("start+x")
    with pytest.raises(InputError, match=r"no symbol 'start' in the image\n  it has no symbols at all"):
        Image(elf).address("start")


# -- Intel HEX and raw bytes


def flash_bytes(image):
    return {a: byte for part in image.segments for a, byte in enumerate(part.data, part.load_address)}


def test_the_same_bytes_from_all_three_formats(elf):
    from_elf = flash_bytes(read_image(elf))
    assert flash_bytes(read_image(convert(elf, "ihex", ".hex"))) == from_elf
    raw = read_image(convert(elf, "binary", ".bin"), origin=FLASH)
    padded = flash_bytes(raw)
    assert {address: padded[address] for address in from_elf} == from_elf
    assert (raw.segments[0].load_address, raw.functions, raw.place(FLASH + 8)) == (FLASH, (), "0x08000008")


@pytest.mark.parametrize(("kind", "suffix"), [("ihex", ".bin"), ("binary", ".img"), ("ihex", ".elf.txt")])
def test_the_content_decides_and_not_the_suffix(elf, kind, suffix):
    read = read_image(convert(elf, kind, suffix), origin=FLASH)
    assert read.segments[0].load_address == FLASH
    assert read.segments[0].data[:4] == bytes.fromhex("00800020")


def test_an_elf_file_of_another_name_is_one(elf, tmp_path):
    path = tmp_path / "firmware.bin"
    path.write_bytes(elf.read_bytes())
    assert read_image(path, origin=FLASH).functions == read_image(elf).functions


def test_raw_bytes_lie_where_they_are_told_to(elf):
    raw = convert(elf, "binary", ".bin")
    (part,) = read_image(raw, origin=FLASH, load_address=0x0804_0000).segments
    assert (part.load_address, part.run_address, part.run_bytes) == (
        0x0804_0000,
        0x0804_0000,
        len(raw.read_bytes()),
    )


@pytest.mark.parametrize(("kind", "name"), [("ihex", "an Intel HEX file"), (None, "an ELF file")])
def test_a_load_address_is_for_raw_bytes_only(elf, kind, name):
    path = convert(elf, kind, ".hex") if kind else elf
    with pytest.raises(
        InputError, match=f"a load address .0x08040000. is given, but this is {name}, which says"
    ):
        read_image(path, load_address=0x0804_0000)


def test_symbols_of_an_elf_file_name_raw_bytes(elf):
    image = read_image(convert(elf, "binary", ".bin"), origin=FLASH, symbols=elf)
    assert image.functions == read_image(elf).functions
    assert image.line_of(image.functions[0].address + 2) is not None


def test_symbols_of_another_build_are_refused(elf, build_c):
    other = build_c("-g", "-O0")
    raw = convert(other, "binary", ".bin")
    with pytest.raises(
        InputError, match=r"program\.elf: this is another build than .*program\.bin: at 0x0800000"
    ):
        read_image(raw, origin=FLASH, symbols=elf)
    with pytest.raises(InputError, match=r"program\.elf: nothing in here lies where .*program\.bin does"):
        read_image(raw, load_address=0x0900_0000, symbols=elf)


RECORDS = ":020000040800F2\n:0400000044332211{checksum}\n:00000001FF\n"


def test_records_of_segments_addresses_and_starts(tmp_path):
    """Types 0 to 5 of the format, out of order and with an empty line."""
    path = tmp_path / "mixed.hex"
    path.write_text(
        ":020000020800F4\n:02000400AABB95\n\n:020000040800F2\n:04000000443322\
1152\n:0400000300003800C1\n:04000005000000CD2A\n:02000400CCDD51\n:00000001FF\n:garbage"
    )
    assert read_image(path).segments == (
        Segment(0x8004, b"\xaa\xbb", 0x8004, 2),
        Segment(0x0800_0000, bytes.fromhex("44332211CCDD"), 0x0800_0000, 6),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RECORDS.format(checksum="53"), r":2: the checksum is 0x53, the record adds up to 0x52"),
        (
            ":020000040800F2\nS1130000\n",
            r":2: expected a record of Intel HEX, which begins with ':', found 'S1130000'",
        ),
        (
            ":020000040800F2\n:04000000443\n",
            r":2: expected pairs of hexadecimal digits after ':', found ':0400000044",
        ),
        (":020000040800F2\n:05000000443322115\n1", r":2: expected pairs of"),
        (":020000040800F2\n:0500000044332211\n", r":2: the record should have 10 bytes and has 8"),
        (":020000040800F2\n:00000006FA\n", r":2: record type 6 is none of Intel HEX, which has 0 to 5"),
        (":03000004080000F1\n", r":1: a record of type 4 holds 2 bytes, this one 3"),
        (
            ":020000040800F2\n:040000004433221152\n",
            r":2: the file ends without its end record ':00000001FF'",
        ),
        (":00000001FF\n", r": this Intel HEX file holds no data"),
        (":0100000001FE\n:0100000002FD\n:00000001FF\n", r":2: 0x00000000 is given twice"),
    ],
)
def test_a_broken_hex_file_names_its_line(tmp_path, text, message):
    path = tmp_path / "broken.hex"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"broken\.hex{message}"):
        read_image(path)


# -- what is no image


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.elf", b"not an image", "this is not an ELF file, or a damaged one: Magic number does not match"),
        ("f.hex", b"\x00\x80\x00\x20", "f.hex:1: expected a record of Intel HEX"),
        (
            "f.bin",
            b"\x00\x80",
            "2 bytes hold no vector table\n  expected an ELF file, an Intel HEX file, or raw",
        ),
        ("f.bin", b"", "0 bytes hold no vector table"),
        ("f.c", b"int main(void)\n{\n}\n", "this is text, beginning with 'int main"),
        ("f.uf2", b"UF2\nWQ]\x9e" + bytes(504), "this is UF2"),
        ("f.s19", b"S0030000FC\n", "this is Motorola S-records"),
    ],
)
def test_what_is_no_image_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"firmware\.bin: the image cannot be read: No such file"):
        read_image(tmp_path / "firmware.bin")


def test_an_elf_file_for_this_machine_is_none(tmp_path):
    import sys
    from pathlib import Path

    path = tmp_path / "python"
    path.write_bytes(Path(sys.executable).read_bytes())
    with pytest.raises(InputError, match="32-bit little-endian Arm, but for X86_64, 64 bits, little-endian"):
        read_image(path)


def test_an_object_file_is_none(elf, tmp_path):
    path = tmp_path / "program.o"
    source = str(elf.with_name("program.c"))
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-c", source, "-o", str(path)], check=True)
    with pytest.raises(InputError, match="this is an object file: link it first"):
        read_image(path)


def test_an_elf_file_that_is_cut_off(elf, tmp_path):
    path = tmp_path / "half.elf"
    with elf.open("rb") as stream:
        begins = {part["p_paddr"]: part["p_offset"] for part in ELFFile(stream).iter_segments("PT_LOAD")}
    path.write_bytes(elf.read_bytes()[: begins[0x0800_0000] + 14])
    with pytest.raises(
        InputError, match=r"cut off: its table of sections ends at [\d,]+, the file at [\d,]+"
    ):
        read_image(path)
    cut = bytearray(path.read_bytes())
    cut[0x20:0x24], cut[0x30:0x34] = bytes(4), bytes(4)  # no table of sections
    path.write_bytes(cut)
    with pytest.raises(InputError, match=r"cut off: the part for 0x08000000 has 14 of \d+ bytes"):
        read_image(path)
