"""How every command ends: its exit code, and one sentence where it can't do what it was asked for."""

from typing import Any

import click

from unet_core.messages import ExplainedError

FAILED, REFUSED, INTERRUPTED = 1, 2, 130  # exit codes; the last is what a shell has for Ctrl-C


class Refusal(click.ClickException):
    """One sentence on stderr, and the exit code of a command line that can't be followed."""

    exit_code = REFUSED


class Group(click.Group):
    """Every command of it: an explained error is a sentence for the reader, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ExplainedError as error:
            raise Refusal(str(error)) from error
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
