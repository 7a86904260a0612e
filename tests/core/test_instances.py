"""Objects found and measured: against loops over single pixels, and against scikit-image."""

import csv
import io
import math

import numpy as np
import pytest
from skimage.measure import regionprops, regionprops_table

from tests.core.test_objects import TOUCHING, discs, sure
from unet_core.instances import LengthUnit, UnitError, find_objects, found, measure_objects, summarise, table, to_csv
from unet_core.objects import ObjectError, objects_of, separate

MM = LengthUnit("mm", 4.0)


def blobs(seed: int, side: int = 40) -> np.ndarray:
    """Instances 1 .. n without gaps, of any shape, some of them in several pieces."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 8, (side // 4 + 1, side // 5 + 1)) * (rng.random((side // 4 + 1, side // 5 + 1)) < 0.6)
    fine = np.kron(coarse, np.ones((4, 5), int))[:side, : side - 3]
    fine[rng.random(fine.shape) < 0.1] = 0
    return np.unique(fine, return_inverse=True)[1].reshape(fine.shape).astype(np.int32)


# --- found ---


def test_what_is_found_is_what_the_object_f1_counts() -> None:
    result = find_objects(sure(TOUCHING))
    assert np.array_equal(result.labels, objects_of(sure(TOUCHING))) and result.labels.dtype == np.int32
    assert (result.count, result.dropped) == (3, 0) and "watershed" in str(result.notes[0]) and len(result.notes) == 1
    one = find_objects((TOUCHING > 0)[None].astype(np.float32))
    assert one.count == 2 and "those that touch count as one" in str(one.notes[0])
    kinds = np.stack([(k == TOUCHING).astype(np.float32) for k in range(4)])
    assert find_objects(kinds).count == 3 and "one kind" in str(find_objects(kinds).notes[0])


@pytest.mark.parametrize("classes", [1, 3, 4])
def test_specks_are_dropped_and_told(classes: int) -> None:
    rng = np.random.default_rng(classes)
    logits = rng.normal(size=(classes, 30, 34)) * 3
    exponentials = np.exp(logits)
    probabilities = exponentials / exponentials.sum(axis=0) if classes > 1 else 1 / (1 + np.exp(-logits))
    result = find_objects(probabilities.astype(np.float32), 0.6, smallest=12)
    assert np.array_equal(result.labels, objects_of(probabilities.astype(np.float32), 0.6, 12))
    all_of_them = objects_of(probabilities.astype(np.float32), 0.6, 1)
    sizes = [int((all_of_them == number).sum()) for number in range(1, all_of_them.max() + 1)]
    assert result.dropped == sum(size < 12 for size in sizes) > 0
    assert result.count == sum(size >= 12 for size in sizes)
    assert str(result.notes[1]) == f"Areas of fewer than 12 pixels were left out as specks: {result.dropped} of them."


def test_a_threshold_that_nothing_reaches_finds_nothing() -> None:
    result = find_objects(np.full((1, 6, 7), 0.4, np.float32))
    assert (result.count, result.dropped, result.labels.shape) == (0, 0, (6, 7))
    assert find_objects(np.full((1, 6, 7), 0.4, np.float32), 0.4).count == 1


def test_a_mask_of_noise_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "MAX_OBJECTS", 2)
    with pytest.raises(ObjectError, match="there are 3 objects in this mask and at most 2 are listed: move the thr"):
        find_objects(sure(TOUCHING))
    with pytest.raises(ObjectError, match="there are 3 objects"):  # before the flood, which takes long on noise
        separate(sure(TOUCHING)[1], TOUCHING > 0, smallest=10**6, most=2)
    with pytest.raises(ObjectError, match="there are 4 objects"):
        find_objects((discs((8, 8, 3), (8, 40, 3), (40, 8, 3), (40, 40, 3)) > 0)[None].astype(np.float32))
    monkeypatch.setattr(found, "MAX_PIXELS", 48 * 48 - 1)
    with pytest.raises(ObjectError, match="at most 2,303 pixels, this mask has 2,304: cut out a part"):
        find_objects(sure(TOUCHING))


@pytest.mark.parametrize("given", [np.zeros((4, 4), np.float32), np.zeros((1, 4, 4), int), np.zeros((1, 0, 4))])
def test_arrays_that_are_no_probabilities_are_refused(given: np.ndarray) -> None:
    with pytest.raises(ObjectError, match="probabilities must be float"):
        find_objects(given)


def test_thresholds_and_areas_out_of_range_are_refused() -> None:
    for threshold in (-0.1, 1.1, math.nan):
        with pytest.raises(ObjectError, match=r"threshold must be 0\.\.1"):
            find_objects(sure(TOUCHING), threshold)
    with pytest.raises(ObjectError, match=r"smallest area must be 1\.\."):
        find_objects(sure(TOUCHING), smallest=0)


# --- measured ---


@pytest.mark.parametrize("seed", range(8))
def test_measures_equal_those_of_loops_over_pixels(seed: int) -> None:
    labels = blobs(seed)
    measured = measure_objects(labels)
    assert len(measured) == labels.max() > 3
    for index in range(len(measured)):
        own = [(y, x) for y in range(labels.shape[0]) for x in range(labels.shape[1]) if labels[y, x] == index + 1]
        assert measured.area[index] == len(own)
        assert measured.row[index] == pytest.approx(sum(y for y, _ in own) / len(own))
        assert measured.column[index] == pytest.approx(sum(x for _, x in own) / len(own))
        assert math.pi * (measured.diameter[index] / 2) ** 2 == pytest.approx(len(own))
        height, width = labels.shape
        assert measured.touches[index] == any(y in (0, height - 1) or x in (0, width - 1) for y, x in own)
        values = np.linalg.eigvalsh(np.cov(np.array(own, float).T, bias=True)) if len(own) > 1 else np.zeros(2)
        assert measured.minor[index] ** 2 / 16 == pytest.approx(values[0], abs=1e-9)
        assert measured.major[index] ** 2 / 16 == pytest.approx(values[1], abs=1e-9)


def test_measures_equal_those_of_scikit_image_over_the_seams_of_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = blobs(3, 90)
    monkeypatch.setattr(table, "STRIP", 7)
    measured = measure_objects(labels)
    names = ("centroid", "area", "equivalent_diameter_area", "axis_major_length", "axis_minor_length")
    other = regionprops_table(labels, properties=names)
    ours = (measured.row, measured.column, measured.area, measured.diameter, measured.major, measured.minor)
    for mine, theirs in zip(ours, other.values(), strict=True):
        assert np.allclose(mine, theirs, atol=1e-6)


def test_far_from_the_corner_nothing_cancels_out() -> None:
    labels = np.zeros((60, 5000), np.uint16)
    labels[50:53, 4990:4997] = 1
    alone = regionprops(labels[45:, 4985:])[0]
    measured = measure_objects(labels)
    assert (measured.major[0], measured.minor[0]) == pytest.approx((alone.axis_major_length, alone.axis_minor_length))
    assert (measured.row[0], measured.column[0]) == (51, 4993)


def test_a_disc_has_its_diameter_and_a_line_no_width() -> None:
    measured = measure_objects(discs((50, 50, 30), side=101))
    assert measured.diameter[0] == pytest.approx(60, rel=0.02)
    assert (measured.major[0], measured.minor[0]) == pytest.approx((60, 60), rel=0.02) and not measured.touches[0]
    line = np.zeros((5, 9), np.uint8)
    line[2] = 1
    measured = measure_objects(line)
    assert measured.minor[0] == 0 and measured.touches[0]


def test_no_object_makes_an_empty_table() -> None:
    measured = measure_objects(np.zeros((3, 4), np.int32))
    assert len(measured) == 0 and to_csv(measured).count("\r\n") == 1
    summary = summarise(measured)
    assert summary.count == 0 and summary.quartiles is summary.extremes is summary.histogram is None
    assert str(summary.sentence) == "No objects at this threshold."


@pytest.mark.parametrize("labels", [np.array([[1, 3]]), np.array([[10**9, 0]]), np.array([[-1, 1]]), np.zeros((2, 2)),
                                    np.zeros((0, 2), int), np.ones(3, int)])  # fmt: skip
def test_labels_with_gaps_and_other_arrays_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(ObjectError, match=r"without gaps|integers from 0"):
        measure_objects(labels)


# --- in a unit ---


def test_a_unit_divides_lengths_once_and_areas_twice() -> None:
    labels = discs((20, 20, 8))
    plain, measured = measure_objects(labels), measure_objects(labels, MM)
    assert measured.length(measured.diameter)[0] == plain.length(plain.diameter)[0] / 4
    assert measured.squared(measured.area)[0] == plain.area[0] / 16 == plain.squared(plain.area)[0] / 16


@pytest.mark.parametrize("name", ["", "a" * 13, "=HYPERLINK()", "m,m", "m m", "@x", "-mm", '"', "m\n", "<b>", "mm2"])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UnitError, match="a unit's name is 1 to 12 letters"):
        LengthUnit(name, 2.0)


@pytest.mark.parametrize("pixels", [0.0, -1.0, math.nan, math.inf, 1e7])
def test_a_unit_of_no_length_is_refused(pixels: float) -> None:
    with pytest.raises(UnitError, match="one unit must be 1e-06 to 1,000,000 pixels long"):
        LengthUnit("mm", pixels)


# --- the table as CSV ---


def test_csv_reads_back_number_by_number() -> None:
    measured = measure_objects(blobs(1), LengthUnit("微米", 2.5))
    text = to_csv(measured)
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header[3:5] == ["area (pixels)", "diameter (pixels)"] and header[8:10] == ["area (微米²)", "diameter (微米)"]
    assert not any("," in name for name in header) and all(name[0].isalpha() for name in header)
    assert len(rows) == len(measured)
    for index, row in enumerate(rows):
        values = [float(cell) for cell in row]
        assert values[0] == index + 1 and values[3] == measured.area[index] and values[7] == measured.touches[index]
        assert values[1] == pytest.approx(measured.row[index], abs=0.006)
        assert values[2] == pytest.approx(measured.column[index], abs=0.006)
        assert values[4:7] == pytest.approx([a[index] for a in (measured.diameter, measured.major, measured.minor)],
                                            abs=0.006)  # fmt: skip
        assert values[8] == pytest.approx(measured.area[index] / 6.25, rel=1e-5)
        assert values[9] == pytest.approx(measured.diameter[index] / 2.5, rel=1e-5)
    assert to_csv(measure_objects(blobs(1))).splitlines()[0].count(",") == 7


# --- summed up ---


def test_quartiles_and_the_sentence_in_the_unit() -> None:
    labels = discs((20, 20, 8), (20, 60, 4), (60, 20, 12), (60, 60, 6), (0, 90, 5), side=100)
    measured = measure_objects(labels, MM)
    diameters = sorted(2 * math.sqrt((labels == n).sum() / math.pi) / 4 for n in range(1, 6))
    summary = summarise(measured)
    assert (summary.count, summary.touching, summary.unit) == (5, 1, "mm")
    assert summary.quartiles == pytest.approx((diameters[1], diameters[2], diameters[3]))
    assert summary.extremes == pytest.approx((diameters[0], diameters[-1]))
    said = str(summary.sentence)
    assert said.startswith("Objects: 5. Half of them measure ") and " mm across" in said and "1 of them touch" in said
    whole = summarise(measured, whole_only=True)
    assert (whole.count, whole.touching) == (4, 0) and whole.extremes == pytest.approx((diameters[1], diameters[-1]))
    assert "pixels across" in str(summarise(measure_objects(labels)).sentence)


@pytest.mark.parametrize("seed", range(5))
def test_the_histogram_counts_every_object_once_in_bins_of_the_stated_width(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, 30, 60)
    labels = np.zeros((60, 31), np.int32)
    for row, width in enumerate(widths):
        labels[row, :width] = row + 1
    histogram = summarise(measure_objects(labels)).histogram
    assert histogram is not None
    diameters = 2 * np.sqrt(widths / math.pi)
    lower, upper = np.percentile(diameters, (25, 75))
    wanted = 2 * (upper - lower) / 60 ** (1 / 3)
    assert len(histogram.counts) == math.ceil((diameters.max() - diameters.min()) / wanted)
    for number, (start, stop) in enumerate(zip(histogram.edges, histogram.edges[1:], strict=False)):
        last = number == len(histogram.counts) - 1
        assert histogram.counts[number] == sum(start <= d < stop or (last and d == stop) for d in diameters)
    assert sum(histogram.counts) == 60


def test_one_giant_among_dwarfs_does_not_make_a_thousand_bins_and_equal_ones_make_one() -> None:
    labels = np.zeros((200, 200), np.int32)
    for number in range(60):
        labels[2 * number % 40, 1 + 3 * (number // 20) : 1 + 3 * (number // 20) + 1 + number % 2] = number + 1
    flat = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    flat[60:, 60:] = flat.max() + 1
    histogram = summarise(measure_objects(flat)).histogram
    assert histogram is not None and len(histogram.counts) == 40 and histogram.counts[-1] == 1
    equal = summarise(measure_objects(np.eye(5, dtype=int) * np.arange(1, 6))).histogram
    assert equal is not None and equal.counts == (5,)
