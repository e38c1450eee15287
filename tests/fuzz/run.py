"""Fuzz one target: give it many inputs, guided by coverage where atheris is installed, and report what it raises.

    python tests/fuzz/run.py boards --executions 150000 --seed 1
    python tests/fuzz/run.py                                        # lists the targets

A target is a file in tests/fuzz/targets. Its `execute` raises nothing but an error of the project's own, whatever bytes
it gets. The exit code is 1 when it does, and the smallest input of each such crash is saved in the folder `--crashes`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parents[1] / "site_scons"), str(FOLDER.parent)]

from fuzz.driver import Fuzzing, limit_memory  # noqa: E402
from fuzz.mutation import inputs  # noqa: E402


def main(arguments: list[str]) -> int:
    names = sorted(path.stem for path in (FOLDER / "targets").glob("*.py"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=names, help="what is fuzzed")
    parser.add_argument("--executions", type=int, default=10_000, help="inputs to try (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the random choices (default: %(default)s)"
    )
    parser.add_argument("--crashes", type=Path, default=Path("build/fuzz"), help="folder for crashing inputs")
    parser.add_argument("--without-coverage", action="store_true", help="mutate only, even with atheris")
    options = parser.parse_args(arguments)
    limit_memory()
    if not options.without_coverage and _has_atheris():
        return _guided(options)
    fuzzing = Fuzzing.of(options.target, options.executions, options.crashes)
    for data in inputs(fuzzing.target.seeds(), fuzzing.target.TOKENS, options.seed):
        if fuzzing.is_done:
            break
        fuzzing.execute(data)
    return fuzzing.finish("mutation")


def _has_atheris() -> bool:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return False
    return True


def _guided(options: argparse.Namespace) -> int:
    """Fuzz with atheris, which ends the process itself."""
    import tempfile

    import atheris

    with atheris.instrument_imports(include=["scons_tinyml", "tomllib", "elftools"]):
        fuzzing = Fuzzing.of(options.target, options.executions, options.crashes)
    corpus = Path(tempfile.mkdtemp(prefix="tinyml-fuzz-"))
    for number, data in enumerate(fuzzing.target.seeds()):
        (corpus / f"seed-{number}").write_bytes(data)
    dictionary = corpus.with_suffix(".dict")
    dictionary.write_text("".join(f'"{_escaped(token)}"\n' for token in fuzzing.target.TOKENS))

    def execute(data: bytes) -> None:
        fuzzing.execute(data)
        if fuzzing.is_done:
            code = fuzzing.finish(f"atheris {_version('atheris')}")
            sys.stdout.flush()
            os._exit(code)

    flags = [f"-seed={options.seed}", f"-dict={dictionary}", "-max_len=8192", "-verbosity=0", "-timeout=120"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], execute)
    atheris.Fuzz()
    return 1  # never reached: atheris does not return


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
