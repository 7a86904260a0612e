"""My runs: what a visitor has trained and taught, to look at, to use and to take away; and networks brought back."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from ui import jobs, own_models, passports, runs_taught, teach_after, train_done, train_watch
from ui.compare_state import choose
from ui.language import mark, plain
from ui.state import Workbench, change, t
from unet_core.checkpoint import CARD, WEIGHTS, Card
from unet_core.config import UNetConfig
from unet_core.jobs import Seen
from unet_core.messages import ExplainedError
from unet_core.own_network import MOST_WEIGHTS, from_files
from unet_core.runs.race import RACES, ranking
from unet_core.runs.result import Result
from unet_core.teach.job import Taught
from unet_core.zoo.passport import BROUGHT

KINDS = {"teach": mark("Teach it"), "train": mark("Train"), "race": mark("Race")}


def show(bench: Workbench) -> None:
    """One run, chosen among all, and below it what was brought back. Raises as `own_models.keep` does."""
    known = list(reversed(jobs.runs(*KINDS)))
    if known:
        shown = _chosen(known)
        st.caption(t("For {hours:.0f} hours this page's address leads back to all of your runs. Keep it: a visit "
                     "without it begins empty.", hours=jobs.LIMITS.kept_seconds / 3600))  # fmt: skip
        _run(shown, bench.language)
    else:
        st.info(t("Nothing was trained here yet. What you teach, train and race stays here for {hours:.0f} hours, for "
                  "you alone. A new visit finds it by the address that this page has then; keep that.",
                  hours=jobs.LIMITS.kept_seconds / 3600))  # fmt: skip
    _bring_back()


def _chosen(known: list[Seen]) -> Seen:
    """The run that was asked for last, or the newest."""
    by_link = {seen.link: seen for seen in known}
    labels = {seen.link: " · ".join(filter(None, (t(KINDS[seen.kind]), _what(seen), _clock(seen),
                                                  t(jobs.STATES[seen.state])))) for seen in known}  # fmt: skip
    last = st.session_state.get("run_shown")
    st.session_state["runs_choice"] = last if last in by_link else known[0].link
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(t("Run"), list(by_link), format_func=labels.__getitem__, key="runs_choice", on_change=_choose,
                     width=520)  # fmt: skip
        seen = by_link[st.session_state["runs_choice"]]
        if isinstance(seen.result, Result):
            train_done.files(train_watch.told(seen), seen.result, "runs")
        elif isinstance(seen.result, Taught):
            card = Card.from_dict(seen.result.card)
            teach_after.save(seen.result.weights, card, card.name, "runs_save")
        with st.popover(t("Delete")):
            st.write(t("Its curves, pictures and networks are gone then; what you took away stays yours."))
            st.button(t("Delete this run"), key="runs_delete", on_click=jobs.forget, args=(seen.link,))
    return seen


def _what(seen: Seen) -> str:
    """What tells it from others: the network and how far it got; of a race who was ahead; of a lesson its network."""
    if seen.kind == "teach":
        return str(seen.result.card["name"]) if isinstance(seen.result, Taught) else ""
    found = train_watch.told(seen)
    ranked = ranking(found)
    if found.opened is None or not ranked:
        return ""
    _, track, best = ranked[0]
    race = RACES.get(found.opened.order.race)
    words = [] if race is None else [t(race.title)]
    return ", ".join((*words, t(track.label), t("mean Dice {value:.3f}", value=best)))


def _choose() -> None:
    st.session_state["run_shown"] = st.session_state["runs_choice"]


def _clock(seen: Seen) -> str:
    """When it was submitted, by the visitor's own clock where the browser tells which that is."""
    east = timedelta(minutes=-(st.context.timezone_offset or 0))
    return (datetime.fromtimestamp(seen.since, UTC) + east).strftime("%H:%M:%S")


def _run(seen: Seen, language: str) -> None:
    """The doors to where its networks can be used, and below what it looked like."""
    if isinstance(seen.result, Taught):
        card = Card.from_dict(seen.result.card)
        _network("0", card.name, seen.result.weights, card)
    elif isinstance(seen.result, Result):
        columns = st.columns(2, gap="small") if len(seen.result.trained) > 1 else [st.container()]
        for number, done in enumerate(seen.result.trained):
            with columns[number % len(columns)]:
                _network(str(number), plain(t(done.label)), done.weights, Card.from_dict(done.card))
    if seen.kind == "teach":
        runs_taught.watch(seen)
    else:
        train_watch.watch(seen, language, "runs")


def _network(key: str, name: str, weights: bytes, card: Card) -> None:
    """What came out, and the doors to where it can be used."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(f"**{name}**")
        if weights and st.button(t("Open in Segment"), key=f"runs_segment_{key}"):  # none where it was too large
            own_models.choose_in_segment(weights, card)
            st.switch_page("pages/segment.py")
        _configuration(card.config, key)


def _configuration(config: UNetConfig, key: str) -> None:
    if st.button(t("Open in Build"), key=f"runs_build_{key}"):
        change(config=config)
        st.switch_page("pages/build.py")
    if st.button(t("Open in Compare"), key=f"runs_compare_{key}"):
        choose("a", config)
        st.switch_page("pages/compare.py")


def _bring_back() -> None:
    """Weights that were taken away once, with their card; whatever else comes is refused with the reason."""
    with st.expander(t("Bring a network back")):
        uploads = st.file_uploader(
            t("{weights} and {card} together, or the ZIP with both, at most {limit} MB", weights=WEIGHTS, card=CARD,
              limit=MOST_WEIGHTS // 2**20), accept_multiple_files=True, key="runs_upload",
        )  # fmt: skip
        if not uploads:
            return
        try:
            weights, card = from_files([(upload.name, upload.getvalue()) for upload in uploads])
            name = own_models.keep(weights, card, BROUGHT)
        except ExplainedError as error:
            st.error(plain(t(error)))
            return
        st.write(passports.short(name))
        _network("brought", plain(name), weights, card)
