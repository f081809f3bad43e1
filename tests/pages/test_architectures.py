"""The lesson on architectures as a class uses it: networks, variants, inputs, views, closing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.engine.famous import FAMOUS
from cnnlab.lessons import LANGUAGES
from cnnlab.ui import menu
from cnnlab.ui.architectures.controls import BATCHES, openings, others
from cnnlab.ui.architectures.picture import about
from cnnlab.ui.architectures.setting import setting
from cnnlab.ui.controls import WHOLES

VIEWS, CLOSING = 5, 4  # tabs above the stage and below it


@pytest.fixture(scope="module")
def page(visit):
    """The lesson on architectures, opened by a link."""

    def opened(**query: str):
        return visit("architectures", **query)

    return opened


def texts(visitor) -> str:
    return "\n".join(text.value for text in visitor.markdown)


def rule_of(visitor) -> str:
    return next(
        text.value for text in visitor.markdown if "**activations kept for training**" in text.value
    )


def go(visitor, slug: str) -> None:
    """To another page by the menu: the browser drops what the address says of this one."""
    visitor.query_params.clear()
    visitor.switch_page(str(menu.page(slug).path)).run()


# ---- how it opens


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_with_lenet5(page, said, lang) -> None:
    visitor = page(lang=lang)
    assert said(visitor) == []
    assert visitor.title[0].value == {"en": "Architectures", "zh": "经典架构"}[lang]
    assert "61,706" in texts(visitor)
    assert "416,520" in texts(visitor)
    assert set(visitor.query_params) <= {"lang"}, "a link holds only what is not the default"
    assert len(visitor.get("plotly_chart")) == 1


def test_the_rule_of_the_opening(page) -> None:
    assert rule_of(page()) == (
        "**LeNet-5** on 1×32×32 · **layers** 5 (7 with pooling) · **parameters** 61,706, 247 kB · "
        "**multiply–adds** 416,520 an image · **activations kept for training** 36.4 kB for a "
        "batch of 1"
    )


@pytest.mark.parametrize("slug", FAMOUS)
def test_every_network_opens_at_its_own_input(page, said, slug) -> None:
    by_link, by_hand = page(network=slug), page(network="vgg16")
    by_hand.selectbox(key="network").set_value(slug).run()
    own = openings(slug, next(iter(FAMOUS[slug].variants)))
    for visitor in (by_link, by_hand):
        assert said(visitor) == []
        assert visitor.number_input(key="side").value == own["side"]
        assert visitor.slider(key="channels").value == own["channels"]
        assert visitor.number_input(key="classes").value == own["classes"]
        assert set(visitor.query_params) <= {"network"}
        assert f"**{FAMOUS[slug].name}** on" in rule_of(visitor)


def test_a_variant_brings_its_input(page, said) -> None:
    visitor = page(network="alexnet")
    assert "60,965,224" in rule_of(visitor)
    visitor.selectbox(key="variant").set_value("torchvision").run()
    assert visitor.number_input(key="side").value == 224
    assert "61,100,840" in rule_of(visitor)
    visitor.selectbox(key="network").set_value("vgg16").run()
    assert visitor.selectbox(key="variant").disabled
    assert "138,357,544" in rule_of(visitor)
    assert said(visitor) == []


# ---- other inputs


def test_another_input_changes_work_and_not_convolutions(page) -> None:
    visitor = page(network="resnet18")
    assert "**parameters** 11,689,512" in rule_of(visitor)
    assert "1,814,073,344" in rule_of(visitor)
    visitor.number_input(key="side").set_value(448).run()
    assert "**parameters** 11,689,512" in rule_of(visitor)
    assert f"{4 * (1_814_073_344 - 512_000) + 512_000:,}" in rule_of(visitor)


def test_classes_channels_and_batch(page) -> None:
    visitor = page(classes="7", batch="32")
    assert f"{61_706 - 3 * 85:,}" in rule_of(visitor)
    assert "1.17 MB for a batch of 32" in rule_of(page(batch="32"))
    visitor.slider(key="channels").set_value(3).run()
    assert f"{61_706 - 3 * 85 + 2 * 6 * 25:,}" in rule_of(visitor)


def test_an_input_that_does_not_fit_says_where_and_why(page, said) -> None:
    visitor = page(network="lenet5", side="40")
    visitor.number_input(key="side").set_value(8).run()
    (sentence,) = said(visitor)
    assert sentence.startswith("Layer 4 (Conv)")
    assert sentence.endswith("Shown: the last setting that worked.")
    assert "on 1×40×40" in rule_of(visitor)
    visitor.number_input(key="side").set_value(32).run()
    assert said(visitor) == []


@pytest.mark.parametrize(
    ("query", "ending", "rule"),
    [
        ({"network": "vgg16", "side": "5"}, "Shown: VGG-16 on 224×224.", "138,357,544"),
        ({"network": "alexnet", "side": "50"}, "Shown: AlexNet on 227×227.", "60,965,224"),
        (
            {"network": "alexnet", "variant": "torchvision", "side": "9"},
            "Shown: AlexNet on 224×224.",
            "61,100,840",
        ),
    ],
)
def test_a_link_that_does_not_fit_shows_its_network_on_its_own_input(
    page, said, query, ending, rule
) -> None:
    visitor = page(**query)
    (sentence,) = said(visitor)
    assert sentence.endswith(ending)
    assert rule in rule_of(visitor)


@pytest.mark.parametrize(
    "query",
    [
        {"network": "fast"},
        {"network": "lenet5'--"},
        {"variant": "none"},
        {"side": "1e9"},
        {"side": "-3"},
        {"classes": "0"},
        {"classes": "x"},
        {"batch": "7"},
        {"second": "alexnet-"},
        {"second": "<b>"},
        {"view": "nothing"},
        {"table-lines": "x"},
    ],
)
def test_what_cannot_be_read_is_ignored(page, said, query) -> None:
    visitor = page(**query)
    assert said(visitor) == []
    assert rule_of(visitor).startswith("**LeNet-5** on 1×32×32")


# ---- coming and going


def test_networks_of_the_training_lesson_are_its_own(said, visit) -> None:
    visitor = visit("training")
    visitor.selectbox(key="network").set_value("tanhnet").run()
    go(visitor, "architectures")
    assert said(visitor) == []
    assert rule_of(visitor).startswith("**LeNet-5**")
    visitor.selectbox(key="network").set_value("vgg16").run()
    visitor.number_input(key="side").set_value(96).run()
    go(visitor, "training")
    assert not visitor.exception
    assert visitor.selectbox(key="network").value == "tanhnet", "as it was left there"
    go(visitor, "architectures")
    assert rule_of(visitor).startswith("**VGG-16** on 3×96×96"), "found as it was left"


def test_the_side_is_a_slider_elsewhere_and_a_field_here(said, visit) -> None:
    visitor = visit("receptive-field", side="21")
    go(visitor, "architectures")
    assert rule_of(visitor).startswith("**LeNet-5** on 1×32×32")
    visitor.number_input(key="side").set_value(40).run()
    assert rule_of(visitor).startswith("**LeNet-5** on 1×40×40")
    assert visitor.query_params["side"] in ("40", ["40"])
    go(visitor, "receptive-field")
    assert not visitor.exception
    assert visitor.slider(key="side").value == 21, "as it was left there"
    go(visitor, "architectures")
    assert visitor.number_input(key="side").value == 40
    assert said(visitor) == []


# ---- the views


def test_two_beside_each_other(page, said) -> None:
    visitor = page(view="compare", second="resnet50-v1")
    assert said(visitor) == []
    assert "3,857,973,248 (3.86 G)" in texts(visitor)
    visitor.selectbox(key="second").set_value("vgg16").run()
    assert "| 61,706 (61.7 k) | 138,357,544 (138 M) | 1 : 2,242 |" in texts(visitor)
    assert len(visitor.get("plotly_chart")) == 2


@pytest.mark.parametrize(("network", "beside"), [("alexnet", "vgg16"), ("vgg16", "alexnet")])
def test_a_network_opens_beside_another(page, network, beside) -> None:
    visitor = page(view="compare", network=network)
    assert visitor.selectbox(key="second").value == beside
    visitor = page(view="compare", network="alexnet", second="alexnet")
    assert visitor.selectbox(key="second").value == "alexnet", "as the link says"
    visitor.selectbox(key="second").set_value("resnet18").run()
    visitor.selectbox(key="network").set_value("resnet18").run()
    visitor.selectbox(key="second").set_value("resnet50").run()
    visitor.selectbox(key="network").set_value("resnet34").run()
    assert visitor.selectbox(key="second").value == "resnet50", "as the class has set it"
    visitor.selectbox(key="second").set_value("alexnet").run()
    visitor.selectbox(key="network").set_value("alexnet").run()
    assert visitor.selectbox(key="second").value == "vgg16"


def test_where_parameters_and_work_are(page) -> None:
    shown = texts(page(view="shares", network="vgg16"))
    assert "the first dense layer (25,088 → 4,096), holds **74 %** of the parameters" in shown
    shown = texts(page(view="shares", network="resnet18"))
    assert "its 3 largest layers, each a 3×3 convolution (512 → 512 channels), hold" in shown


def test_224_or_227(page) -> None:
    shown = texts(page(view="alexnet"))
    assert "| 224×224 | 2 + 2 | 55.25 | **55** | 27 → 13 → 6 | 9,216 |" in shown, "p = 4"
    assert "| 224×224 | 0 | 54.25 | **54** | 26 → 12 → 5 | 6,400 |" in shown
    assert "| 227×227 | 0 | 55 | **55** | 27 → 13 → 6 | 9,216 |" in shown
    assert "kept for training" not in shown, "the set network is not what is shown"


# ---- what closes it


def test_the_table(page) -> None:
    visitor = page(about="table", network="resnet152")
    assert "Residual block + ReLU **×35**" in texts(visitor)
    assert "| **60,192,808** | **11,513,626,624** |" in texts(visitor)
    visitor.session_state["table-lines"] = "every"
    visitor.run()
    assert "ReLU **×" not in texts(visitor)
    assert "5.1.1" not in texts(page(about="table"))
    assert "· Convolution | 64×56×56 | 3 | 1 | 1 | 36,864 |" in texts(visitor)
    assert "| **60,192,808** | **11,513,626,624** |" in texts(visitor)


def test_why_the_original_lenet5_has_60000(page) -> None:
    shown = texts(page(about="table"))
    assert "learns **60,000** parameters" in shown
    assert "use **61,706**" in shown
    assert "| C3 | 1,516 | 2,416 |" in shown
    assert "60,000" not in texts(page(about="table", network="booknet"))
    assert "60,000" not in texts(page(about="table", classes="7")), "no longer the remake's sums"


def test_words_about_the_published_network_say_so() -> None:
    published = about(setting("vgg16", batch=8))
    assert published[0].startswith("Windows of 3×3")
    for other in (setting("vgg16", side=64), setting("vgg16", classes=10)):
        first, *rest = about(other)
        assert first == (
            "What follows is told of the network as published, 3×224×224 in and 1,000 out."
        )
        assert rest == published


def test_the_check_agrees(page, said) -> None:
    visitor = page(about="check", network="resnet18")
    assert said(visitor) == []
    assert "the same to the last bit" in texts(visitor)


def test_the_code_is_the_network(page) -> None:
    visitor = page(about="code", network="alexnet")
    ours, theirs = (block.value for block in visitor.code)
    assert "Conv(96, 11, stride=4)" in ours
    assert "The layers as data" in texts(visitor)
    assert "The code that ran" not in texts(visitor)
    assert "def _convolved(" in ours
    assert "nn.Conv2d(3, 96, 11, stride=4)" in theirs


# ---- any link


def links():
    """Any setting, most of them possible, as the parameters of a link."""
    every = {which for famous in FAMOUS.values() for which in famous.variants}
    keys = {
        "network": st.sampled_from(list(FAMOUS)),
        "variant": st.sampled_from(sorted(every)),
        "side": st.integers(WHOLES["side"].least, WHOLES["side"].most).map(str),
        "classes": st.integers(2, 1000).map(str),
        "channels": st.integers(1, 4).map(str),
        "batch": st.sampled_from(list(BATCHES)),
        "second": st.sampled_from(list(others())),
        "lang": st.sampled_from(list(LANGUAGES)),
        "table-lines": st.sampled_from(["folded", "every"]),
    }
    return st.fixed_dictionaries({}, optional=keys)


@settings(deadline=None, max_examples=6)
@given(link=links(), turned=st.integers(0, CLOSING - 1))
def test_every_view_stands_in_any_setting(page, said, open_tab, link, turned) -> None:
    visitor = page(**link)
    for view in range(VIEWS):
        open_tab(visitor, "view", view)
        open_tab(visitor, "about", (view + turned) % CLOSING).run()
        assert len(said(visitor)) <= 1, "of the setting, and of nothing else"
