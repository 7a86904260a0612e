"""What a change of some rows of a trace can reach, and what is needed to compute that and no more."""

from collections.abc import Collection

from unet_core.trace import Trace


def behind(traced: Trace, rows: Collection[str]) -> frozenset[str]:
    """All rows that read one of `rows`, directly or through others."""
    found: set[str] = set()
    for row in traced.rows:
        if any(source in rows or source in found for source in row.inputs):
            found.add(row.name)
    return frozenset(found)


def frontier(traced: Trace, again: Collection[str]) -> frozenset[str]:
    """Rows outside `again` that one of them reads, or that the network answers with: what must be kept to compute
    `again` anew."""
    read = {source for name in again for source in traced[name].inputs}
    return frozenset((read | set(traced.outputs)) - set(again))
