"""What trainings cost the pages, and what a class of thirty gets out of them: `python benchmarks/train_load.py`.

    sliders   15 visitors move Build's depth slider once a second, in alternating stretches without and with a training
    crowd     30 visitors each start a training of 5 s: none lost, everybody's place, in turn, and the memory comes back
    first     from the start of a training to its first word, with a process that is warm
    learns    how long a small U-Net takes to reach a Dice of 0.9 on easy shapes

Visitors are sockets that speak as the browser does. The app is served from a folder of links that has one page more,
which starts and watches trainings. Exit code 1 where a bar is missed. Name parts to run only these; everything can be
shortened (`--help`), then the figures mean little.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.drag import served  # noqa: E402

SLOWER, BACK, SOON, GOOD, IN_TIME = 1.2, 50.0, 1.5, 0.9, 30.0  # bars: times, megabytes, seconds, Dice, seconds
TINY = (4, 2)  # filters at the top and depth: its steps are short on any machine
PARTS = ("sliders", "crowd", "first", "learns")
LOAD = """
import json
import streamlit as st
from benchmarks.train_load import training
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


def training(seconds: float, base: int = 8, depth: int = 3) -> Any:
    """A real one: a small U-Net on drawn shapes."""
    from unet_core.config import UNetConfig
    from unet_core.messages import Message
    from unet_core.runs.job import job_of
    from unet_core.runs.order import Entrant, Order
    from unet_core.runs.task import SHAPES, task_of

    net = UNetConfig(in_channels=3, classes=4, base_channels=base, depth=depth, padding="same", norm="batch")
    return job_of(Order(SHAPES, (Entrant(Message("small"), net),), seconds), task_of(SHAPES))


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


# --- sliders ---


