"""Curves say what was measured: bins are means, epochs end where they end, ranges hold still."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.figures.curves import curves, key
from cnnlab.figures.progress import MOST_BINS, Progress, binned, epoch_means
from cnnlab.theme import LIGHT, contrast
from cnnlab.training.events import Changed, Evaluated


def evaluated(step: int, split: str, loss: float, accuracy: float) -> Evaluated:
    return Evaluated(step, split, loss, accuracy, np.zeros(1, np.uint8), np.ones(1, np.float32))


def progress(done: int = 20, planned: int = 40, per_epoch: int = 8, **more) -> Progress:
    steps = np.arange(1, done + 1)
    return Progress(planned, per_epoch, steps, 2.0 / steps, steps / planned, **more)


@given(st.integers(1, 2_000), st.integers(1, 400), st.data())
def test_bins_are_means_of_all_batches_between_lowest_and_highest(
    planned: int, most: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, planned))
    values = np.random.default_rng(done).normal(size=done)
    bins = binned(np.arange(1, done + 1), values, planned, most)
    assert len(bins.means) <= most
    assert bins.counts.sum() == done
    assert np.isclose((bins.means * bins.counts).sum(), values.sum())
    assert (bins.lows <= bins.means + 1e-12).all()
    assert (bins.means <= bins.highs + 1e-12).all()


def test_a_full_bin_never_changes_again() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    steps = np.arange(1, 1001)
    early, late = (binned(steps[:n], values[:n], 1000, 100) for n in (555, 1000))
    assert early.means[:55].tolist() == late.means[:55].tolist()
    assert early.counts[55] == 5


def test_epochs_end_where_they_end_and_the_last_may_be_cut_short() -> None:
    told = progress(done=20, planned=20, per_epoch=8)
    ends, means = epoch_means(told, told.accuracies)
    assert ends.tolist() == [8, 16, 20]
    assert means == pytest.approx([4.5 / 20, 12.5 / 20, 18.5 / 20])


def traces(figure, half: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace["yaxis"] == f"y{half}"]


def test_what_is_drawn_is_what_was_told(unpacked, sound, theme) -> None:
    told = progress(
        evaluations=[evaluated(8, "validation", 0.5, 0.75), evaluated(40, "test", 0.25, 0.9)],
        changes=[Changed(12, 0.003)],
        published=(0.5, 0.625),
        marked=16,
    )
    figure = curves(told, theme)
    sound(figure)
    band, line, epochs, validation, test, changed = traces(figure, "")
    assert unpacked(line["y"]) == pytest.approx(2.0 / np.arange(1, 21), rel=1e-6)
    assert len(unpacked(band["x"])) == 40
    assert unpacked(epochs["x"]).tolist() == [8, 16, 20]
    assert (unpacked(validation["x"]).tolist(), unpacked(validation["y"]).tolist()) == ([8], [0.5])
    assert (unpacked(test["x"]).tolist(), unpacked(test["y"]).tolist()) == ([40], [0.25])
    assert (unpacked(changed["x"]).tolist(), changed["customdata"]) == ([12], [0.003])
    *_, validation, test, published = traces(figure, "2")
    assert unpacked(validation["y"]).tolist() == [75]
    assert unpacked(test["y"]).tolist() == [90]
    assert unpacked(published["x"]).tolist() == [8, 16]
    assert unpacked(published["y"]).tolist() == [50, 62.5]
    halo, mark = figure["layout"]["shapes"]
    assert {halo["x0"], halo["x1"], mark["x0"], mark["x1"]} == {16}
    assert mark["line"]["color"] == theme.outline


def test_the_error_stands_on_the_log_scale_and_nothing_falls_off_it(unpacked, sound) -> None:
    told = progress(evaluations=[evaluated(8, "validation", 0.5, 1.0)])
    figure = curves(told, LIGHT, scale="log")
    sound(figure)
    _, line, _, validation, *_ = traces(figure, "2")
    assert unpacked(line["y"]) == pytest.approx(100 * (1 - told.accuracies), rel=1e-5)
    assert unpacked(validation["y"]) == pytest.approx([0.1])  # the end of the axis
    assert unpacked(validation["customdata"])[0, 0] == 100  # but its hover tells the truth
    assert figure["layout"]["yaxis2"]["range"] == [-1, 2]


def test_ranges_hold_still_while_a_run_goes_on() -> None:
    for done in (0, 1, 5, 40):
        layout = curves(progress(done), LIGHT)["layout"]
        assert layout["xaxis"]["range"] == layout["xaxis2"]["range"] == [0, 40]
        assert layout["yaxis"]["range"] == [0, 2.5]
        assert layout["yaxis2"]["range"] == [0, 100]


@pytest.mark.parametrize("worst", [3.1, 700.0])
def test_a_larger_loss_makes_a_larger_range(worst: float) -> None:
    told = Progress(4, 4, np.arange(1, 3), np.array([worst, 1.0]), np.zeros(2))
    top = curves(told, LIGHT)["layout"]["yaxis"]["range"][1]
    assert worst <= top <= 1.34 * worst


def test_a_loss_that_broke_is_still_a_figure(sound) -> None:
    told = Progress(4, 4, np.arange(1, 4), np.array([2.0, np.inf, np.nan]), np.zeros(3))
    figure = curves(told, LIGHT)
    sound(figure)
    assert figure["layout"]["yaxis"]["range"] == [0, 2.5]


def test_as_many_traces_at_every_moment() -> None:
    early, late = progress(0), progress(20, evaluations=[evaluated(8, "test", 1.0, 0.5)])
    kinds = [[t.get("mode") for t in curves(p, LIGHT)["data"]] for p in (early, late)]
    assert kinds[0] == kinds[1]


def test_a_long_run_stays_a_small_figure(unpacked) -> None:
    figure = curves(progress(done=50_000, planned=50_000, per_epoch=938), LIGHT)
    assert len(unpacked(figure["data"][1]["x"])) <= MOST_BINS
    assert len(json.dumps(figure)) < 60_000


def test_the_key_names_the_marks_that_are_there_and_is_read(theme) -> None:
    def names(told: Progress) -> list[str]:
        return [str(words) for _, _, words in key(told, theme)]

    assert names(progress(0)) == []
    assert names(progress(1, evaluations=[evaluated(0, "validation", 2.3, 0.1)])) == [
        "training",
        "epoch’s mean",
        "validation",
    ]
    everything = progress(
        evaluations=[evaluated(8, split, 1, 0.5) for split in ("test", "validation")],
        changes=[Changed(12, 0.003)],
        published=(0.5,),
    )
    told = ["training", "epoch’s mean", "validation", "test", "published", "learning rate"]
    assert names(everything) == told
    colours = {colour for _, colour, _ in key(everything, theme)}
    assert min(contrast(colour, theme.background) for colour in colours) >= 4.5


def test_nothing_stands_beside_the_titles_and_no_mark_is_cut_at_the_edge() -> None:
    figure = curves(progress(published=(0.5,)), LIGHT)
    said = [note["text"] for note in figure["layout"]["annotations"]]
    assert said == ["<b>Loss</b>", "<b>Accuracy</b>", "Step"]
    marked = [trace for trace in figure["data"] if "markers" in trace["mode"]]
    assert len(marked) == 8
    assert all(trace["cliponaxis"] is False for trace in marked)
    most = max(trace["marker"]["size"] for trace in marked)
    assert figure["layout"]["margin"]["r"] > most / 2
    assert (
        figure["layout"]["xaxis"]["layer"] == figure["layout"]["yaxis"]["layer"] == "below traces"
    )


def test_words_are_said_as_they_are_told() -> None:
    figure = curves(progress(), LIGHT, lambda message: message.text.upper())
    assert "ACCURACY" in figure["layout"]["annotations"][1]["text"]
    assert "LOSS" in figure["data"][1]["hovertemplate"]
