import jsonschema
import pytest
from pydantic import ValidationError

from scons_tinyml.records.errors import InternalError
from scons_tinyml.records.report import Report, format_value
from scons_tinyml.records.schema import RECORDS, json_schema, schema_file_name
from scons_tinyml.stages.gate.report_file import read_report, write_report
from support.reports import REPORT, report_with

REQUIRED = {
    *(
        "schema_version",
        "verdict",
        "findings",
        "flash_bytes",
        "ram_bytes",
        "cycles",
        "latency_s",
        "accuracy",
        "layers",
    ),
}


def violations(values):
    validator = jsonschema.Draft202012Validator(json_schema("report"))
    return [error.json_path for error in validator.iter_errors(values)]


def values(report=REPORT):
    return report.model_dump(mode="json", by_alias=True)


def test_keys_that_programs_rely_on():
    assert set(values()) >= REQUIRED
    assert set(values()["latency_s"]) >= {"value", "low", "high", "evidence"}
    assert set(values()["accuracy"]) >= {"float", "int8", "drop"}
    layer = {
        "index",
        "name",
        "operator",
        "macs",
        "kernel",
        "cycles",
        "weight_bytes",
        "scratch_bytes",
        "rejected",
    }
    assert set(values()["layers"][0]) >= layer
    assert (values()["schema_version"], values()["verdict"]) == (1, "pass")


def test_a_report_follows_the_published_schema():
    assert violations(values()) == []


@pytest.mark.parametrize("key", sorted(REQUIRED))
def test_the_schema_insists_on_each_key(key):
    broken = values()
    del broken[key]
    assert violations(broken) == ["$"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"verdict": "maybe"}, "$.verdict"),
        ({"flash_bytes": -1}, "$.flash_bytes"),
        ({"cycles": 1.5}, "$.cycles"),
        ({"surprise": 1}, "$"),
    ],
)
def test_the_schema_refuses(change, path):
    assert violations({**values(), **change}) == [path]


def test_round_trip_through_a_file(tmp_path):
    path = tmp_path / "report.json"
    write_report(REPORT, path)
    assert read_report(path) == REPORT


def test_a_report_that_does_not_follow_its_schema_is_not_written(tmp_path):
    broken = REPORT.model_copy(update={"flash_bytes": "many"})
    with (
        pytest.warns(UserWarning, match="serialized value may not be as expected"),
        pytest.raises(
            InternalError,
            match=r"\$\.flash_bytes: the report does not follow its schema: 'many' is not of type 'integer'",
        ),
    ):
        write_report(broken, tmp_path / "report.json")
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValidationError):
        report_with(latency_s={**REPORT.latency_s.model_dump(), "high": float("inf")})


@pytest.mark.parametrize("name", RECORDS)
def test_schemas_are_schemas(name):
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema_file_name(name) == f"{name}.schema.json"


@pytest.mark.parametrize("name", ["board", "model", "kernel", "kernel-set", "expected-results"])
def test_a_file_does_not_hold_its_own_name(name):
    schema = json_schema(name)
    assert "name" not in schema["properties"]
    assert "name" not in schema["required"]
    assert "$schema" in schema["properties"]


def test_units_are_required_by_the_schema():
    size = json_schema("board")["$defs"]["MemoryRegion"]["properties"]["size"]
    jsonschema.validate("64 KiB", size)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(65_536, size)


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("bytes", 500, "500 B"),
        ("bytes", 12_288, "12.0 KiB"),
        ("seconds", 0.00321, "3.21 ms"),
        ("fraction", 0.9, "0.9000"),
        ("number", 12.345678, "12.346"),
    ],
)
def test_figures_as_people_read_them(unit, value, expected):
    assert format_value(unit, value) == expected


def test_a_report_is_frozen():
    with pytest.raises(ValidationError):
        Report.model_validate(values()).verdict = "fail"


def test_a_report_from_before_there_were_other_metrics_is_read():
    values = REPORT.model_dump(mode="json", by_alias=True)
    del values["metrics"]
    for key in ("name", "better", "unit", "overlap"):
        del values["accuracy"][key]
    assert Report.model_validate(values) == REPORT
