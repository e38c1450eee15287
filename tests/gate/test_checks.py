import pytest

from scons_tinyml.records.report import EnergyUse, Finding, Share, verdict
from scons_tinyml.stages.gate.checks import check
from support.reports import REPORT, limited, report_with

FLOAT = {"quantization": "float"}


def test_all_is_well():
    assert check(REPORT) == ()
    assert verdict(()) == "pass"


def test_exactly_at_the_limit_passes():
    assert check(limited("flash", REPORT.flash_bytes)) == ()
    assert check(limited("ram", REPORT.ram_bytes)) == ()
    assert check(limited("latency", REPORT.latency_s.high)) == ()
    assert check(limited("accuracy", 0.9)) == ()
    assert check(limited("accuracy_drop", 0.01)) == ()


def test_flash():
    (finding,) = check(limited("flash", 28_000))
    assert finding == Finding(
        kind="flash",
        severity="error",
        message="flash 29.3 KiB is 2.0 KiB over the limit of 27.3 KiB",
        used=30_000,
        limit=28_000,
        unit="bytes",
        over_by=2_000,
        limit_source="command line",
        heaviest=(
            Share(name="weights of layer 2 (FULLY_CONNECTED)", value=17_000, percent=56.7),
            Share(name="weights of layer 0 (CONV_2D)", value=3_000, percent=10.0),
            Share(name="other constants and data", value=2_000, percent=6.7),
        ),
        advice="layer 2 (FULLY_CONNECTED) holds 16.6 KiB of weights, the most of all layers: "
        "12 % fewer weights there would be enough",
    )
    assert verdict((finding,)) == "fail"


def test_ram():
    (finding,) = check(limited("ram", 9_600))
    assert finding == Finding(
        kind="ram",
        severity="error",
        message="RAM 9.8 KiB is 400 B over the limit of 9.4 KiB",
        used=10_000,
        limit=9_600,
        unit="bytes",
        over_by=400,
        limit_source="command line",
        heaviest=(
            Share(name="arena: output of layer 0 (CONV_2D)", value=7_680, percent=76.8),
            Share(name="stack", value=900, percent=9.0),
            Share(name="arena: input of the network", value=784, percent=7.8),
        ),
        advice="the arena is at its peak with the output of layer 0 (CONV_2D) (7.5 KiB) and the input of the network "
        "(784 B): make these smaller, by resolution or by channels",
    )


def test_latency_is_judged_at_the_slow_end():
    (finding,) = check(limited("latency", 0.026))  # the value itself is 0.025
    assert finding == Finding(
        kind="latency",
        severity="error",
        message="latency 27.00 ms (25.00 ms and the slow end of its error band) is 1.00 ms over the limit of 26.00 ms",
        used=0.027,
        limit=0.026,
        unit="seconds",
        over_by=0.001,
        limit_source="command line",
        heaviest=(
            Share(name="layer 0 (CONV_2D)", value=0.01875, percent=75.0),
            Share(name="layer 2 (FULLY_CONNECTED)", value=0.00625, percent=25.0),
        ),
        advice="layer 0 (CONV_2D) takes 18.75 ms, 0.10 MACs a cycle: the whole has to shrink by 4 %, "
        "so begin with that layer",
    )


def test_accuracy():
    (finding,) = check(limited("accuracy", 0.905))
    assert finding == Finding(
        kind="accuracy",
        severity="error",
        message="accuracy 0.9000 is 0.0050 below the minimum of 0.905",
        used=0.9,
        limit=0.905,
        unit="fraction",
        over_by=0.005,
        limit_source="command line",
        advice="the float network reaches 0.9100, so quantization is what costs it, and scons "
        "diagnose says in which layers: raise quantization.representative_samples in model.toml, "
        "or deploy with quantize=float",
    )


def test_a_float_image_is_judged_by_the_float_accuracy():
    accuracy = {**REPORT.accuracy.model_dump(by_alias=True), "deployed": 0.91}
    assert check(limited("accuracy", 0.905, accuracy=accuracy, **FLOAT)) == ()
    (finding,) = check(limited("accuracy", 0.95, accuracy=accuracy, **FLOAT))
    assert (finding.used, finding.advice) == (
        0.91,
        "the network itself does not reach it: train for more epochs, or use a larger one",
    )


