"""What is written is read again, and nothing that is not a pack, whole and in order, is taken."""

import json
import os
from dataclasses import asdict, fields, replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scons_tinyml.costs.key import CostKey, canonical_json
from scons_tinyml.costs.packs import files
from scons_tinyml.costs.packs.files import loose_text, pack_text, read_loose, read_pack
from scons_tinyml.costs.packs.lines import row_from_line, row_to_line
from scons_tinyml.costs.packs.merge import merged
from scons_tinyml.costs.packs.problems import validator
from scons_tinyml.costs.packs.quick import TEXTS, row_texts
from scons_tinyml.costs.packs.schema import schema, validity
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_limits import PACK_LINE_BYTES
from support.cost_rows import KEY, ROW, groups, rows
from support.effort import examples

NOW = "2026-01-02T03:04:05+00:00"
FIRST, SECOND = sorted(
    (ROW, replace(ROW, key=replace(KEY, kernel="cmsis_nn/b"))), key=lambda row: row.key.digest
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "team.jsonl"


def signed(changes, row=ROW, drop=()):
    """The line of `row` with `changes` by somebody who can compute digests and checksums."""
    values = {**json.loads(row_to_line(row)), **changes}
    values = {name: value for name, value in values.items() if name not in ("checksum", *drop)}
    if "digest" not in changes:
        key = {field.name: values.get(field.name) for field in fields(CostKey)}
        key["attributes"] = sorted(key["attributes"].items()) if isinstance(key["attributes"], dict) else None
        values["digest"] = sha256(canonical_json(key).encode()).hexdigest()
    checksum = changes.get("checksum", sha256(canonical_json(values).encode()).hexdigest())
    return canonical_json({**values, "checksum": checksum})


def pack_of(*lines, **header):
    body = "".join(f"{line}\n" for line in lines)
    digest = sha256(body.encode()).hexdigest()
    values = {"format": "tinyml-costs", "format_version": 2, "name": "team", "tool_version": "0.1.0"}
    values |= {"created": NOW, "rows": len(lines), "digest": digest, **header}
    return f"{canonical_json(values)}\n{body}"


def refusal(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_pack(path)
    return str(caught.value).replace(str(path), "FILE")


def test_a_row_says_all_of_its_key_and_where_it_comes_from():
    values = json.loads(row_to_line(ROW))
    assert values == {
        **{name: value for name, value in asdict(KEY).items() if name != "attributes"},
        "attributes": {"input_height": 28, "stride_h": 1},
        "digest": KEY.digest,
        "cycles": 1000,
        "instructions": 900,
        "measured_at": "2024-01-02T03:04:05+00:00",
        "tool_version": "0.1.0",
        "object_digest": "a" * 64,
        "board": "stm32l1",
        "origin": "measured here",
        "checksum": values["checksum"],
    }
    assert row_to_line(ROW) == canonical_json(values)


@settings(deadline=None)
@given(rows)
def test_a_row_is_its_line(row):
    assert row_from_line(row_to_line(row).encode()) == row


@settings(deadline=None)
@given(groups)
def test_a_pack_is_read_as_it_was_written(tmp_path_factory, group):
    kept = merged(group)
    path = tmp_path_factory.mktemp("pack") / "team.jsonl"
    path.write_text(pack_text(kept, "team", NOW))
    pack = read_pack(path)
    here = f"pack team {pack.header.digest[:12]}"
    assert pack.rows == tuple(
        replace(row, origin=here) if row.origin == "measured here" else row for row in kept
    )
    header, *lines = path.read_text().splitlines()
    assert json.loads(header)["digest"] == sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert json.loads(header)["rows"] == len(lines)


def test_loose_rows_are_the_lines_of_a_pack(path):
    path.write_text(loose_text([SECOND, FIRST]))
    assert pack_text([FIRST, SECOND], "team", NOW).partition("\n")[2] == path.read_text()
    assert read_loose(path) == tuple(replace(row, origin="seeds team") for row in (FIRST, SECOND))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "", "a\n", "-rf", "a b", "\x1b[31m", "x" * 65]
)
def test_the_name_of_a_pack_is_a_word(path, name):
    with pytest.raises(InputError, match=r"header of the pack: name: found .*, expected text that matches"):
        pack_text([ROW], name, NOW)
    told = refusal(path, pack_of(row_to_line(ROW), name=name))
    assert told.startswith(f"FILE:1: name: found {json.dumps(name)[:60]}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cycles": 0}, "cycles: found 0, expected 1 or more"),
        ({"cycles": -5}, "cycles: found -5, expected 1 or more"),
        ({"cycles": "12"}, 'cycles: found "12", expected a value of type integer'),
        ({"cycles": True}, "cycles: found true, expected a value of type integer"),
        ({"cycles": 2**63}, "cycles: found 9223372036854775808, expected 9007199254740991 or less"),
        ({"cycles": 1000.0}, "found the number 1000.0, expected whole numbers only"),
        ({"cycles": 449}, "cycles: found 449, expected 450 or more for 900 instructions"),
        ({"latency_us": 31}, "latency_us: found 31 under an unknown key"),
        ({"attributes": {"stride_h": "1"}}, 'attributes.stride_h: found "1", expected a value of type integer'),
        (
            {"attributes": {"../x": 1}},
            'attributes: found "../x", expected text that matches ^[a-z][a-z0-9_]{0,63}$',
        ),
        (
            {"core": "cortex-m9"},
            "core: found 'cortex-m9', which is no known core; did you mean 'cortex-m7'? Known: cortex-m0plus, "
            "cortex-m3, cortex-m33, cortex-m33f, cortex-m4, cortex-m4f, cortex-m7, cortex-m7f, cortex-m7fd",
        ),
        ({"evidence": "guess"}, 'evidence: found "guess", expected one of hardware, emulator'),
        ({"kernel": "../../bin/sh"}, None),
        ({"board": "/etc/passwd"}, None),
        ({"flags": "-O2\u001b[2J"}, None),
        ({"compiler": "gcc\n"}, None),
        ({"measured_at": "yesterday"}, None),
        ({"instructions": 0}, "instructions: found 0, expected what the schema allows (tinyml schema cost-pack)"),
        ({"digest": "0" * 64}, f"digest: found {'0' * 64}, expected {KEY.digest}: the row was changed or damaged"),
    ],
)  # fmt: skip
def test_a_row_with_a_wrong_value_is_refused_with_file_line_and_key(path, changes, message):
    told = refusal(path, pack_of(signed(changes)))
    if message is None:
        ((key, value),) = changes.items()
        assert told.startswith(f"FILE:2: {key}: found {json.dumps(value)}, expected text that matches ^")
    else:
        assert told == f"FILE:2: {message}"
    assert told.isprintable()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("NaN", "expected a JSON object (unexpected character"),
        ("Infinity", "expected a JSON object (unexpected character"),
        ("1e400", "expected a JSON object (number is infinity"),
        ("1.0", "found the number 1.0, expected whole numbers only"),
    ],
)
def test_only_whole_numbers_are_read(path, number, message):
    told = refusal(path, pack_of(row_to_line(ROW).replace('"cycles":1000', f'"cycles":{number}')))
    assert told.startswith("FILE:2: found ") and message in told


