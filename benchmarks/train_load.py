"""What trainings cost the pages, and what a class of thirty gets out of them: `python benchmarks/train_load.py`.

    sliders   15 visitors move Build's depth slider once a second, in alternating stretches without and with a training
    crowd     30 visitors each start a training of 5 s: none lost, everybody's place, in turn, and the memory comes back
    first     from the start of a training to its first word, with a process that is warm
    learns    how long a small U-Net takes to reach a Dice of 0.9 on easy shapes

Exit code 1 where a bar is missed. Name parts to run only these; everything can be shortened (`--help`), then the
figures mean little.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.train_alone import TINY, first, learns
from benchmarks.train_visitors import resident, served_with_load, until, visitor, warmed

SLOWER, BACK = 1.2, 50.0  # bars: times, megabytes
PARTS = ("sliders", "crowd", "first", "learns")

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


# --- all ---


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
