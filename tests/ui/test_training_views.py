"""The views of a training on a made-up run: what is drawn is the moment that is shown."""

import base64
import json
import re
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnlab.data.mnist import load
from cnnlab.engine import softmax
from cnnlab.engine.forward import forward
from cnnlab.engine.initial import initial_weights
from cnnlab.engine.networks import BOOKNET, DENSE, FAST, LENET5, RESNET
from cnnlab.training.config import Config
from cnnlab.training.data import pixel_order, shuffled
from cnnlab.training.events import Batch, Changed, Evaluated, Frame
from cnnlab.training.history import History
from cnnlab.ui.training import answers, machine, shown
from cnnlab.ui.training.live import kernels_title, picture

STEPS = (0, 1, 4, 8)


def made_up(config: Config, *, done: int = 8, active: bool = False, tested: bool = False):
    """A run of other weights at every step that was kept."""
    history = History()
    for step in range(1, done + 1):
        history.append(Batch(step, 2.0 / step, step / 10, 0.01))
    kept = [step for step in STEPS if step <= done]
    names = [name for name in initial_weights(config.network, 0) if "running" not in name]
    frames = [
        Frame(
            step,
            initial_weights(config.network, config.seed + step),
            dict.fromkeys(names, 0.1) if step else {},
            dict.fromkeys(names, 0.001) if step else {},
        )
        for step in kept
    ]
    events = [told("validation", 0, 5_000)] + ([told("test", done, 10_000)] if tested else [])
    return SimpleNamespace(
        id="made-up",
        config=config,
        history=history,
        frames=frames,
        latest=frames[-1],
        evaluations=events,
        changes=[Changed(4, 0.003)],
        active=active,
    )


def told(split: str, step: int, count: int) -> Evaluated:
    """An evaluation that says 3 of every digit, ever less surely."""
    labels = load("test").labels if split == "test" else load("train").labels[-count:]
    said = np.full(count, 3, np.uint8)
    return Evaluated(
        step, split, 1.0, float((labels == 3).mean()), said, np.linspace(1, 0.1, count, dtype="f4")
    )


CONFIG = Config(FAST, images=800, batch_size=100, validation=200)


def test_the_latest_frame_is_shown_and_curves_hold_the_whole_run() -> None:
    job = made_up(CONFIG)
    now, before = shown.latest(job, 5), shown.at(job, 4, 5)
    assert (now.frame.step, before.frame.step) == (8, 4)
    assert now.progress.marked is None
    assert before.progress.marked == 4
    assert len(before.progress.steps) == 8
    assert now.label == load("test").labels[5]
    assert now.probabilities.sum() == pytest.approx(1)
    assert now.probabilities != pytest.approx(before.probabilities)


def test_a_run_that_waits_is_shown_untrained_with_the_weights_it_will_start_from() -> None:
    job = made_up(CONFIG)
    job.latest = None
    waiting = shown.latest(job, 0)
    weights = initial_weights(FAST, CONFIG.seed, CONFIG.start)
    assert waiting.frame.step == 0
    assert np.array_equal(waiting.frame.weights["0.weight"], weights["0.weight"])


def test_the_digit_is_read_as_the_training_reads_its_images() -> None:
    config = Config(FAST, shuffled=True, seed=3)
    seen = shown.untrained(config, 7)
    moved = shuffled(load("test").images[7:8], pixel_order(config))
    assert np.array_equal(seen.x, shown.standardised(moved))
    assert not np.array_equal(seen.x, shown.standardised(load("test").images[7:8]))
    assert np.array_equal(seen.pixels, load("test").images[7])


