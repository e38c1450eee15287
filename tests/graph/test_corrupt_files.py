"""A `.tflite` file of any bytes is a graph, or an error says what is wrong, soon and in little memory.

pytest -s --effort=100 tests/graph/test_corrupt_files.py tries a hundred times as many, and says what came of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.damage import SEEDS, damaged_bytes, damaged_tables, seed_file
from support.effort import examples
from support.reading import Reader

KINDS = {"bytes": damaged_bytes, "tables": damaged_tables}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as found:
        yield found


def test_most_files_without_damage_are_graphs(reader: Reader) -> None:
    """Some kernels are drawn with batches, which a network does not have."""
    outcomes = Counter(reader.read(seed_file(name)) for name in SEEDS[::4])
    assert outcomes["graph"] >= 0.8 * outcomes.total()
    assert outcomes.keys() <= {"graph", "UnsupportedError"}


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files(kind: str, reader: Reader) -> None:
    damage: Callable[[str, int], bytes] = KINDS[kind]
    outcomes: Counter[str] = Counter()

    @settings(max_examples=examples(500), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(SEEDS), st.integers(0, 2**32 - 1))
    def check(name: str, seed: int) -> None:
        outcomes[reader.read(damage(name, seed))] += 1

    check()
    print(kind, dict(outcomes))
    assert outcomes.keys() >= {"graph", "ModelFileError", "UnsupportedError"}


def test_a_scalar_in_place_of_frames_is_no_bug(reader: Reader) -> None:
    """Damage has found it: a state follows from the input's shape before that is checked."""
    assert reader.read(damaged_bytes("SIGNAL_OVERLAP_ADD float32", 225)) != "graph"
