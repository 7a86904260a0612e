"""The studies train what they say: skips, budgets, crops, and which photo nobody opens."""

from dataclasses import asdict, replace

import pytest
import torch

from tests.core.studied import timing
from unet_core.config import UNetConfig
from unet_core.data import pebbles
from unet_core.models import NestedUNet, build_model
from unet_core.studies import STUDIES, by_photo, data_amount, depth, kernels_and_filters, skips, task, wiring
from unet_core.studies.parity import macs, nearest_width, parameters
from unet_core.studies.study import Condition, Study
from unet_core.studies.timing import conditions_to_time, measure, resolved


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.name)
def test_every_group_compares_conditions_that_are_there(study: Study) -> None:
    assert len(study.by_name) == len(study.conditions) and len(study.repeats) >= 5
    for group in study.groups:
        named = {group.reference, *group.members, *(name for pair in group.compared for name in pair)}
        assert named <= study.labels.keys() and group.reference in group.members
        assert len(set(map(str, (study.labels[name] for name in group.members)))) == len(group.members)
    grouped = {name for group in study.groups for name in group.members}
    assert study.by_name.keys() <= grouped  # nothing is trained for nobody


def test_conditions_of_a_group_differ_in_nothing_but_what_they_say() -> None:
    for study in [one for one in STUDIES.values() if not one.of_strokes]:
        for group in study.groups:
            members = [study.by_name[name] for name in group.members if name in study.by_name]
            apart = {"augmentation": None} if group.name == "elastic" else {}
            how = [asdict(one.settings) | apart for one in members]
            assert all(one == how[0] for one in how), (study.name, group.name)
            assert all(one.settings.validate_every == one.settings.steps for one in members)


def test_skips_are_those_of_the_names() -> None:
    levels = {condition.name: condition.config.connected_levels for condition in skips.STUDY.conditions}
    assert levels == {
        "all": (0, 1, 2), "none": (), "without-0": (1, 2), "without-1": (0, 2), "without-2": (0, 1),
        "only-0": (0,), "only-1": (1,), "only-2": (2,), "add": (0, 1, 2),
    }  # fmt: skip
    assert {name for name, one in skips.STUDY.by_name.items() if one.config.skip == "add"} == {"add"}
    assert {condition.config.depth for condition in skips.STUDY.conditions} == {3}


def test_depths_are_matched_in_parameters() -> None:
    assert [one.config.depth for one in depth.SAME.values()] == [1, 2, 3, 4, 5]
    assert {one.config.base_channels for one in depth.SAME.values()} == {8}
    target = parameters(depth.SAME[3].config)
    for level, condition in depth.MATCHED.items():
        assert condition.config.depth == level
        assert condition.config.base_channels == nearest_width(condition.config, target, parameters)
        assert parameters(condition.config) == pytest.approx(target, rel=0.04)


def test_wirings_and_kernels_are_matched_in_multiply_adds() -> None:
    target = macs(wiring.NETS["unet++"])
    assert {one.config.architecture for one in wiring.MATCHED.values()} == {"unet", "unet+", "unet-e", "unet++"}
    for condition in wiring.MATCHED.values():
        assert condition.config.base_channels == nearest_width(condition.config, target, macs)
        assert macs(condition.config) == pytest.approx(target, rel=0.06)
    target = macs(kernels_and_filters.MATCHED[3].config)
    for kernel, condition in kernels_and_filters.MATCHED.items():
        assert condition.config.kernel_size == kernel
        assert condition.config.base_channels == nearest_width(condition.config, target, macs)
        assert macs(condition.config) == pytest.approx(target, rel=0.1)


@pytest.mark.parametrize("target", [0, 30_000, 121_547, 10**12])
def test_the_nearest_width_is_the_nearest_of_all(target: int) -> None:
    config = UNetConfig(depth=1, base_channels=8, padding="same")
    counts = {base: parameters_by_hand(base) for base in range(1, 257)}
    assert all(parameters(replace(config, base_channels=base)) == counts[base] for base in (1, 8, 100))
    assert nearest_width(config, target, parameters) == min(counts, key=lambda base: abs(counts[base] - target))


def parameters_by_hand(b: int) -> int:
    """Of depth 1, no norm, 3 x 3, one channel in, two classes, b and 2b filters."""
    def conv(before: int, after: int, k: int = 3) -> int:
        return before * after * k * k + after

    up = conv(2 * b, b, 2)
    return conv(1, b) + conv(b, b) + conv(b, 2 * b) + conv(2 * b, 2 * b) + up + conv(2 * b, b) + conv(b, b) \
        + conv(b, 2, 1)  # fmt: skip