def test_weights_of_shuffled_pixels_are_put_back_where_their_pixels_came_from() -> None:
    config = Config(DENSE, shuffled=True, seed=3)
    seen = shown.untrained(config, 0)
    tiles = shown.kernels(seen).tiles
    weights = seen.frame.weights["1.weight"][: len(tiles)]
    image = load("test").images[0].astype(np.float32)
    moved = shuffled(image[None], pixel_order(config)).reshape(-1)
    assert weights @ moved == pytest.approx((tiles * image).sum(axis=(1, 2)), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("network", "tiles", "size", "count"),
    [
        (FAST, 16, (5, 5), 16),
        (BOOKNET, 30, (5, 5), 30),
        (LENET5, 6, (5, 5), 6),
        (DENSE, 16, (28, 28), 100),
        (RESNET, 16, (3, 3), 16),
    ],
)
def test_the_first_layer_as_pictures(network, tiles: int, size, count: int) -> None:
    seen = shown.untrained(Config(network), 0)
    found = shown.kernels(seen)
    assert found.tiles.shape == (tiles, *size)
    assert found.count == count
    words = str(kernels_title(seen, found))
    assert str(count) in words
    assert f"{size[0]}×{size[1]}" in words
    assert shown.first_maps(seen).shape[0] == (1 if network is DENSE else tiles)


def test_published_accuracies_stand_beside_that_run_only() -> None:
    published = shown.RECIPES["published"].config
    short = shown.replace(published, epochs=3.0, seed=4)
    assert len(shown.untrained(published, 0).progress.published) == 10
    assert list(shown.untrained(short, 0).progress.published) == list(shown.PUBLISHED[:3])
    assert shown.untrained(CONFIG, 0).progress.published == ()
    other = shown.replace(published, learning_rate=0.01)
    assert shown.untrained(other, 0).progress.published == ()


def test_any_moment_is_tried_on_digits_kept_back() -> None:
    job = made_up(CONFIG)
    found = answers.of_moment(shown.at(job, 4, 0))
    train = load("train")
    assert found.split == "validation"
    assert np.array_equal(found.labels, train.labels[-200:])
    scores = forward(FAST, job.frames[2].weights, shown.inputs(CONFIG, train.images[-200:]))
    assert np.array_equal(found.predicted, scores.argmax(axis=1))
    assert found.confidence == pytest.approx(softmax(scores).max(axis=1))


def test_where_none_are_kept_back_the_test_digits_take_their_place() -> None:
    job = made_up(shown.replace(CONFIG, validation=0))
    found = answers.of_moment(shown.latest(job, 0))
    assert found.split == "test"
    assert np.array_equal(found.labels, load("test").labels[: answers.MANY])


def test_the_last_weights_are_tried_on_all_test_digits_and_only_they() -> None:
    job = made_up(CONFIG, tested=True)
    last = answers.of_moment(shown.latest(job, 0))
    assert (last.split, len(last.labels)) == ("test", 10_000)
    assert (last.predicted == 3).all()
    assert answers.of_moment(shown.at(job, 4, 0)).split == "validation"


def test_two_moments_and_two_runs_are_kept_apart() -> None:
    job, other = made_up(CONFIG), made_up(shown.replace(CONFIG, seed=50))
    other.id = "another"
    first, second, third = (
        answers.of_moment(seen).predicted
        for seen in (shown.at(job, 4, 0), shown.at(job, 8, 0), shown.at(other, 4, 0))
    )
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_the_surest_mistakes_come_first() -> None:
    found = answers.Answers(
        "test",
        np.zeros((5, 28, 28), np.uint8),
        np.array([1, 2, 3, 4, 5], np.uint8),
        np.array([1, 0, 0, 4, 0], np.uint8),
        np.array([0.99, 0.3, 0.9, 0.8, 0.5], np.float32),
    )
    assert answers.worst(found, 2).tolist() == [2, 4]
    assert answers.worst(found, 9).tolist() == [2, 4, 1]


@pytest.mark.parametrize("network", [FAST, DENSE, RESNET])
def test_features_are_what_the_last_dense_layer_reads(network, monkeypatch) -> None:
    monkeypatch.setattr(answers, "GALLERY", 7)
    seen = shown.untrained(Config(network, seed=11), 5)
    features, one = answers.features(seen), answers.feature(seen)
    assert len(features) == 7
    assert features[5] == pytest.approx(one[0], abs=1e-5)
    weights = seen.frame.weights
    last = len(network.layers) - 1
    scores = one @ weights[f"{last}.weight"].T + weights[f"{last}.bias"]
    assert scores == pytest.approx(seen.activations[-1][1], abs=1e-4)


