"""Pieces of text that mean something in a format, for the mutations of several targets."""

TOML = (
    b'"""',
    b"'''",
    b"[[",
    b"]]",
    b" = ",
    b"{",
    b"}",
    b"\\u0000",
    b"1e999",
    b"1979-05-27",
    b'"64 KiB"',
    b"nan",
    b"\n",
)
JSON = (b"null", b"true", b"[]", b"{}", b"1e308", b"-1", b'"\\ud800"', b"18446744073709551616", b"NaN")
