"""Shares of parameters and work, and published accuracy against both."""

import pytest

from cnnlab.engine.architecture import parameters, trace
from cnnlab.engine.famous import FAMOUS, variant
from cnnlab.engine.published import PUBLISHED
from cnnlab.figures.accuracy import _NARROW, _PLACES, _frame, _shared, accuracy, placed, points
from cnnlab.figures.shares import percent, shares
from cnnlab.theme import DARK, LIGHT


@pytest.mark.parametrize("slug", FAMOUS)
def test_both_rows_of_bars_add_up_to_all(slug, unpacked, sound) -> None:
    figure = shares(FAMOUS[slug].network, LIGHT)
    sound(figure)
    left, right = figure["data"]
    for bars in (left, right):
        assert unpacked(bars["x"]).sum() == pytest.approx(100, abs=1e-3)
        assert bars["y"] == list(range(len(bars["text"])))
        assert len(bars["customdata"]) == len(bars["text"])
    one, other = (figure["layout"][name] for name in ("xaxis", "xaxis2"))
    assert one["range"] == other["range"]  # one scale
    assert one["range"][1] > 1.2 * max(unpacked(left["x"]).max(), unpacked(right["x"]).max())
    assert figure["layout"]["height"] <= 380


def test_vgg_has_its_parameters_in_one_layer_and_its_work_in_others(unpacked, theme) -> None:
    network = FAMOUS["vgg16"].network
    figure = shares(network, theme)
    left, right = figure["data"]
    most = int(unpacked(left["x"]).argmax())
    assert left["text"][most] == "74 %"
    assert left["marker"]["color"][most] == theme.ink
    assert figure["layout"]["yaxis"]["ticktext"][most] == "dense 4096"
    assert right["text"][most] == "0.7 %"
    assert "102,764,544 (74 %)" in left["customdata"][most]
    assert left["marker"]["color"].count(theme.accent) == 13
    titles = [note["text"] for note in figure["layout"]["annotations"]]
    assert titles == [
        f"Parameters<br><b>{parameters(network):,}</b>",
        f"Multiply–adds<br><b>{sum(row.multiply_adds for row in trace(network)):,}</b>",
    ]


def test_shares_have_as_many_digits_as_they_need() -> None:
    assert [percent(v) for v in (0.05, 0.1, 9.94, 9.96, 99.4, 99.7, 99.97, 100)] == [
        "< 0.1 %",
        "0.1 %",
        "9.9 %",
        "10 %",
        "99 %",
        "99.7 %",
        "> 99.9 %",
        "100 %",
    ]


@pytest.mark.parametrize("protocol", PUBLISHED)
def test_the_points_are_what_was_published_and_what_is_counted(protocol, unpacked, sound) -> None:
    figure = accuracy(protocol, DARK, chosen="vgg16")
    sound(figure)
    for name, trace_ in zip(("parameters", "multiply_adds"), figure["data"], strict=True):
        assert trace_["text"] == [FAMOUS[slug].name for slug in PUBLISHED[protocol].errors]
        found = [getattr(point, name) for point in points(protocol)]
        assert unpacked(trace_["x"]) == pytest.approx(found, rel=1e-6)
        errors = PUBLISHED[protocol].errors.values()
        assert unpacked(trace_["y"]) == pytest.approx([100 - e.top1 for e in errors], abs=1e-4)
        assert [colour == DARK.accent for colour in trace_["marker"]["color"]].index(True) == 1
    for axis, trace_ in zip(("xaxis", "xaxis2"), figure["data"], strict=True):
        low, high = figure["layout"][axis]["range"]
        assert all(10**low < x < 10**high for x in unpacked(trace_["x"]))
    low, high = figure["layout"]["yaxis"]["range"]
    assert all(low < y < high for y in unpacked(figure["data"][0]["y"]))


def test_a_point_counts_the_variant_that_was_measured() -> None:
    counted = {point.slug: point.parameters for point in points("torchvision")}
    assert counted["alexnet"] == parameters(variant("alexnet", "torchvision").network)
    assert {p.slug: p.parameters for p in points("papers")}["alexnet"] == 60_965_224
    deep = {name: {p.slug: p.multiply_adds for p in points(name)}["resnet50"] for name in PUBLISHED}
    assert round(deep["papers"] / 1e9, 3) == 3.858
    assert round(deep["torchvision"] / 1e9, 3) == 4.089


def test_the_pointer_is_told_the_source() -> None:
    told = accuracy("papers", LIGHT)["data"][0]["customdata"]
    assert told[0].split("<br>")[:3] == [
        "<b>AlexNet</b>",
        "first answer right: 59.3 %",
        "among the first five: 81.8 %",
    ]
    assert told[0].endswith("Krizhevsky et al. (2012), table 2, one network")
    assert "among the first five" not in told[2]  # ResNet-18: not published


@pytest.mark.parametrize("protocol", PUBLISHED)
def test_no_label_stands_on_another_or_on_a_point_on_a_phone(protocol, monkeypatch) -> None:
    """The sides that the figure chose, on a panel of the least width."""
    from cnnlab.figures import accuracy as module

    seen = []

    def noted(middles, names):
        sides = placed(middles, names)
        seen.append((middles, names, sides))
        return sides

    monkeypatch.setattr(module, "placed", noted)
    accuracy(protocol, LIGHT)
    assert len(seen) == 2
    for middles, names, sides in seen:
        labels = [
            _frame(x, y, n, side) for (x, y), n, side in zip(middles, names, sides, strict=True)
        ]
        marks = [(x - 4, y - 4, x + 4, y + 4) for x, y in middles]
        for number, label in enumerate(labels):
            assert label[0] >= 0
            assert label[2] <= _NARROW + 10  # the margin's
            others = labels[:number] + labels[number + 1 :] + marks
            assert not any(_shared(label, other) for other in others)


def test_labels_go_where_there_is_room() -> None:
    alone = placed(((60.0, 50.0),), ("one",))
    assert alone == ["middle right"]
    assert placed(((150.0, 50.0),), ("one",)) == ["middle left"]
    crowd = placed(((20.0, 50.0), (60.0, 50.0), (100.0, 50.0)), ("aaaaaa", "bbbbbb", "cccccc"))
    frames = [_frame(x, 50.0, "aaaaaa", side) for x, side in zip((20, 60, 100), crowd, strict=True)]
    assert not any(_shared(a, b) for n, a in enumerate(frames) for b in frames[n + 1 :])
    assert set(crowd) <= set(_PLACES)
