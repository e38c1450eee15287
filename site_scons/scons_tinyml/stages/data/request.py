"""Request of the stage that reads a data set."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, target


class DataRequest(Request[File], stage="data"):
    """Read a data set, and split it."""

    data: File = target(".npz file to write the splits to")
    model: File = option("model.toml that describes the data set")
    variant: str | None = option("values of its axes, such as size=20", default=None)
    outside: tuple[File, ...] = place("folders outside of the project that its paths may lead to", default=())
