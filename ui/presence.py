"""Whether a visitor is still there: work that outlives a page's script stops when its page is closed."""

from functools import partial

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def watcher() -> "partial[bool] | type[bool]":
    """Called from anywhere later, it says whether the visitor of this script run still has the page open."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return partial(bool, True)
    return partial(runtime.get_instance().is_active_session, context.session_id)
