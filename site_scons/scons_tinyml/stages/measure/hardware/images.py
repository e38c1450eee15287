"""Stage: images that measure the trials of a network on a board, as few as its flash and RAM allow.

The manifest's folder has `bench-1.elf`, `.hex` and `.bin`, and `bench-2` and so on when one image cannot hold
all trials. The manifest lists trials that do not fit alone, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.placement import place
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.image import SCRIPT, ImageBuilder
from scons_tinyml.stages.firmware.render import can_talk, counter_code, linker_script, serial_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import compile_flags, convert
from scons_tinyml.stages.measure.campaign import Campaign
from scons_tinyml.stages.measure.hardware.firmware import (
    ARENA,
    VERSION,
    BoardTrial,
    arena_bytes,
    image_digest,
    image_sources,
    network_sources,
)
from scons_tinyml.stages.measure.hardware.manifest import (
    ImageRecord,
    Manifest,
    Refusal,
    TrialRecord,
    write_manifest,
)
from scons_tinyml.stages.measure.hardware.packing import pack
from scons_tinyml.stages.measure.measuring import read_measuring
from scons_tinyml.stages.measure.requests import ImagesRequest

FORMATS = (("bin", "binary"), ("hex", "ihex"))
PRINTING_STACK_BYTES = 2048
"""Bytes kept free for the stack: several times the deepest kernel's use."""


def board_trials(campaign: Campaign) -> tuple[BoardTrial, ...]:
    """Return every implementation of every layer, with its first sample, in the order of the layers."""
    jobs = [(trial, campaign.job(trial, timing=True).bench) for trial in campaign.trials()]
    return tuple(
        BoardTrial(trial.layer, replace(bench, samples=bench.samples[:1]), trial.object_digest)
        for trial, bench in jobs
    )


class ImageMaker:
    """Compiles trials once and links any of them into an image, in the folder of `builder`."""

    def __init__(self, builder: ImageBuilder) -> None:
        self.builder = builder
        self.board = builder.board
        self._sources: dict[str, tuple[str, ...]] = {}

    def compile(self, trials: Sequence[BoardTrial]) -> None:
        """Compile everything but an image's tables.

        Raises EnvironmentProblem for a board without serial output.
        """
        silent = can_talk(self.board)
        if silent is not None:
            raise EnvironmentProblem(silent, where=self.board.name)
        texts = {"serial.c": serial_code(self.board), "counter.c": counter_code(self.board)}
        for trial in trials:
            sources = network_sources(trial)
            texts |= sources
            self._sources[trial.name] = tuple(name for name in sources if name.endswith(".c"))
        self.builder.write(texts)
        self.builder.compile([name for name in texts if name.endswith(".c")])

    def digest(self, trials: Sequence[BoardTrial]) -> str:
        """Return the identifier of the image of `trials`."""
        given = (self.builder.startup, *self.builder.archives, self.builder.object("serial.c"))
        rest = [path.read_bytes() for path in given]
        flags = " ".join((*compile_flags(self.board), self.builder.toolchain.identity))
        return image_digest(self.board, trials, [*rest, flags.encode()])

    def link(self, trials: Sequence[BoardTrial], name: str, digest: str) -> Path:
        """Link `trials` to an ELF file and return its path."""
        placement = place(self.board, arena_bytes(trials))
        texts = image_sources(self.board, trials, digest)
        self.builder.write({**texts, SCRIPT: linker_script(self.board, placement)})
        tables = [source for source in texts if source.endswith(".c")]
        self.builder.compile(tables)
        of_trials = (source for trial in trials for source in self._sources[trial.name])
        names = dict.fromkeys(("serial.c", "counter.c", *tables, *of_trials))
        return self.builder.link([self.builder.object(source) for source in names], name)

    def misfit(self, trials: Sequence[BoardTrial]) -> str | None:
        """Return the reason why `trials` do not fit on the board together, None when they do."""
        elf = self.link(trials, "attempt", "0" * 16)
        sizes = image_sizes(read_image(elf), self.board, ARENA, arena_bytes(trials))
        for region in self.board.memory:
            used = sizes.region_bytes[region.name] + PRINTING_STACK_BYTES * (
                region.name == sizes.stack_region
            )
            if used > region.size:
                return (
                    f"with its samples it needs {format_bytes(used)} of {region.name}, "
                    f"which has {format_bytes(region.size)}"
                )
        return None


def make_images(maker: ImageMaker, trials: Sequence[BoardTrial], folder: Path) -> Manifest:
    """Write the images of `trials` to `folder`; return their manifest. Raises EnvironmentProblem."""
    board = maker.board
    maker.compile(trials)
    packed = pack(trials, maker.misfit)
    images = []
    for number, part in enumerate(packed.parts, start=1):
        name, digest = f"bench-{number}", maker.digest(part)
        elf = maker.link(part, name, digest)
        files.write_bytes(folder / f"{name}.elf", elf.read_bytes())
        for suffix, format_name in FORMATS:
            files.write_bytes(
                folder / f"{name}.{suffix}", convert(elf, maker.builder.toolchain.path, format_name)
            )
        images.append(ImageRecord(name, digest, tuple(map(_record, part))))
    refused = (Refusal(trial.layer, trial.kernel, reason) for trial, reason in packed.refused)
    return Manifest(VERSION, board.name, board.clock, tuple(images), tuple(refused))


def _record(trial: BoardTrial) -> TrialRecord:
    bench, item = trial.bench, trial.bench.item
    return TrialRecord(
        trial.layer,
        item.name,
        bench.compared_bytes,
        item.max_ulps,
        item.scratch_bytes,
        trial.object_digest,
    )


def main(request: ImagesRequest[Path]) -> None:
    """Entry point of the stage."""
    campaign = read_measuring(request).campaign
    with TemporaryDirectory(prefix="tinyml-images-") as folder:
        maker = ImageMaker(replace(campaign.builder, folder=Path(folder)))
        manifest = make_images(maker, board_trials(campaign), request.manifest.parent)
    write_manifest(request.manifest, manifest)
