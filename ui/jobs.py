"""Work that goes on beside the pages, as pages use it: start it, look at it once a second, command it, find it again.

One queue serves the whole server. A visitor's runs are found by the visitor's word; after a reload that word is found
by the link of one of them, which pages that show runs keep in their address (`frame.page(..., runs=True)`).
"""

import os
import secrets
from collections.abc import Callable, Sequence

import streamlit as st

from ui import state
from ui.language import mark, plain
from ui.state import t
from unet_core.jobs import GO_ON, LIMITS, PAUSE, STOP, Command, Job, JobError, Processes, Queue, Seen
from unet_core.jobs.dask_crew import Cluster
from unet_core.messages import ExplainedError, Message

EVERY = 1.0  # seconds between two looks
CLUSTER = "UNET_EXPLORER_DASK"
STATES = {
    "waiting": mark("waiting"), "running": mark("running"), "paused": mark("paused"), "done": mark("done"),
    "failed": mark("failed"), "cancelled": mark("cancelled"),
}  # fmt: skip


@st.cache_resource(show_spinner=False)
def queue() -> Queue:
    """The server's one queue. The first call starts a process, which is warm some seconds later.

    JobError where the work is to be done by a cluster that can't be reached; the next call tries again.
    """
    address = os.environ.get(CLUSTER)
    return Queue(Cluster(address) if address else Processes())


def visitor() -> str:
    """An unguessable word for this visitor; whose link is in the address when a session begins, is that visitor."""
    if "visitor" not in st.session_state:
        asked = state.run()
        known = queue().visitor_of(asked) if asked else None
        if asked and not known:
            st.session_state["job_lost"] = True
        st.session_state["visitor"] = known or secrets.token_urlsafe(16)
    word = st.session_state["visitor"]
    assert isinstance(word, str)
    return word


def start(job: Job, kind: str) -> str | None:
    """Submit a job, at a click; `kind` is the page's own word for it. Its link, or None, and `refusal` says why."""
    st.session_state.pop("job_refusal", None)
    try:
        link = queue().submit(job, visitor(), kind)
    except ExplainedError as error:
        st.session_state["job_refusal"] = (kind, error.message)
        return None
    state.keep_run(link)
    return link


def refusal(kind: str) -> Message | None:
    """Why the last start of this kind was refused, as long as no other was."""
    of, message = st.session_state.get("job_refusal", ("", None))
    return message if of == kind else None


def runs(*kinds: str) -> list[Seen]:
    """This visitor's runs of these kinds (of any, without one), oldest first; those that are kept."""
    found = [look(link) for link in queue().links_of(visitor())]
    return [seen for seen in found if seen is not None and (not kinds or seen.kind in kinds)]


def latest(kind: str) -> Seen | None:
    """The newest run of a kind."""
    found = runs(kind)
    return found[-1] if found else None


def look(link: str, since: int = 0) -> Seen | None:
    """How a run stands; None where it is not kept any more."""
    try:
        return queue().look(link, since)
    except JobError:
        return None


def send(link: str, kind: str, value: object = None) -> None:
    """A command to a run, at a click; `refusal("send")` says why it could not be taken."""
    st.session_state.pop("job_refusal", None)
    try:
        queue().send(link, Command(kind, value))
    except ExplainedError as error:
        st.session_state["job_refusal"] = ("send", error.message)


def cancel(link: str) -> None:
    """End a run and take no result, at a click."""
    if look(link) is not None:
        queue().cancel(link)


def forget(link: str) -> None:
    """End a run and keep nothing of it, at a click."""
    if look(link) is not None:
        queue().forget(link)


def watch(links: Sequence[str], draw: Callable[[list[Seen]], None], key: str) -> None:
    """Draw the runs now, and anew once a second as long as one of them goes on; the whole page when the last has ended.

    `draw` gets those that are kept, in the order of `links`, and may draw whatever a fragment may.
    """

    def look_at() -> list[Seen]:
        return [seen for seen in map(look, links) if seen is not None]

    going_on = any(not seen.ended for seen in look_at())

    def poll() -> None:
        now = look_at()
        if going_on and all(seen.ended for seen in now):
            st.rerun()
        draw(now)

    st.fragment(poll, key=key, run_every=EVERY if going_on else None)()


def say(seen: Seen) -> None:
    """What a visitor should know of a run beside its progress: its place, what was mended, why it failed."""
    if seen.state == "waiting":
        first = seen.place == 1
        st.info(t("Next in the queue." if first else "Place {place} in the queue; everybody has a turn.",
                  place=seen.place))  # fmt: skip
    for incident in seen.incidents:
        st.warning(plain(t(incident)))
    if seen.reason is not None:
        st.error(plain(t(seen.reason)))


def begin() -> None:
    """What a page that shows runs begins with: nothing, or a word about what is wrong. Where nothing can be trained at
    all, the page ends there."""
    try:
        queue()
    except JobError as error:
        st.error(plain(t("Nothing can be trained at the moment: {reason}.", reason=error.message)))
        st.stop()
    visitor()
    if st.session_state.pop("job_lost", False):
        hours = LIMITS.kept_seconds / 3600
        st.warning(t("The runs of this address are not here any more: what has ended is kept for {hours:.0f} hours, "
                     "and nothing outlives the server.", hours=hours))  # fmt: skip


def buttons(seen: Seen, key: str) -> None:
    """Pause or go on, stop and keep what there is, cancel."""
    if seen.ended:
        return
    with st.container(horizontal=True, gap="small", width="content"):
        if seen.state == "paused":
            st.button(t("Go on"), key=f"{key}_go_on", on_click=send, args=(seen.link, GO_ON))
        else:
            st.button(t("Pause"), key=f"{key}_pause", on_click=send, args=(seen.link, PAUSE))
        st.button(t("Stop"), key=f"{key}_stop", on_click=send, args=(seen.link, STOP),
                  help=t("Ends here and keeps what it has learned."))  # fmt: skip
        st.button(t("Cancel"), key=f"{key}_cancel", on_click=cancel, args=(seen.link,),
                  help=t("Ends at once and keeps nothing."))  # fmt: skip