@pytest.mark.parametrize("name", sorted(set(json.loads(row_to_line(ROW))) - {"checksum", "digest"}))
def test_a_row_says_everything(path, name):
    assert refusal(path, pack_of(signed({}, drop=(name,)))) == f"FILE:2: {name}: is missing"


def test_a_foreign_unit_is_said_before_the_missing_one(path):
    line = signed({"kilocycles": 1}, drop=("cycles",))
    assert refusal(path, pack_of(line)) == "FILE:2: kilocycles: found 1 under an unknown key"


def test_a_changed_row_is_refused(path):
    told = refusal(path, pack_of(row_to_line(ROW).replace('"cycles":1000', '"cycles":1001')))
    assert told.startswith("FILE:2: checksum: found ")
    assert told.endswith(": the row was changed or damaged")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'FILE:1: found "", expected a JSON object '
         "(Input is a zero-length, empty document: line 1 column 1 (char 0))"),
        (b"\xff\n", "FILE:1: found the byte 0xff at column 1, expected ASCII"),
        (b"\x89PNG", "FILE:1: found the end of the file in a line, expected a row and a newline"),
        ("[]\n", "FILE:1: found [], expected a value of type object"),
        (pack_of(format="zip"), "FILE:1: format: found \"zip\", expected 'tinyml-costs'"),
        (pack_of(format_version=1), "FILE:1: format_version: found 1, this version of scons-tinyml reads 2 and 3"),
        (pack_of(rows=1), "FILE:1: rows: found 0 rows, expected 1"),
        (pack_of(command="rm"), 'FILE:1: command: found "rm" under an unknown key'),
        (
            pack_of(digest="0" * 64),
            f"FILE:1: digest: found {'0' * 64}, expected {sha256().hexdigest()}: "
            "lines were changed, added or left out",
        ),
        (
            pack_of(row_to_line(SECOND), row_to_line(FIRST)),
            f"FILE:3: digest: found {FIRST.key.digest} after {SECOND.key.digest}, "
            "expected rising order without repetition",
        ),
        (
            pack_of(row_to_line(ROW), row_to_line(ROW)),
            f"FILE:3: digest: found {KEY.digest} after {KEY.digest}, expected rising order without repetition",
        ),
        (pack_of("9" * 5000), None),
        (pack_of("[" * 20000), None),
        (pack_of('{"a":' * 500 + "1" + "}" * 500), None),
        (
            pack_of("x" * 70000),
            "FILE:2: found a line of 65536 bytes or more, expected a row and a newline",
        ),
    ],
)  # fmt: skip
def test_what_is_no_pack_is_refused(path, text, message):
    told = refusal(path, text)
    assert told == message if message else told.startswith("FILE:2: ")
    assert len(told) < 400


