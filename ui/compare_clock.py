"""The measured times of Compare: how long A and B take for an image on this machine, and B's width at equal time."""

from statistics import median

import streamlit as st

from ui.compare_choice import config_of
from ui.compare_match import width_at
from ui.compare_state import match_by, versus_of
from ui.compare_work import Measuring, known
from ui.language import plain
from ui.presence import watcher
from ui.state import Workbench, t, workbench
from unet_core.pairing import Pair
from unet_core.pairing.clock import Times, spread

RATIO = "B\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}A"  # a column's head, on one line


def matching(bench: Workbench) -> None:
    """While a width at equal time is wanted and not yet found: look for it, and say so."""
    chosen = versus_of(bench)
    if chosen.match != "time":
        return
    pair = Pair(*(config_of(word, bench.config) for word in (chosen.a, chosen.b)))
    work = _work()
    if work is None or work.pair != pair or work.start is None:
        work = _begin(pair, width_at("macs", pair))
    _show(work, match=True)


def show(pair: Pair) -> None:
    """What was measured, or the measurement at work, and a button that measures again."""
    if versus_of(workbench()).match == "time":
        return  # the width at equal time is being looked for, and `matching` says so
    work, times = _work(), known(pair)
    mine = work is not None and work.start is None and work.pair == Pair(pair.a, pair.b, pair.side)
    if times is None and not mine:
        work = _begin(pair)
        mine = True
    if mine and work is not None and (work.running or work.failed):
        _show(work)
    elif times is not None:
        _table(times)
    if not (mine and work is not None and work.running) and st.button(t("Measure again"), key="compare_measure"):
        _begin(pair)
        st.rerun()


def _work() -> Measuring | None:
    kept = st.session_state.get("compare_work")
    return kept if isinstance(kept, Measuring) else None


def _begin(pair: Pair, start: int | None = None) -> Measuring:
    """One measurement a visitor: the one before stops."""
    before = _work()
    if before is not None:
        before.stop()
    work = Measuring(pair, watcher(), start)
    st.session_state["compare_work"] = work
    return work


def _show(work: Measuring, match: bool = False) -> None:
    st.fragment(_progress, run_every=1.0 if work.running else None)(work, match)


def _progress(work: Measuring, match: bool) -> None:
    """Drawn anew once a second; when it has ended the page is."""
    if work.running:
        if match:
            st.info(t("Looking for the width at which B takes as long as A: {rounds} rounds are measured.",
                      rounds=work.rounds))  # fmt: skip
        else:
            st.info(t("Measuring A and B in turns on this machine: {rounds} rounds are measured.", rounds=work.rounds))
        return
    if match and work.width is not None:
        match_by(f"time.{work.width}")
        st.rerun()
    if work.failed:
        st.warning(plain(t(work.failed)))
    elif st.session_state.get("compare_told") is not work:
        st.session_state["compare_told"] = work
        st.rerun()


def _table(times: Times) -> None:
    head = t("Measured here")
    row = {head: t("Time for an image, median"), "A": _ms(median(times.a)), "B": _ms(median(times.b)),
           RATIO: f"{times.ratio:.2f}"}  # fmt: skip
    middle = {head: t("The middle half of the rounds"), "A": " – ".join(map(_ms, spread(times.a))),
              "B": " – ".join(map(_ms, spread(times.b))),
              RATIO: " – ".join(f"{one:.2f}" for one in times.ratio_spread)}  # fmt: skip
    st.table([row, middle], border="horizontal")
    st.caption(t("{rounds} rounds in turns, so that both meet the same disturbances; B / A is the median of the "
                 "rounds' own ratios. A at {a} px, B at {b} px, one image, as Segment runs them; {device}, PyTorch "
                 "{torch}, program {commit}, {date}.",
                 rounds=len(times.a), a=times.sizes[0][0], b=times.sizes[1][0], device=times.device, torch=times.torch,
                 commit=times.commit, date=times.when))  # fmt: skip


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:,.0f} ms" if seconds >= 0.0995 else f"{1e3 * seconds:.1f} ms"
