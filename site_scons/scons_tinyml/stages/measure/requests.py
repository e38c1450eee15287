"""Requests of the stages that measure."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, place, source, target


class CampaignRequest(Request[File]):
    """Common fields of all stages that measure: a network, a board, and compiled kernels."""

    graph: File = source("graph of the network")
    constants: File = source("its constants")
    tflite: File = source("network of the oracle")
    samples: File = source("inputs to measure with")
    startup: File = source("object of the start-up code")
    archives: tuple[File, ...] = source("compiled kernel sets")
    board: File = option("description of the board")
    sets: tuple[str, ...] = option("kernel sets to measure; all, where a build chooses from them", default=())
    kernels: tuple[File, ...] = place("folders of kernel sets; of two with one name, the first wins")
    costs: File = place("database of what was measured")
    compiler: str = place("command or path of the compiler")
    external: tuple[str, ...] = place("set=folder of external sources, several times", default=())


class TrialsRequest(CampaignRequest[File]):
    """Common fields of the stages that run trials in the emulator."""

    scheduler: str = place("address of a Dask scheduler, whose workers run the trials", default="")
    workers: str = place("number of Dask workers of this machine that run them", default="")


class MeasureRequest(TrialsRequest[File], stage="measure"):
    """Measure the layers of a network in the emulator."""

    measurements: File = target("JSON file to write")
    schedules: File = target("JSON file of the offers among them, to write")
    tune: str = option("time to look for faster schedules: '30s', '5min', 'all', or '0'", default="0")
    trust: str = option("packs and signers whose hardware rows may decide, with commas between", default="")


class AgreeRequest(TrialsRequest[File], stage="measure.agree"):
    """Compare layers and run."""

    plan: File = source("plan that the image was made of")
    run: File = source("what the run of the image said")
    footprint: File = source("what the code of kernels takes")
    agreement: File = target("JSON file to write")


class FillRequest(TrialsRequest[File], stage="measure.fill"):
    """Measure in all placements."""

    answer: File = target("JSON file to write")
    placements: str = option("all, default, or names with commas between")


class ImagesRequest(CampaignRequest[File], stage="measure.hardware.images"):
    """Make images that measure on a board."""

    manifest: File = target("JSON file to write, beside the images")


class HardwareRequest(CampaignRequest[File], stage="measure.hardware"):
    """Measure the layers of a network on a board."""

    manifest: File = source("what the images hold")
    results: File = target("JSON file to write")
    port: str = place("serial port that the board is on")
    upload: str = place("pyocd or pyocd:<target>; without, images are flashed by hand", default="")
    again: str | None = place("measure also what is known already", default=None, choices=("yes",))
