"""Visitors for `benchmarks/train_load.py`: sockets that speak as the browser does, and an app that they can load.

It is served from a folder of links that has one page more, which starts and watches trainings.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.drag import served
from benchmarks.train_alone import TINY

ROOT = Path(__file__).parents[1]
LOAD = """
import json
import streamlit as st
from benchmarks.train_alone import training
from ui import jobs
asked, told = st.query_params, {}
if asked["do"] == "start":
    jobs.start(training(float(asked["seconds"]), int(asked["base"]), int(asked["depth"])), "load")
    told["refused"] = str(jobs.refusal("load") or "")
for seen in jobs.runs("load"):
    {"cancel": jobs.cancel, "forget": jobs.forget}.get(asked["do"], str)(seen.link)
    told |= {"state": seen.state, "place": seen.place, "heard": seen.last, "why": str(seen.reason or "")}
told["warm"] = any(desk.ready for desk in jobs.queue()._desks)
st.markdown("load " + json.dumps(told))
"""


@contextmanager
def served_with_load() -> Iterator[int]:
    """The port of the app with the page `load` beside the others."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("ui", "unet_core", "assets", "benchmarks", ".streamlit"):
            (place / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "app.py", place)  # Streamlit would follow a link to where the other pages are
        shutil.copytree(ROOT / "pages", place / "pages")
        (place / "pages" / "load.py").write_text(LOAD)
        with served(place / "app.py", place) as port:
            yield port


def resident(port: int) -> float:
    """Megabytes that the server keeps in memory (Linux)."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"--server.port\0{port}\0".encode() in (process / "cmdline").read_bytes():
                line = next(one for one in (process / "status").read_text().splitlines() if one.startswith("VmRSS"))
                return int(line.split()[1]) / 1024
        except OSError:
            continue  # it has ended meanwhile
    raise RuntimeError("the server is gone")


class Visitor:
    """One browser's socket."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel

    async def run(self, **script: str) -> list[Any]:
        """Run a page (`page_name`, `query_string`) or a fragment; all that came until it had finished."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        request = BackMsg()
        for name, value in script.items():
            setattr(request.rerun_script, name, value)
        return await self.sent(request)

    async def sent(self, request: Any) -> list[Any]:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        await self.channel.send(request.SerializeToString())
        messages = []
        while not messages or messages[-1].WhichOneof("type") != "script_finished":
            messages.append(ForwardMsg.FromString(await self.channel.recv()))
        return messages

    async def load(self, do: str, seconds: float = 0, base: int = 8, depth: int = 3) -> dict[str, Any]:
        """What the page `load` says of this visitor's training."""
        query = f"do={do}&seconds={seconds}&base={base}&depth={depth}"
        for message in await self.run(page_name="load", query_string=query):
            body = message.delta.new_element.markdown.body
            if body.startswith("load "):
                return dict(json.loads(body.removeprefix("load ")))
        raise RuntimeError("the page `load` has said nothing")


@asynccontextmanager
async def visitor(port: int) -> AsyncIterator[Visitor]:
    import websockets

    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with websockets.connect(address, max_size=None, ping_interval=None) as channel:
        yield Visitor(channel)


async def warmed(port: int) -> None:
    """Wait until a process is ready, and let it do a first short training."""
    async with visitor(port) as one:
        await until(one, lambda told: told["warm"])
        await one.load("start", 3, *TINY)
        await until(one, lambda told: told["state"] in ("done", "failed"))
        await one.load("forget")


async def until(one: Visitor, right: Any) -> dict[str, Any]:
    while not right(told := await one.load("look")):
        await asyncio.sleep(0.5)
    return told
