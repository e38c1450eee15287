"""Limits of files that anybody may have written, each with its reason.

A reader compares with them before it reads, parses or allocates. A message names the limit that was passed. The
figures are well above what projects need, and small enough that the largest allowed input takes about a second and
some hundred MiB.
"""

from __future__ import annotations

# -- text that people write: boards, models, kernels, scripts

TOML_BYTES = 256 * 1024
"""Size of a TOML file. The largest of ours has 4 KiB; Python's reader takes about a second for a MiB."""
TOML_LINE_CHARACTERS = 4096
"""Length of a line. The work for a dotted key grows with the square of its parts, which are on one line."""
TOML_DEPTH = 16
"""Tables in tables. Records have four."""
SHOWN_MISTAKES = 20
"""Mistakes of one file that are listed."""
SHOWN_CHARACTERS = 100
"""Characters of a wrong value in a message."""
QUANTITY_CHARACTERS = 64
"""Length of a number with its unit, '64 KiB'."""
QUANTITY = 2.0**63
"""Bound of a quantity in its base unit: whole numbers of 64 bits hold it."""
EXPRESSION_CHARACTERS = 1000
"""Length of an expression. The longest of ours has 130 characters."""
EXPRESSION_DEPTH = 50
"""Operators in operators of an expression: Python's own parser gives up at about 100 parentheses."""
EXPRESSION_VALUE = 2**63
"""Bound of each value in an expression. Without it, products of products would fill the memory."""
SOURCE_BYTES = 64 * 1024**2
"""Size of a file of C that is compiled, and of a linker's map: generated weights may be in it."""
SHOWN_SOURCE_BYTES = 4 * 1024**2
"""Size of a source file whose lines a profile shows."""
SCRIPT_BYTES = 1024**2
"""Size of a script of `tinyml run`."""
SCRIPT_SECONDS = 1e6
"""Longest wait of a script, in seconds of the board: its cycles fit 64 bits at any clock."""

# -- records that stages and builds write, and that anybody may have changed

JSON_BYTES = 64 * 1024**2
"""Size of a JSON file. The graph of a network of 100,000 layers has 40 MiB."""
CONSTANTS_BYTES = 1024**3
"""Size of the constants of a graph: those of all files of networks that are read fit."""
JSON_DEPTH = 64
"""Lists and objects in each other. Records have six; Python's reader and writer give up at about 1000."""
JSON_VALUES = 4_000_000
"""Values of one file. Each may take 100 bytes."""
JSON_DIGITS = 40
"""Consecutive digits. Numbers of 64 bits have 20, the shortest text of a double 17."""
REPORT_BYTES = 8 * 1024**2
"""Size of a report. One of 1000 layers has 1 MiB."""
REPORT_VALUES = 100_000
"""Values in a report. Each wrong one makes an error of its own, of 1 KiB."""

# -- measurements of others

PACK_ROWS = 500_000
"""Rows of a pack, which are in memory at once and take 1 KiB each. A database of years has 100,000."""
PACK_LINE_BYTES = 64 * 1024
"""Length of a line of a pack. Rows have less than 3,000 bytes. A longer line is not read into memory."""
DATABASE_VALUE_BYTES = 1024**2
"""Size of a value or statement in a database. The longest are descriptions of memory, of 1 KiB."""
DATABASE_STEPS = 20_000_000
"""Steps of SQLite's machine for one query or change: about a second. Rows that are read or written add to it."""
DATABASE_STEPS_A_BYTE = 1
"""Steps for each byte of the file. A row has 1,700 bytes, and reading it takes about 20 steps."""
DATABASE_STEPS_A_ROW = 2000
"""Steps for each row that is written, with its eight indexes."""

# -- firmware images

IMAGE_BYTES = 64 * 1024**2
"""Size of an image with its debug information. The flash of the largest board has 4 MiB."""
HEX_BYTES = 24 * 1024**2
"""Size of an Intel HEX file, which is read line by line: 8 MiB of firmware."""
IMAGE_PARTS = 1024
"""Loadable parts of an image. Linkers make two to ten."""
IMAGE_SECTIONS = 8192
"""Sections of an ELF file."""
IMAGE_SYMBOLS = 200_000
"""Symbols of an ELF file. A firmware of 1 MiB has 10,000."""
IMAGE_NAME_BYTES = 4096
"""Length of a symbol's name. Names of C++ templates have hundreds of characters."""
IMAGE_NAMES_BYTES = 16 * 1024**2
"""Names of all symbols together: many symbols may share the end of one long name."""
LINE_STEPS = 4_000_000
"""Steps of all programs of source lines: 1 MiB of firmware takes a million."""

# -- runs of firmware

RUN_SECONDS = 3600
"""Wall-clock time of `tinyml run` where `--max-seconds` gives none. 2,000,000,000 instructions take five minutes."""
HEARD_BYTES = 8 * 1024**2
"""Output that a script has not taken yet; the oldest is forgotten."""
KEPT_OUTPUT_BYTES = 64 * 1024**2
"""Output of a channel that waits to be taken; the oldest is forgotten."""
SEMIHOSTING_NAME_BYTES = 256
"""Length of a file name in a semihosting call. Only ':tt' and ':semihosting-features' exist."""
