"""Make a key that signs packs of measurements.

FILE becomes a private key (Ed25519, PEM) that only its owner can read; an existing file stays. The public key is
printed: whoever trusts what it signs builds with trust=KEY, and an SConstruct can say so for a whole project. Keep FILE
out of the repository. 'openssl genpkey -algorithm ed25519' makes the same kind of file.

examples:
  tinyml costs keygen ~/.keys/measurements.pem
  tinyml costs export --sign ~/.keys/measurements.pem team.jsonl
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.costs.packs.signing import write_key
from scons_tinyml.records.wrapping import print_wrapped


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the private key to write")


def run(options: Namespace) -> None:
    """Write the key and print its public part. Raises InputError if the file exists."""
    print_wrapped(f"{options.file}: {write_key(options.file).signer}")
