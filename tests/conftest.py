"""Options of every test, and how they share the machine."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# Before torch is loaded, and for every process that a test starts. Two threads on two cores that others use too wait
# for each other at every layer: a training of 20 small steps took 60 seconds with two and 1 with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine is slow, not wrong: how long an example takes or takes to make is no test's business
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-golden", action="store_true", help="write tests/golden/ anew instead of comparing")


class OneBrowser(LoadScopeScheduling):  # type: ignore[misc]
    """With `-n 2`: one process has the only server and browser; tests of any other file stay together.

    xdist's own groups are read from names that this pytest no longer lets it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser:
    config.option.loadscopereorder = False  # the browser's tests take longest and are collected first
    return OneBrowser(config, log)
