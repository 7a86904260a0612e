"""Predict first: questions about two networks whose answers their traces compute, or the studies have measured.

Nothing is typed in: a question is only asked where its answer exists for this pair, and the sentence that says why has
its numbers from the same trace or the same runs.
"""

from collections.abc import Callable, Mapping

from unet_core.config import ConfigError, UNetConfig
from unet_core.predictions.measured import WORTH, Results, skip, worth
from unet_core.predictions.question import Option, Question, nearest
from unet_core.predictions.traced import Size, Tracer, busiest, deeper, pruned, work
from unet_core.studies.study import Study

__all__ = ["MOST", "WORTH", "Option", "Question", "nearest", "questions"]
MOST = 5


def questions(
    a: UNetConfig, b: UNetConfig, size: Size, studies: Mapping[str, Study], results: Results, tracer: Tracer,
    about: str | None = None, most: int = MOST,
) -> tuple[Question, ...]:  # fmt: skip
    """About A and B for an image of about `size` (height, width), at most `most`, first what the two differ in.

    `tracer` is `trace`, or what keeps its results. `about` is the study that varies what A and B differ in.
    """
    study = about if about in WORTH else "wiring"
    asked = (
        work(a, b, size, tracer), _buildable(lambda: pruned(a, b, size, tracer)), worth(study, studies, results),
        _buildable(lambda: deeper(a, b, size, tracer)), skip(studies, results), busiest(a, size, tracer),
    )  # fmt: skip
    return tuple(one for one in asked if one is not None)[:most]


def _buildable(make: Callable[[], Question | None]) -> Question | None:
    """Not asked of a network that would not be one: a nested net without skips needs deep supervision, say."""
    try:
        return make()
    except ConfigError:
        return None
