"""Request of the stage that tries a variant."""

from __future__ import annotations

from scons_tinyml.stages.request import File, Request, option, source, target


class TrialRequest(Request[File], stage="trial"):
    """Try a variant: ask whether it can fit, train, quantize and evaluate it."""

    tried: File = target("file to write the answer to")
    job: File = source("file with the variant, and what is known of the boards")
    data: File = source("splits of the data set as they are read, before pictures are scaled")
    model: File = option("model.toml to follow")
