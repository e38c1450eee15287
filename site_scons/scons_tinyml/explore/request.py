"""Request of an exploration."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option


class ExploreRequest(Request[File]):
    """Find the variants of a model that no other one beats."""

    model: File = option("model.toml, with [variants]")
    boards: tuple[File, ...] = option("board files")
    build: File = option("folder of all results")
    trials: int = option("most variants to try", default=0)
    seconds: float = option("time after which no trial begins; 0: no limit", default=0.0)
    seed: int = option("seed of the search", default=1)
    points: int = option("most variants that are built for a board", default=6)
    repeats: int = option("trainings of each point, with a seed each", default=3)
    generation: int = option("variants that are tried at once, whatever the number of workers", default=8)
    made_of: str = option("digest of what its variants are made of", default="")
    limits: str = option("budgets of the command line", default="")
    scheduler: str = option("address of a Dask scheduler", default="")
    workers: str = option("number of Dask workers of this machine", default="")
    outside: tuple[File, ...] = option("folders outside of the project that paths may lead to", default=())
    out: str = option("name of a new model with the best variant", default="")
    arguments: tuple[str, ...] = option("options of the builds", default=())
