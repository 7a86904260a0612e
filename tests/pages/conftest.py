"""What several pages' tests need: a queue of their own, whose workers do what a test tells them."""

from collections.abc import Iterator

import pytest

from tests.core.test_jobs_queue import Puppets
from ui import jobs
from unet_core.jobs import Queue


@pytest.fixture
def puppets() -> Puppets:
    return Puppets()


@pytest.fixture
def queue(puppets: Puppets, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """The pages' queue, in place of the one that starts processes."""
    made = Queue(puppets)
    monkeypatch.setattr(jobs, "queue", lambda: made)
    yield made
    made.close()
