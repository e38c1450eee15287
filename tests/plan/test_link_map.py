from scons_tinyml.stages.footprint.link_map import InputSection, input_sections

MAP = """\
Discarded input sections

 .text.unused   0x00000000       0x40 here/a.o

Linker script and memory map

LOAD here/a.o

.text           0x08000200       0x48
 *(.text .text.*)
 .text.f        0x08000200       0x10 here/lib.a(f.o)
                0x08000200                f
 *fill*         0x08000210       0x10
 .text.a_very_long_name
                0x08000220       0x28 a folder/g.o
                0x08000220                a_very_long_name
 .text          0x08000248        0x0 here/a.o

.bss            0x20000000        0x4
 .bss.state     0x20000000        0x4 here/a.o

/DISCARD/
 .comment       0x00000000       0x27 here/a.o
"""


def test_sections_of_the_image_with_their_files():
    assert input_sections(MAP) == (
        InputSection(".text", ".text.f", "here/lib.a(f.o)", 16),
        InputSection(".text", ".text.a_very_long_name", "a folder/g.o", 40),
        InputSection(".bss", ".bss.state", "here/a.o", 4),
        InputSection("", ".comment", "here/a.o", 39),
    )


def test_a_section_is_known_by_names_that_are_the_same_on_every_machine():
    assert InputSection(".text", ".text.f", "/home/me/lib.a(f.o)", 16).identity == "lib.a(f.o): .text.f"
