"""A network whose layers can be watched and changed while it runs, beside the model and never in it."""

from collections.abc import Callable, Collection, Mapping

from torch import Tensor, nn

from unet_core.inference import private

Compute = Callable[..., Tensor]
Around = Callable[[str, Compute, tuple[Tensor, ...]], Tensor]  # row, what it computes, its inputs -> its output


def instrumented(network: nn.Module, around: Around) -> nn.Module:
    """A copy that shares its numbers, and asks `around` for the output of each layer, named as the trace's row.

    `network` must be in eval. The copy's layers call those of `network` and not themselves: no ring of references, so
    what `around` keeps is freed as soon as nobody holds it.
    """
    copied = private(network)
    originals = dict(network.named_modules())
    for name, layer in copied.named_modules():
        if not any(True for _ in layer.children()):
            layer.forward = _asking(name, originals[name].forward, around)  # an attribute of this copy alone
    return copied


def _asking(name: str, compute: Compute, around: Around) -> Compute:
    return lambda *inputs: around(name, compute, inputs)


def keeping(rows: Collection[str], kept: dict[str, Tensor]) -> Around:
    """Write the outputs of `rows` into `kept` and change nothing."""

    def around(name: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        output = compute(*inputs)
        if name in rows:
            kept[name] = output
        return output

    return around


Edit = Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]  # of a layer's inputs


def replaying(kept: Mapping[str, Tensor], again: Collection[str], edits: Mapping[str, Edit] | None = None) -> Around:
    """Compute only the rows of `again`, with their inputs edited where `edits` says so; the others are as `kept`.

    A row that is neither kept nor computed again hands on an empty tensor: nothing may read it.
    """
    edits = edits or {}

    def around(name: str, compute: Compute, inputs: tuple[Tensor, ...]) -> Tensor:
        if name not in again:
            return kept[name] if name in kept else Tensor()
        return compute(*edits[name](inputs)) if name in edits else compute(*inputs)

    return around