def test_nearest_is_by_angle_not_by_length() -> None:
    rows = np.array([[10.0, 10.0], [1.0, 0.1], [0.0, 0.0], [-1.0, 0.0]])
    places, distances = answers.nearest(rows, np.array([[2.0, 0.0]]), 4)
    assert places.tolist() == [1, 0, 2, 3]
    assert distances == pytest.approx([1 - 1 / np.sqrt(1.01), 1 - np.sqrt(0.5), 1, 2])


def test_the_slider_keeps_its_place_while_steps_come_in() -> None:
    assert machine.kept_step(None, [0, 1, 4]) == 4
    assert machine.kept_step(1, [0, 1, 4]) == machine.kept_step(1, [0, 1, 4, 8]) == 1
    assert machine.kept_step(0, [1, 4]) == 1


def test_a_digit_is_drawn_from_paper_to_ink(theme_light) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[10, 10] = 255
    drawn = picture(pixels, theme_light, 2)
    assert drawn.shape == (56, 56, 3)
    assert "".join(f"{n:02x}" for n in drawn[20, 20]) == theme_light.positive[1:]
    assert "".join(f"{n:02x}" for n in drawn[30, 30]) == theme_light.zero[1:]


@pytest.fixture
def theme_light():
    from cnnlab.theme import LIGHT

    return LIGHT


