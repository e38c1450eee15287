"""Requests of the two stages of the gate."""

from __future__ import annotations

from scons_tinyml.records.images import ARENAS, IMAGES, SCOPES
from scons_tinyml.stages.plan.request import OBJECTIVES
from scons_tinyml.stages.request import File, Request, option, place, source, target

MODES = ("int8", "int16x8", "mixed", "float", "given")


class ReportRequest(Request[File], stage="gate.report"):
    """Write report.json, whatever it says."""

    sizes: File = source("sizes of the image")
    graph: File = source("graph of the network")
    constants: File = source("its constants")
    plan: File = source("plan that the image was made of")
    run: File = source("what the run of the image said")
    measurements: File = source("what was measured of the kernels")
    footprint: File = source("what their code takes")
    accuracy: File | None = source("accuracy of the model, where it has labelled samples", default=None)
    judged: File | None = source("what its versions make of the test split, for the page", default=None)
    quality: File | None = source("what quantization does to each layer, for the page", default=None)
    tflite: File | None = source("file of the network, whose digest the report has", default=None)
    explored: File | None = source("what `scons explore` has found of its variants", default=None)
    report: File = target("JSON file to write")
    drawn: tuple[File, ...] = target("files of formats to write, by the names that these have", default=())
    history: str = option("file that gets a line for each build", default="")
    board: File = option("description of the board")
    mode: str = option("type of the network", choices=MODES)
    sets: tuple[str, ...] = option("kernel sets to choose from")
    optimize: str = option("what is to be as small as can be", choices=OBJECTIVES)
    model: File | None = option("model.toml, for its budgets", default=None)
    variants: str = option(
        "model with variants, and digest of what they are made of, as name=digest", default=""
    )
    limits: str = option("limits of the command line", default="")
    described: str = option("those of them that an SConscript sets, such as SConstruct:flash,ram", default="")
    project: str = option("commit, changes and build time of the project", default="")
    compiler: str = place("command or path of the compiler")
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    costs: File = place("database of what was measured")
    boards: tuple[File, ...] = place("folders of boards, the first one of which counts where two have a name")
    subject: str = place("options that name the network on a command line")
    external: tuple[str, ...] = place("set=folder of external sources, several times", default=())
    content: str = option(
        "what the image is; flash and RAM of an application are not a network's",
        default="network",
        choices=IMAGES,
    )


class FirmwareReportRequest(Request[File], stage="gate.firmware"):
    """Write the report of a firmware from those of its networks, whatever it says."""

    report: tuple[File, ...] = source("report of each network, written with --content=application")
    run: tuple[File, ...] = source("run of each network, in the same order")
    sizes: File = source("sizes of the image")
    firmware_report: File = target("JSON file to write")
    drawn: tuple[File, ...] = target("files of formats to write, by the names that these have", default=())
    history: str = option("file that gets a line for each build", default="")
    board: File = option("description of the board")
    name: str = option("name of the firmware in reports and messages")
    arena: str = option("arenas of their own, or one of all", default="own", choices=ARENAS)
    model: File | None = option("model.toml of the only network, for its budgets of the image", default=None)
    limits: str = option("limits of flash and RAM of the command line", default="")
    described: str = option("those of them that an SConscript sets, such as SConstruct:flash,ram", default="")
    scope: str = option("what flash and RAM are judged of", default="image", choices=SCOPES)
    sources: str = option("whether the image has sources of its users", default="no", choices=("no", "yes"))


class CompareRequest(Request[File], stage="gate.comparison"):
    """Compare the report of a build with an earlier one, print what changed, and fail over a tolerance."""

    report: File = source("report of the build")
    baseline: File = source("earlier report")
    comparison: File = target("JSON file to write")
    summary: File = target("summary in Markdown to write")
    page: File = target("page in HTML to write")
    model: File | None = option("model.toml, for its tolerances", default=None)
    tolerances: str = option("tolerances of the command line", default="")


class BaselineRequest(Request[File], stage="gate.baseline"):
    """Build the report of an earlier commit in a checkout of its own."""

    baseline: File = target("report.json to write")
    commit: str = option("commit to build")
    arguments: tuple[str, ...] = option("words of the command line of the build")
    results: str = option("folder of the report in the folder of all results")
    project: File = place("folder of the SConstruct")
    costs: File = place("database of what was measured")


class JudgeRequest(Request[File], stage="gate.judge"):
    """Print the report, publish what has a name if the image passes."""

    report: File = source("report of the image")
    image: File = source("linked image")
    map: File | None = source("map of the linker", default=None)
    library: File | None = source("archive of the network and its kernels", default=None)
    headers: tuple[File, ...] = source("header of each network", default=())
    elf: File | None = target("image to publish", default=None)
    bin: File | None = target("the image as bytes", default=None)
    hex: File | None = target("the image as Intel HEX", default=None)
    published_map: File | None = target("the map to publish", default=None)
    published_library: File | None = target("the library to publish", default=None)
    published_headers: tuple[File, ...] = target("headers to publish, in the same order", default=())
    exports: File | None = place("folder of exports, which are made anew of what is published", default=None)
    compiler: str = place("command or path of the compiler, which converts the image")
    shown: str = place("how much of the report is printed", default="table", choices=("table", "line"))