def test_a_pack_that_was_cut_is_refused(path):
    text = pack_text([FIRST, SECOND], "team", NOW)
    for length in range(len(text)):
        assert refusal(path, text[:length]).startswith("FILE:")


def test_a_pack_with_a_changed_byte_is_refused(path):
    text = pack_text([FIRST], "team", NOW)
    start = text.index("\n")
    for position in range(start, len(text), 7):
        changed = chr(ord(text[position]) ^ 1)
        refusal(path, text[:position] + changed + text[position + 1 :])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_pack(tmp_path / "absent.jsonl")


def test_a_longest_line_leaves_room():
    longest = replace(
        ROW, key=replace(KEY, flags="-" * 2000, compiler="c" * 2000, memory=f"{{{'m' * 4000}}}")
    )
    assert len(row_to_line(longest)) < PACK_LINE_BYTES // 4


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
near = st.sampled_from(
    [0, 1, -1, 2**53 - 1, 2**53, -(2**53), 1.0, 1.5, True, None, "", "a" * 64, "0" * 64, "A", "a\n", "a/b", {}, [],
     {"a": 1}, {"a": 1.0}, {"A": 1}, {"a\n": 1}, {"a": True}, {f"a{number}": 1 for number in range(101)},
     "hardware", "emulator", "tinyml-costs", NOW, f"{NOW}\n", "x" * 2000, "x" * 2001, "{}", "{}\n", "\u0661"]
)  # fmt: skip


def says_what_jsonschema_says(name, value):
    in_order = validator(name, schema()).is_valid(value)
    assert validity(name)(value) == in_order
    if name == "row":
        known = in_order and not any(isinstance(found, float) for found in numbers(value))
        assert row_texts(value) == (tuple(value[text] for text in TEXTS) if known else None)


def numbers(row):
    """What is a number in a row that is in order, and may be written with a point."""
    return [row["cycles"], row["instructions"], *row["attributes"].values()]


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(["row", "header"]), st.data())
def test_the_quick_checks_say_what_jsonschema_says(name, data):
    """Of objects that are nearly right: some values are exchanged, keys dropped, keys added."""
    header, line = pack_of(row_to_line(ROW)).splitlines()
    value = json.loads(line if name == "row" else header)
    keys = st.sampled_from(sorted(value))
    value |= data.draw(st.dictionaries(keys | st.text(max_size=3), near | values, max_size=2))
    for key in data.draw(st.sets(keys, max_size=1)):
        del value[key]
    says_what_jsonschema_says(name, value)


@given(st.sampled_from(["row", "header"]), near | values)
def test_the_quick_checks_are_as_strict_about_anything_else(name, value):
    says_what_jsonschema_says(name, value)


def test_the_published_schema_is_one_and_takes_every_line():
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())
    for line in pack_text([FIRST, SECOND], "team", NOW).splitlines():
        validator.validate(json.loads(line))


def test_the_digest_is_of_the_plain_fields():
    plain = asdict(KEY)
    assert sha256(canonical_json(plain).encode()).hexdigest() == KEY.digest


def test_rows_beyond_the_limit_are_refused(tmp_path, monkeypatch, row):
    """They would all be in memory at once."""
    path = tmp_path / "pack.jsonl"
    path.write_text(
        pack_text([row(flags=f"-O{number}") for number in range(3)], "mine", "2024-01-02T03:04:05+00:00")
    )
    assert len(read_pack(path).rows) == 3
    monkeypatch.setattr(files, "PACK_ROWS", 2)
    with pytest.raises(InputError, match=r"pack\.jsonl:1: rows: found 3, the limit is 2"):
        read_pack(path)
    loose = tmp_path / "seeds.jsonl"
    loose.write_text(path.read_text().partition("\n")[2] * 2)
    with pytest.raises(InputError, match=r"seeds\.jsonl:4: found more than 2 rows, the limit"):
        read_loose(loose)


@pytest.mark.parametrize("depth", [65, 1000, 30_000])
def test_a_deep_line_is_refused(tmp_path, depth):
    path = tmp_path / "pack.jsonl"
    path.write_text('{"attributes":' + "[" * depth + "]" * depth + "}\n")
    with pytest.raises(
        InputError, match=rf"pack\.jsonl:1: found .*lists and objects {depth + 1} deep, the limit is 64"
    ):
        read_pack(path)


def test_a_pipe_is_no_pack(tmp_path):
    path = tmp_path / "pack.jsonl"
    os.mkfifo(path)
    with pytest.raises(InputError, match="is a pipe"):
        read_pack(path)