def page(view) -> None:
    import streamlit as st

    st.session_state["_lesson"] = "training"
    view()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Run a view on a page of its own; it must end without an error."""

    def run(view: Callable[[], None], **query: str) -> AppTest:
        visitor = AppTest.from_function(page, kwargs={"view": view}, default_timeout=60)
        visitor.context["locale"] = "en-US"
        for key, value in query.items():
            visitor.query_params[key] = value
        visitor.run()
        assert not visitor.exception, visitor.exception
        return visitor

    return run


def charts(visitor: AppTest) -> dict[str, dict]:
    """The figures on a page by their key, as they are told to the charts that stand for them."""
    places = [element.proto for element in visitor.get("plotly_chart")]
    told = [json.loads(proto.json) for proto in messages(visitor)]
    assert all(place.alt for place in places)
    assert [place.id for place in places] == [message["key"] for message in told]
    return {message["key"].removeprefix("chart-"): message["figure"] for message in told}


def messages(visitor: AppTest) -> list:
    found = [element.proto for element in visitor.get("bidi_component")]
    return [proto for proto in found if proto.component_name == "cnnlab_chart"]


def floats(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), "<f4")


def words(visitor: AppTest) -> str:
    return " ".join(element.value for element in [*visitor.markdown, *visitor.caption])


@pytest.mark.parametrize("network", [FAST, DENSE, RESNET])
@pytest.mark.parametrize("active", [True, False])
def test_live_shows_curves_kernels_digit_and_maps(visit, network, active: bool) -> None:
    from cnnlab.ui.training import live

    seen = shown.latest(made_up(shown.replace(CONFIG, network=network), active=active), 2)
    found = charts(visit(lambda: live.view(seen, active, "look")))
    assert list(found) == ["live-curves", "live-kernels", "live-bars", "live-maps"]
    probabilities = floats(found["live-bars"]["data"][0]["y"])
    assert probabilities == pytest.approx(100 * seen.probabilities, rel=1e-5)
    tiles = floats(found["live-kernels"]["data"][0]["z"])
    kernels = shown.kernels(seen).tiles
    assert tiles[np.isfinite(tiles)].sum() == pytest.approx(kernels.sum(), abs=1e-3)
    assert ("customdata" in found["live-maps"]["data"][0]) is not active


def test_heights_and_keys_are_the_same_before_during_and_after(visit) -> None:
    from cnnlab.ui.training import live

    moments = [
        shown.untrained(CONFIG, 0),
        shown.latest(made_up(CONFIG, done=1), 0),
        shown.latest(made_up(CONFIG, tested=True), 0),
    ]
    sizes = []
    for seen in moments:
        found = charts(visit(lambda seen=seen: live.view(seen, False, "look")))
        sizes.append({name: figure["layout"]["height"] for name, figure in found.items()})
    assert sizes[0] == sizes[1] == sizes[2]
    assert sum(sizes[0][f"live-{name}"] for name in ("kernels", "bars", "maps")) < 500


def test_the_scale_of_the_curves_is_in_the_link(visit) -> None:
    from cnnlab.ui.training import live

    seen = shown.latest(made_up(CONFIG), 0)
    found = charts(visit(lambda: live.view(seen, False, "look"), **{"curve-scale": "log"}))
    assert found["live-curves"]["layout"]["yaxis"]["type"] == "log"


def test_mistakes_of_the_test_can_be_made_the_chosen_digit(visit) -> None:
    from cnnlab.ui.training import results

    seen = shown.latest(made_up(CONFIG, tested=True), 0)
    visitor = visit(lambda: results.mistakes(seen))
    right = int((load("test").labels == 3).sum())
    assert f"**{right:,}** of 10,000 right" in words(visitor)
    assert list(charts(visitor)) == ["mistakes-confusion", "per-digit"]
    labels = load("test").labels
    first = int(np.flatnonzero(labels != 3)[0])
    assert f"is {labels[first]}, said 3" in words(visitor)
    visitor.button(key="choose-0").click().run()
    assert visitor.session_state["digit"] == first


def test_mistakes_on_validation_images_cannot_be_chosen(visit) -> None:
    from cnnlab.ui.training import results

    seen = shown.latest(made_up(CONFIG), 0)
    visitor = visit(lambda: results.mistakes(seen))
    assert "kept back" in words(visitor)
    assert not visitor.button


def test_before_and_after_share_a_scale_and_begin_at_the_first_weights(visit) -> None:
    from cnnlab.ui.training import results

    seen = shown.latest(made_up(CONFIG), 0)
    found = charts(visit(lambda: results.filters(seen)))
    before, now = (found[name]["data"][0] for name in ("filters-before", "filters-now"))
    assert (before["zmin"], before["zmax"]) == (now["zmin"], now["zmax"])
    first = initial_weights(FAST, CONFIG.seed)["0.weight"]
    z = floats(before["z"])
    assert sorted(z[np.isfinite(z)]) == pytest.approx(sorted(first.ravel()))


def test_layers_shows_sizes_and_the_maps_of_the_layer_that_is_chosen(visit) -> None:
    from cnnlab.ui.training import results

    seen = shown.latest(made_up(CONFIG), 1)
    visitor = visit(lambda: results.layers(seen), **{"maps-layer": "4"})
    found = charts(visitor)
    assert list(found) == ["sizes", "maps"]
    z = floats(found["maps"]["data"][0]["z"])
    relu = dict(seen.activations)[(3,)][0]
    assert sorted(z[np.isfinite(z)]) == pytest.approx(sorted(relu.ravel()))


def test_similar_tells_how_many_neighbours_are_the_same_digit(
    visit, monkeypatch, theme_light
) -> None:
    from cnnlab.ui.training import results

    monkeypatch.setattr(answers, "GALLERY", 40)
    monkeypatch.setattr(results, "GALLERY", 40)
    seen = shown.untrained(Config(DENSE, seed=12), 3)
    visitor = visit(lambda: results.similar(seen))
    flat = load("test").images[:40].reshape(40, -1).astype(float)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    order = np.argsort(-(flat @ flat[3]), kind="stable")
    same = int((load("test").labels[order[1:13]] == seen.label).sum())
    assert f"of the nearest in pixels, {same}." in words(visitor)
    _, *rows = [element.body for element in visitor.get("html")]
    neighbours = [re.findall("<figcaption>(.+? · .+?)</figcaption>", row) for row in rows]
    assert [len(row) for row in neighbours] == [12, 12]
    assert not any(said.endswith("0.00") for row in neighbours for said in row)  # never itself
    drawn = re.findall('src="data:image/png;base64,(.+?)"', rows[1])  # in pixels
    pictures = [np.asarray(Image.open(BytesIO(base64.b64decode(png)))) for png in drawn]
    wanted = [picture(load("test").images[place], theme_light, 2) for place in order[1:13]]
    assert np.array_equal(pictures, wanted)


def test_the_time_machine_moves_everything_and_keeps_its_place(visit) -> None:
    run = made_up(CONFIG, done=4, active=True)
    visitor = visit(lambda: machine.view(run, 0))
    assert len(charts(visitor)) == 5
    slider = visitor.select_slider[0]
    assert slider.value == 4
    slider.set_value(1).run()
    run.__dict__.update(made_up(CONFIG, done=8, active=True).__dict__)  # the run went on
    visitor.run()
    assert visitor.select_slider[0].value == 1
    found = charts(visitor)
    then = shown.at(run, 1, 0)
    assert found["machine-curves"]["layout"]["shapes"][0]["x0"] == 1
    assert floats(found["machine-bars"]["data"][0]["y"]) == pytest.approx(
        100 * then.probabilities, rel=1e-5
    )
    z = floats(found["machine-kernels"]["data"][0]["z"])
    assert sorted(z[np.isfinite(z)]) == pytest.approx(
        sorted(then.frame.weights["0.weight"].ravel())
    )
    said = answers.of_moment(then).predicted
    counts = found["machine-confusion"]["data"][1]["text"]
    assert sum(map(int, counts)) == (said == load("train").labels[-200:]).sum()


@pytest.mark.parametrize("job", [None, made_up(CONFIG, done=0)])
def test_without_a_past_the_time_machine_stands_still(visit, job) -> None:
    visitor = visit(lambda: machine.view(job, 0))
    assert not visitor.select_slider
    assert len(charts(visitor)) == (5 if job else 0)


def test_a_run_that_goes_on_is_tried_on_many_digits_seldom(visit, monkeypatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(answers, "monotonic", lambda: clock[0])
    seen: list[tuple[int, int]] = []
    now = [shown.at(made_up(CONFIG, active=True), 1, 0)]

    def view() -> None:
        moment = answers.held(now[0])
        seen.append((moment.frame.step, moment.digit))

    visitor = visit(view)
    now[0] = shown.at(made_up(CONFIG, active=True), 4, 9)
    visitor.run()
    clock[0] += answers.HELD
    visitor.run()
    assert seen == [(1, 0), (1, 9), (4, 9)]
    now[0] = shown.at(made_up(CONFIG, active=False), 8, 9)
    visitor.run()
    assert seen[-1] == (8, 9)


def test_a_chart_stays_the_same_element_when_its_numbers_change(visit) -> None:
    from cnnlab.ui.training import live

    moment = [shown.latest(made_up(CONFIG, done=1), 0)]
    visitor = visit(lambda: live.show_kernels(moment[0], "live"))
    first, told_first = visitor.get("plotly_chart")[0].proto, messages(visitor)[0]
    moment[0] = shown.latest(made_up(CONFIG, done=8), 0)
    visitor.run()
    second, told_second = visitor.get("plotly_chart")[0].proto, messages(visitor)[0]
    assert (first.id, first.spec) == (second.id, second.spec)
    assert told_first.json != told_second.json


def test_a_chart_is_a_message_such_as_streamlit_itself_writes(visit) -> None:
    import streamlit as st

    from cnnlab.figures.base import CONFIG as SETTINGS
    from cnnlab.ui.chart import chart

    figure = {"data": [{"type": "bar", "x": [1], "y": [2]}], "layout": {"height": 210}}

    def view() -> None:
        chart(figure, "own", "a bar")
        st.plotly_chart(figure, theme=None, config=SETTINGS, alt="a bar", height=210, key="theirs")

    own, theirs = (element.proto for element in visit(view).get("plotly_chart"))
    assert {field.name for field, _ in own.ListFields()} == {
        field.name for field, _ in theirs.ListFields()
    }
    assert own.config == theirs.config


def test_the_key_of_the_curves_stands_above_them_at_every_moment(visit) -> None:
    from cnnlab.ui.training import live

    said = []
    for seen in (shown.untrained(CONFIG, 0), shown.latest(made_up(CONFIG, tested=True), 0)):
        visitor = visit(lambda seen=seen: live.view(seen, False, "look"))
        (found,) = [element.body for element in visitor.get("html")]
        assert found.startswith('<div class="curves-key">')
        said.append(found.count("<span"))
    assert said == [0, 5]  # with the learning rate that was changed
