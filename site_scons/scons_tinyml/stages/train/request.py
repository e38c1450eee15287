"""Request of the stage that trains."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


class TrainRequest(Request[File], stage="train"):
    """Train a network, or draw its weights at random."""

    keras: File = target("float network to write")
    history: File = target("JSON file to write the run to")
    data: File | None = source("splits of its data set; none for random weights", default=None)
    model: File = option("model.toml to follow")
    variant: str | None = option("values of its axes, such as width=0.5", default=None)
