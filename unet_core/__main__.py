"""The command line: `python -m unet_core table --preset unet-2015 --size 572`; see unet_core/commands."""

import click

from unet_core.commands import export, likeness, segment, study, table, training
from unet_core.commands.group import Group


@click.group(cls=Group)
def main() -> None:
    """What is known about U-Net and U-Net++: networks, shapes and costs; training them, and using what was trained.

    Exit codes: 0 all done, 1 some of it failed, 2 refused with the reason, 130 stopped by Ctrl-C.
    """


COMMANDS = (
    table.table, export.export, segment.segment, training.train, training.evaluate, study.study, likeness.likeness,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m unet_core")