def test_accuracy_drop():
    (finding,) = check(limited("accuracy_drop", 0.005))
    assert finding == Finding(
        kind="accuracy_drop",
        severity="error",
        message="accuracy drop 0.0100 is 0.0050 over the limit of 0.0050",
        used=0.01,
        limit=0.005,
        unit="fraction",
        over_by=0.005,
        limit_source="command line",
        advice="scons diagnose says which layers lose it; raise quantization.representative_samples in model.toml; "
        "quantize=float drops nothing, with about 78.1 KiB of weights",
    )


def test_a_float_image_has_no_drop_to_judge():
    assert check(limited("accuracy_drop", 0.005, **FLOAT)) == ()


@pytest.mark.parametrize("resource", ["accuracy", "accuracy_drop"])
def test_a_limit_that_cannot_be_judged_fails(resource):
    (finding,) = check(limited(resource, 0.5, accuracy=None, accuracy_absent="it was given as a file"))
    assert finding.severity == "error"
    assert finding.message == (
        f"{resource.replace('_', ' ')} has a limit of 0.5, but there is none to judge: it was given as a file"
    )


def test_no_accuracy_is_no_finding_without_a_limit():
    assert check(report_with(accuracy=None, accuracy_absent="given")) == ()


def test_region():
    regions = [
        {"name": "SRAM1", "kind": "ram", "used_bytes": 100, "size_bytes": 100},
        {"name": "SRAM2", "kind": "ram", "used_bytes": 1124, "size_bytes": 100},
    ]
    (finding,) = check(report_with(regions=regions))
    assert finding.model_dump(
        include={"kind", "severity", "message", "used", "limit", "over_by", "limit_source", "region"}
    ) == {
        "kind": "region",
        "region": "SRAM2",
        "severity": "error",
        "message": "region SRAM2 holds 100 B, the image puts 1.1 KiB there: 1.0 KiB too much",
        "used": 1124,
        "limit": 100,
        "over_by": 1024,
        "limit_source": "boards/stm32l1.toml: memory SRAM2",
    }


@pytest.mark.parametrize(("limit", "kinds"), [(100, ["flash"]), (1_000_000, ["region"])])
def test_an_only_region_is_told_once(limit, kinds):
    """A limit on the command line may be larger than the chip: then the region tells."""
    regions = [{"name": "FLASH", "kind": "flash", "used_bytes": REPORT.flash_bytes, "size_bytes": 100}]
    assert [finding.kind for finding in check(limited("flash", limit, regions=regions))] == kinds


@pytest.mark.parametrize(("ratio", "found"), [(1.0299, 0), (0.9701, 0), (1.031, 1), (0.969, 1)])
def test_agreement_is_a_warning(ratio, found):
    agreement = {"sum_of_layers_cycles": 1, "run_cycles": 1, "ratio": ratio}
    findings = check(report_with(agreement=agreement))
    assert [finding.severity for finding in findings] == ["warning"] * found
    assert verdict(findings) == "pass"


@pytest.mark.parametrize(
    ("differing", "ulps", "tolerance", "holds"),
    [(0, 0, 0, True), (1, 0, 0, False), (4, 2, 2, True), (4, 3, 2, False), (4, 0, 2, False)],
)
def test_bit_exactness(differing, ulps, tolerance, holds):
    exact = {
        **REPORT.bit_exact.model_dump(),
        "differing_bytes": differing,
        "max_ulps": ulps,
        "tolerance_ulps": tolerance,
    }
    findings = check(report_with(bit_exact=exact))
    assert [finding.kind for finding in findings] == ([] if holds else ["bit_exactness"])
    if not holds:
        assert findings[0].message.startswith(
            f"{differing} of 8 output bytes over 4 samples differ from tflite-micro 1"
        )


def test_everything_at_once_is_told_in_a_fixed_order():
    report = limited("latency", 0.001, flash_bytes=600_000, ram_bytes=20_000)
    assert [finding.kind for finding in check(report)] == ["flash", "ram", "latency"]


def with_metric(deployed, float_=None, **changes):
    """Keys of a report with one more metric, 'error', of which lower values are better."""
    metric = {
        "name": "error",
        "metric": "own.py:error",
        "better": "lower",
        "unit": "number",
        "samples": 10,
        "float": float_,
        "int8": deployed,
        "drop": None,
        "deployed": deployed,
    }
    return {"metrics": [metric], **changes}


def limited_number(resource, value, **changes):
    limits = {resource: {"value": value, "unit": "number", "source": "command line"}}
    return report_with(limits=limits, **changes)


