"""Stage: images that measure the trials of a network on a board, as few as its flash and RAM allow.

Beside the manifest lie `bench-1.elf`, `.hex` and `.bin`, and `bench-2` and so on where one image does not hold all
trials. What does not fit alone is in the manifest with the reason.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.placement import place
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import command, files
from scons_tinyml.stages.firmware.programs import find_companion
from scons_tinyml.stages.firmware.render import can_talk, counter_code, linker_script, serial_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    WARNING_FLAGS,
    convert,
    core_flags,
)
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
from scons_tinyml.stages.measure.image import Linker
from scons_tinyml.stages.measure.request import add_request, read_request

FORMATS = (("bin", "binary"), ("hex", "ihex"))
STACK_BYTES = 2048
"""Kept free for the stack: several times what the deepest kernel takes."""


def board_trials(campaign: Campaign) -> tuple[BoardTrial, ...]:
    """Every kernel that can run a layer, with the first sample of that layer, in the order of the layers."""
    jobs = [(trial, campaign.job(trial, timing=True)) for trial in campaign.trials()]
    return tuple(
        BoardTrial(trial.layer, job.kernel, job.scratch_bytes, job.graph, job.samples[0], trial.object_digest)
        for trial, job in jobs
    )


class ImageMaker:
    """Compiles trials once and links any of them into an image, in `folder`."""

    def __init__(self, linker: Linker, folder: Path) -> None:
        self.board, self.toolchain = linker.board, linker.toolchain
        self._folder = folder
        self._link_inputs = (linker.startup, *linker.archives)
        self._flags = (*core_flags(self.board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS)
        self._includes = tuple(f"-I{path}" for path in (folder, *linker.include_folders))
        self._sources: dict[str, tuple[str, ...]] = {}

    def compile(self, trials: Sequence[BoardTrial]) -> None:
        """Compile everything but the tables of an image. Raises EnvironmentProblem for a board that cannot talk."""
        silent = can_talk(self.board)
        if silent is not None:
            raise EnvironmentProblem(silent, where=self.board.name)
        texts = {"serial.c": serial_code(self.board), "counter.c": counter_code(self.board)}
        for trial in trials:
            sources = network_sources(trial)
            texts |= sources
            self._sources[trial.name] = tuple(name for name in sources if name.endswith(".c"))
        self._write(texts)
        with ThreadPoolExecutor(cpu_count()) as pool:
            list(pool.map(self._compile, [name for name in texts if name.endswith(".c")]))
        if self.board.core_caches is None:
            self._move_to_ram("counter.c", "tinyml_counter_cycles")

    def _move_to_ram(self, source: str, function: str) -> None:
        """Let start-up code copy `function` to RAM with the data; behind caches of a core it need not be there."""
        flags = "alloc,load,code,data,contents"
        rename = f"--rename-section=.text.{function}=.data.{function},{flags}"
        objcopy = replace(self.toolchain, path=find_companion(self.toolchain.path, "objcopy"))
        objcopy.run([rename, str(self._object(source))], what=f"moving {function} to RAM")

    def digest(self, trials: Sequence[BoardTrial]) -> str:
        """What the image of `trials` calls itself."""
        rest = [path.read_bytes() for path in (*self._link_inputs, self._object("serial.c"))]
        return image_digest(
            self.board, trials, [*rest, " ".join((*self._flags, self.toolchain.identity)).encode()]
        )

    def link(self, trials: Sequence[BoardTrial], name: str, digest: str) -> Path:
        """The ELF file of `trials`."""
        placement = place(self.board, arena_bytes(trials))
        sources = image_sources(self.board, trials, digest)
        self._write({**sources, "link.ld": linker_script(self.board, placement)})
        own = ["serial.c", "counter.c"]
        for source in sources:
            if source.endswith(".c"):
                self._compile(source)
                own.append(source)
        names = dict.fromkeys((*own, *(name for trial in trials for name in self._sources[trial.name])))
        inputs = [str(path) for path in (*map(self._object, names), *self._link_inputs)]
        elf = self._folder / f"{name}.elf"
        flags = (*core_flags(self.board), *LINK_FLAGS, "-T", str(self._folder / "link.ld"))
        self.toolchain.run([*flags, "-o", str(elf), *inputs, *LINK_LIBRARIES], what=f"linking {name}")
        return elf

    def misfit(self, trials: Sequence[BoardTrial]) -> str | None:
        """Why `trials` do not fit on the board together, None when they do."""
        elf = self.link(trials, "attempt", "0" * 16)
        sizes = image_sizes(read_image(elf), self.board, ARENA, arena_bytes(trials))
        for region in self.board.memory:
            used = sizes.region_bytes[region.name] + STACK_BYTES * (region.name == sizes.stack_region)
            if used > region.size:
                return (
                    f"with its samples it needs {format_bytes(used)} of {region.name}, "
                    f"which has {format_bytes(region.size)}"
                )
        return None

    def _write(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            files.write_text(self._folder / name, text)

    def _object(self, source: str) -> Path:
        return (self._folder / source).with_suffix(".o")

    def _compile(self, source: str) -> None:
        arguments = [*self._flags, *self._includes, "-c", "-o", str(self._object(source))]
        self.toolchain.run([*arguments, str(self._folder / source)], what=f"compiling {source}")


def make_images(maker: ImageMaker, trials: Sequence[BoardTrial], folder: Path) -> Manifest:
    """Write the images of `trials` to `folder`; what they hold. Raises EnvironmentProblem."""
    board = maker.board
    maker.compile(trials)
    packed = pack(trials, maker.misfit)
    images = []
    for number, part in enumerate(packed.parts, start=1):
        name, digest = f"bench-{number}", maker.digest(part)
        elf = maker.link(part, name, digest)
        files.write_bytes(folder / f"{name}.elf", elf.read_bytes())
        for suffix, format_name in FORMATS:
            files.write_bytes(folder / f"{name}.{suffix}", convert(elf, maker.toolchain.path, format_name))
        images.append(ImageRecord(name, digest, tuple(map(_record, part))))
    refused = (Refusal(trial.layer, trial.kernel.name, reason) for trial, reason in packed.refused)
    return Manifest(VERSION, board.name, board.clock, tuple(images), tuple(refused))


def _record(trial: BoardTrial) -> TrialRecord:
    kernel = trial.kernel
    return TrialRecord(
        trial.layer,
        kernel.name,
        trial.compared_bytes,
        kernel.max_ulps,
        trial.scratch_bytes,
        trial.object_digest,
    )


def main(arguments: Sequence[str]) -> None:
    """Entry point of the stage."""
    parser = ArgumentParser(
        prog="scons_tinyml.stages.measure.hardware.images", description="Make images that measure on a board."
    )
    parser.add_argument("--manifest", type=Path, required=True, help="JSON file to write, beside the images")
    add_request(parser)
    options = parser.parse_args(arguments)
    campaign = read_request(options).campaign
    with TemporaryDirectory(prefix="tinyml-images-") as folder:
        maker = ImageMaker(campaign.linker, Path(folder))
        manifest = make_images(maker, board_trials(campaign), options.manifest.parent)
    write_manifest(options.manifest, manifest)


if __name__ == "__main__":
    command.run(main)
