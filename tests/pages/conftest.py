"""What several pages' tests need: a queue of their own, whose workers do what a test tells them."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from tests.core.test_jobs_queue import Puppets
from ui import jobs
from unet_core.jobs import Queue


@pytest.fixture(scope="session", autouse=True)
def packages_are_read_once() -> Iterator[None]:
    """Streamlit asks the metadata of every installed package for components whenever it starts, which is once in an
    app's life and once in every test of a page: half of such a test's time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


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