async def slide(port: int, number: int, stretch: list[str], times: dict[str, list[float]]) -> None:
    """Move once a second until the stretch is called "over"; a move counts for the stretch in which it was made."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    query = f"base={4 * (1 + number % 8)}&padding=same&size=256x256"
    async with visitor(port) as one:
        messages = await one.run(page_name="build", query_string=query)
        found = [m for m in messages if m.delta.new_element.bidi_component.component_name == "unet_sliders"]
        sliders, fragment = found[-1].delta.new_element.bidi_component.id, found[-1].delta.fragment_id
        await asyncio.sleep(number / 15)
        step = 0
        while stretch[0] != "over":
            step += 1
            move = BackMsg()
            move.rerun_script.fragment_id = fragment
            state = move.rerun_script.widget_states.widgets.add()
            state.id = sliders
            state.json_value = json.dumps({"move": {"id": "depth", "value": 1 + step % 5, "seq": step, "final": False}})
            began, of = time.perf_counter(), stretch[0]
            await one.sent(move)
            taken = time.perf_counter() - began
            if of == stretch[0]:
                times.setdefault(of, []).append(1000 * taken)
            await asyncio.sleep(max(0.0, 1 - taken))


async def sliders(port: int, visitors: int, seconds: float, stretches: int) -> bool:
    await warmed(port)
    stretch, times = ["opening"], dict[str, list[float]]()
    moving = [asyncio.create_task(slide(port, number, stretch, times)) for number in range(visitors)]
    async with visitor(port) as teacher:
        await asyncio.sleep(min(10, seconds))  # all pages are open, every network has been traced
        for number in range(stretches):
            busy = number % 2 == 1
            if busy:
                await teacher.load("start", min(300.0, seconds + 30))
                await until(teacher, lambda told: told["heard"] > 1)
            stretch[0] = "busy" if busy else "quiet"
            await asyncio.sleep(seconds)
            stretch[0] = "between"
            if busy:
                assert (await teacher.load("look"))["state"] == "running", "the training ended before its stretch"
                await teacher.load("cancel")
                await asyncio.sleep(2)
    stretch[0] = "over"
    await asyncio.gather(*moving)
    quiet, loaded = statistics.median(times["quiet"]), statistics.median(times["busy"])
    late = [sorted(times[name])[int(0.95 * len(times[name]))] for name in ("quiet", "busy")]
    counts = f"n = {len(times['quiet'])} and {len(times['busy'])}"
    print(f"sliders: {visitors} visitors; a step takes {quiet:.1f} ms without and {loaded:.1f} ms with a training")
    print(f"    in the median, {late[0]:.0f} and {late[1]:.0f} ms at the 95th percentile, {counts}")
    print(f"    {loaded / quiet:.2f} times (bar {SLOWER})", flush=True)
    return loaded / quiet <= SLOWER


# --- crowd ---


async def pupil(port: int, number: int, seconds: float, pressed: asyncio.Event, ends: list[int]) -> list[int]:
    """Start a training and look once a second; the places that were shown. `ends` is the order of the ends."""
    async with visitor(port) as one:
        await one.load("look")
        await pressed.wait()
        await asyncio.sleep(0.05 * number)  # so that the order is known
        told = await one.load("start", seconds, *TINY)
        if told["refused"]:
            raise RuntimeError(told["refused"])
        places = [told["place"]]
        while told["state"] in ("waiting", "running"):
            await asyncio.sleep(1)
            told = await one.load("look")
            places.append(told["place"])
        if told["state"] == "done":
            ends.append(number)
        else:
            print(f"crowd: visitor {number}: {told['state']}, {told['why']}")
        await one.load("forget")
        return places


async def crowd(port: int, visitors: int, seconds: float) -> bool:
    await warmed(port)
    before, pressed, ends = resident(port), asyncio.Event(), list[int]()
    pupils = [asyncio.create_task(pupil(port, each, seconds, pressed, ends)) for each in range(visitors)]
    await asyncio.sleep(3)
    began = time.perf_counter()
    pressed.set()
    places = await asyncio.gather(*pupils)
    took = time.perf_counter() - began
    await asyncio.sleep(15)  # sessions that were left are let go
    grown = resident(port) - before
    waiting = [[place for place in each if place] for each in places]
    shown = sum(bool(each) for each in waiting)
    never_back = all(each == sorted(each, reverse=True) for each in waiting)
    astray = max((abs(place - number) for place, number in enumerate(ends)), default=visitors)
    print(f"crowd: {len(ends)} of {visitors} trainings of {seconds:.0f} s done in {took:.0f} s")
    print(f"    {shown} were shown a place that {'never' if never_back else 'sometimes'} rose")
    print(f"    nobody ended more than {astray} places early or late")
    print(f"    the server kept {grown:+.0f} MB (bar {BACK:.0f}) over {before:.0f} MB", flush=True)
    return len(ends) == visitors and never_back and shown >= visitors - 8 and astray <= 8 and grown <= BACK


# --- in this process ---


def first(rounds: int) -> bool:
    from unet_core.jobs import Processes, Queue

    queue, times = Queue(Processes(1)), list[float]()
    while not queue._desks[0].ready:
        time.sleep(0.1)
    for _ in range(rounds):
        job, began = training(3, *TINY), time.perf_counter()
        link = queue.submit(job, "me")
        while not queue.look(link).last:
            time.sleep(0.005)
        times.append(time.perf_counter() - began)
        while not queue.look(link).ended:
            time.sleep(0.05)
    queue.close()
    middle = statistics.median(times)
    print(f"first: {middle:.2f} s from the start to the first word in the median (bar {SOON})")
    print(f"    at most {max(times):.2f} s, n = {rounds}", flush=True)
    return middle <= SOON


def learns() -> bool:
    from unet_core.jobs import Processes, Queue
    from unet_core.runs.history import history

    queue = Queue(Processes(1))
    link = queue.submit(training(IN_TIME), "me")
    while not queue.look(link).ended:
        time.sleep(0.5)
    seen = queue.look(link)
    queue.close()
    looks = history((each.value, each.preview) for each in seen.progress).tracks[0].looks
    when = next((look.seconds for look in looks if look.figures["dice"] >= GOOD), None)
    best = max((look.figures["dice"] for look in looks), default=0.0)
    said = "not within its time" if when is None else f"after {when:.1f} s"
    print(f"learns: Dice {GOOD} on shapes {said} (bar {IN_TIME:.0f} s), at best {best:.3f}", flush=True)
    return when is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help="all of them, without")
    parser.add_argument("--visitors", type=int, default=15, help="who move a slider")
    parser.add_argument("--seconds", type=float, default=60, help="of a stretch")
    parser.add_argument("--stretches", type=int, default=5)
    parser.add_argument("--crowd", type=int, default=30, help="visitors who train")
    parser.add_argument("--training", type=float, default=5, help="seconds of each of their trainings")
    parser.add_argument("--rounds", type=int, default=7, help="of `first`")
    chosen = parser.parse_args()
    parts, kept = chosen.parts or list(PARTS), list[bool]()
    if {"sliders", "crowd"} & set(parts):
        with served_with_load() as port:
            if "sliders" in parts:
                kept.append(asyncio.run(sliders(port, chosen.visitors, chosen.seconds, chosen.stretches)))
            if "crowd" in parts:
                kept.append(asyncio.run(crowd(port, chosen.crowd, chosen.training)))
    if "first" in parts:
        kept.append(first(chosen.rounds))
    if "learns" in parts:
        kept.append(learns())
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
