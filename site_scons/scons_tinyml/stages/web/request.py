"""Request of the stage that makes the page of a network for browsers."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class WebRequest(Request[File], stage="web"):
    """Write the page that runs a network in a browser."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    tflite: File = source("the network, for its oracle")
    samples: File = source("inputs that the page checks itself on")
    judged: File | None = source("what its versions make of the test split, with the classes", default=None)
    plan: File | None = source("plan of a build", default=None)
    report: File | None = source("report of that build", default=None)
    image: File | None = source("its image, whose outputs the page compares with", default=None)
    page: File = target("HTML file")
    board: File | None = option("description of the board of the build", default=None)
    model: File | None = option("model.toml, with the origin of its data", default=None)
    mode: str = option("type of the network")
    sets: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    external: tuple[str, ...] = place("set=checkout that replaces its wheel, several times", default=())
