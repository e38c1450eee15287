"""Limits that an SConscript sets are told as its own, and those of the command line and of a model.toml as theirs."""

from __future__ import annotations

from scons_tinyml.records.limits import Limit
from scons_tinyml.stages.gate.build import described


def test_limits_of_an_sconscript():
    capacity = Limit(80, "capacity of stm32l1", asked=Limit(90, "command line"))
    limits = {"flash": Limit(1, "command line"), "ram": capacity, "latency": Limit(2, "command line")}
    assert described(limits, "") == limits
    assert described(limits, "lib/SConscript:flash,ram") == {
        "flash": Limit(1, "lib/SConscript: flash"),
        "ram": Limit(80, "capacity of stm32l1", asked=Limit(90, "lib/SConscript: ram")),
        "latency": limits["latency"],
    }
    assert (
        described({"flash": Limit(1, "m.toml: budgets")}, "SConstruct:flash")["flash"].source
        == "m.toml: budgets"
    )
