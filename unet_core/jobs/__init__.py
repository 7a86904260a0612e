"""Work that outlives a page's script, done by other processes, in turn for everybody.

`job.py` says what a job is, `queue.py` what a page may ask; see there.
"""

from unet_core.jobs.crew import Processes
from unet_core.jobs.history import Noted
from unet_core.jobs.job import GO_ON, PAUSE, STOP, Bounds, Command, Commands, Job, JobError, Report, obeying
from unet_core.jobs.limits import LIMITS, Limits
from unet_core.jobs.queue import Queue
from unet_core.jobs.record import Seen

__all__ = ["GO_ON", "LIMITS", "PAUSE", "STOP", "Bounds", "Command", "Commands", "Job", "JobError", "Limits", "Noted",
           "Processes", "Queue", "Report", "Seen", "obeying"]  # fmt: skip