def test_a_metric_of_which_lower_values_are_better_has_a_maximum():
    assert check(limited_number("error", 2.5, **with_metric(2.5))) == ()
    (finding,) = check(limited_number("error", 2.5, **with_metric(2.75, float_=2.25)))
    assert finding == Finding(
        kind="error",
        severity="error",
        message="error 2.75 is 0.25 over the limit of 2.5",
        used=2.75,
        limit=2.5,
        unit="number",
        over_by=0.25,
        limit_source="command line",
        advice="the float network reaches 2.25, so quantization is what costs it, and scons "
        "diagnose says in which layers: raise quantization.representative_samples in model.toml, "
        "or deploy with quantize=float",
    )


def test_a_limit_as_it_is_printed_allows_what_is_printed_so():
    """A build keeps its own printed figures as limits."""
    assert check(limited_number("error", 2.7183, **with_metric(2.71834))) == ()
    assert check(limited_number("error", 2.7183, **with_metric(2.71836))) != ()
    assert check(limited_number("error", 3, **with_metric(3.00001))) != ()


def test_a_drop_of_another_metric():
    changes = with_metric(2.75)
    changes["metrics"][0]["drop"] = 0.5
    (finding,) = check(limited_number("error_drop", 0.25, **changes))
    assert (finding.kind, finding.message) == ("error_drop", "error drop 0.5 is 0.25 over the limit of 0.25")
    assert check(limited_number("error_drop", 0.5, **changes)) == ()


def test_a_limit_on_a_metric_that_was_not_computed():
    (finding,) = check(limited_number("recall", 0.5))
    assert finding.message.startswith("recall has a limit of 0.5, but there is none to judge")


ENERGY = EnergyUse(
    voltage_v=3,
    run_current_a=0.01,
    joules=0.00075,
    low_joules=0.00072,
    high_joules=0.00081,
    source="data sheet",
)
ASLEEP = ENERGY.model_copy(update={"sleep_current_a": 1e-6})
HOURLY = ASLEEP.model_copy(update={"inferences_per_hour": 60, "average_power_w": ASLEEP.power_w(60, 0.027)})


def of_energy(kind, value, energy):
    return limited(kind, value).model_copy(update={"energy": energy})


def test_average_power_is_that_of_inferences_and_of_sleep():
    assert HOURLY.average_power_w == pytest.approx((60 * 0.00081 + 3e-6 * (3600 - 60 * 0.027)) / 3600)
    assert ASLEEP.power_w(3600 / 0.027, 0.027) == ASLEEP.power_w(1e9, 0.027) == pytest.approx(0.03)
    assert ENERGY.power_w(60, 0.027) is None


def test_energy_is_judged_at_the_slow_end():
    assert check(of_energy("energy", 0.00081, ENERGY)) == ()
    (finding,) = check(of_energy("energy", 0.0006, ENERGY))
    assert finding == Finding(
        kind="energy",
        severity="error",
        message="energy 810.00 uJ is 210.00 uJ over the limit of 600.00 uJ",
        used=0.00081,
        limit=0.0006,
        unit="joules",
        over_by=0.00021,
        limit_source="command line",
        advice="energy falls with the latency: 20.00 ms at the slow end of its band would be enough",
    )


@pytest.mark.parametrize(
    ("limit", "advice"),
    [
        (1e-5, "31 inferences an hour would be enough, or a latency that falls as much"),
        (2e-6, "sleep alone takes 3.00 uW: a board of less sleep current is needed"),
    ],
)
def test_average_power(limit, advice):
    assert check(of_energy("average_power", 2e-5, HOURLY)) == ()
    (finding,) = check(of_energy("average_power", limit, HOURLY))
    assert (finding.kind, finding.unit, finding.used) == ("average_power", "watts", HOURLY.average_power_w)
    assert finding.message.startswith("average power 16.50 uW is ")
    assert finding.advice == advice


@pytest.mark.parametrize(
    ("kind", "energy", "missing"),
    [
        (
            "energy",
            None,
            "energy has a limit of 1.00 mJ, but there is none to judge: boards/stm32l1.toml has no supply",
        ),
        (
            "average_power",
            ENERGY,
            "average power has a limit of 1.00 mW, but there is none to judge: boards/stm32l1.toml has no "
            "supply.sleep_current",
        ),
        (
            "average_power",
            ASLEEP,
            "average power has a limit of 1.00 mW, but there is none to judge: inferences_per_hour is not set",
        ),
    ],
)
def test_a_limit_of_energy_that_cannot_be_judged_fails(kind, energy, missing):
    (finding,) = check(of_energy(kind, 1e-3, energy))
    assert (finding.severity, finding.message) == ("error", missing)