def test_equal_time_gives_each_the_steps_that_fit() -> None:
    known = timing(wiring.STUDY)
    assert known is not None
    steady = resolved(wiring.STUDY, known.milliseconds)
    longest = steady.by_name["unet++-ds-7"]
    for condition in wiring.TIMED.values():
        settings = steady.by_name[condition.name].settings
        taken = settings.steps * known.milliseconds[condition.name]
        assert taken == pytest.approx(longest.settings.steps * known.milliseconds[longest.name], rel=0.01)
        assert settings.validate_every == settings.steps
    assert steady.by_name["unet-7-timed"].settings.steps > longest.settings.steps
    assert steady.by_name["unet-7"] == wiring.STUDY.by_name["unet-7"]
    assert conditions_to_time(depth.STUDY) == ()


def test_a_step_of_a_larger_net_takes_longer() -> None:
    small, large = (replace(wiring.SAME["unet"], name=str(base), config=replace(wiring.PLAIN, base_channels=base),
                            settings=replace(wiring.SAME["unet"].settings, batch_size=1, crop=64, precision="float32"))
                    for base in (2, 32))  # fmt: skip
    found = measure((small, large), "cpu", rounds=3)
    assert found.milliseconds["32"] > 2 * found.milliseconds["2"] > 0


def test_deep_supervision_is_where_it_can_be() -> None:
    kinds = {(one.config.architecture, one.config.deep_supervision) for one in wiring.SAME.values()}
    assert kinds == {("unet", False), ("unet+", False), ("unet+", True), ("unet-e", True), ("unet++", False),
                     ("unet++", True)}  # fmt: skip
    with pytest.raises(ValueError, match="deep_supervision"):  # the one that is missing
        replace(wiring.PLAIN, architecture="unet-e")
    (measured,) = [one for one in wiring.STUDY.conditions if one.heads]
    model = build_model(measured.config)
    assert isinstance(model, NestedUNet) and [f"L{level}" for level in measured.heads] == list(model.head)


def test_only_the_study_by_photo_opens_the_test_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    def photo(number: int) -> object:
        opened.append(number)
        return pebbles.photo(1)

    monkeypatch.setattr(task, "photo", photo)
    for study in [one for one in STUDIES.values() if not one.of_strokes]:  # see test_study_strokes for that one
        opened.clear()
        for repeat in study.repeats:
            task.sets(replace(study, side=128), study.conditions[0], repeat)
        assert (set(pebbles.SPLIT["test"]) <= set(opened)) is study.by_photo, study.name
        assert set(opened) == ({1, 2, 3, 4, 5, 6, 7} if study.by_photo else {1, 2, 3, 5, 6, 7})


def test_each_photo_is_held_out_once_and_never_learned_from() -> None:
    held = [task.photos(by_photo.STUDY, repeat) for repeat in by_photo.STUDY.repeats]
    assert [measured for _, measured in held] == [1, 2, 3, 4, 5, 6, 7]
    assert all(sorted((*learned, measured)) == [1, 2, 3, 4, 5, 6, 7] for learned, measured in held)
    assert task.photos(depth.STUDY, 3) == ((1, 2, 3, 5, 6), 7)


def test_fixed_crops_are_the_seeds_own_and_nested() -> None:
    photos = task.to_pairs([pebbles.photo(1), pebbles.photo(2)])
    few, many = (task.fixed_crops(photos, count, 96, seed=3) for count in (2, 20))
    assert many.images.shape == (20, 3, 96, 96) and torch.equal(few.images, many.images[:2])
    assert not torch.equal(few.images, task.fixed_crops(photos, 2, 96, seed=4).images)
    windows = photos.classes.unfold(1, 96, 1).unfold(2, 96, 1)  # (N, rows, columns, 96, 96): all places there are
    for crop, truth in zip(few.images, few.classes, strict=True):
        places = (windows[..., 0, :] == truth[0]).all(-1) & (windows[..., 95, :] == truth[95]).all(-1)
        found = [(n, y, x) for n, y, x in places.nonzero().tolist() if torch.equal(windows[n, y, x], truth)]
        assert any(torch.equal(photos.images[n, :, y : y + 96, x : x + 96], crop) for n, y, x in found)


def test_few_crops_with_and_without_deformation() -> None:
    counts: dict[int, list[Condition]] = {}
    for condition in data_amount.STUDY.conditions:
        assert condition.crops is not None
        counts.setdefault(condition.crops, []).append(condition)
    assert list(counts) == [1, 2, 5, 20, 100]
    for plain, bent in counts.values():
        assert plain.settings.augmentation.elastic == 0 and bent.settings.augmentation.elastic == 10
        assert replace(bent, name=plain.name, label=plain.label, settings=plain.settings) == plain
    assert [reference for _, reference in data_amount.STUDY.groups[1].compared] == [
        one.name for one in data_amount.PLAIN.values()
    ]
