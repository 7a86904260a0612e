"""Options of every test, and how they share the machine."""

import os

import pytest

# Before torch is loaded, and for every process that a test starts. Two threads on two cores that others use too wait
# for each other at every layer: a training of 20 small steps took 60 seconds with two and 1 with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-golden", action="store_true", help="write tests/golden/ anew instead of comparing")


@pytest.hookimpl(trylast=True)  # after the browser tests were given theirs
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of a file run in one process, one after another, and so share what it has set up."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
