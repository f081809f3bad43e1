"""Controls: one range for each key, the URL read carefully, choices written as slugs."""

import pytest

from cnnlab.ui.controls import CHOICES, LONGEST, SWITCHES, TEXTS, WHOLES, Whole


def all_kinds() -> None:
    import streamlit as st

    from cnnlab.ui import controls

    st.write(
        repr(
            (
                controls.slider("stride"),
                controls.number("seed"),
                controls.select("input", {"example": "Example", "digit": "Digit"}),
                controls.toggle("bias"),
                controls.text("weights"),
            )
        )
    )


def examples() -> None:
    import streamlit as st

    from cnnlab.ui import controls

    chosen = controls.select("input", {"narrow": "Narrow", "wide": "Wide"})
    stride = 2 if chosen == "wide" else 1
    controls.defaults("here", stride=stride)
    st.write(str(controls.slider("stride", default=stride)))


@pytest.mark.parametrize("spec", WHOLES.values(), ids=WHOLES)
def test_every_default_is_allowed(spec: Whole) -> None:
    assert spec.snap(spec.default) == spec.default


def test_no_key_is_two_things() -> None:
    keys = [*WHOLES, *CHOICES, *SWITCHES, *TEXTS]
    assert len(keys) == len(set(keys))


def test_a_value_between_two_steps_goes_to_one() -> None:
    odd = Whole(None, 1, 7, 3, step=2)
    assert [odd.snap(value) for value in (-5, 0, 1, 2, 3, 4, 7, 8, 99)] == [
        1, 1, 1, 1, 3, 3, 7, 7, 7,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "held", ["", "1e999", "٣", "-1", "2.0", "9" * 400, "10000", None, True, 2.0]
)
def test_a_number_field_reads_only_whole_numbers_of_its_range(held: object) -> None:
    assert WHOLES["seed"].read(held) is None


def test_a_link_sets_every_kind(show) -> None:
    page = show(all_kinds, stride="3", seed="42", input="digit", bias="true", weights="1 2")
    assert page.markdown[0].value == "(3, 42, 'digit', True, '1 2')"


def switch_on_at_first() -> None:
    import streamlit as st

    from cnnlab.ui import choice, controls

    with choice.drawing(st.checkbox("drawn", value=True)):
        st.write(str(controls.toggle("reads", default=True)))


def test_a_switch_that_was_put_off_is_off_behind_its_link(show) -> None:
    visitor = show(switch_on_at_first)
    visitor.toggle[0].set_value(False).run()
    visitor.checkbox[0].set_value(False).run()  # undrawn: from the next run on
    visitor.run()  # the link is ours to write
    assert visitor.query_params["reads"] == "false"
    assert visitor.markdown[0].value == "False"
    assert show(switch_on_at_first, reads="false").markdown[0].value == "False"
    assert show(switch_on_at_first).markdown[0].value == "True"


def test_a_garbled_link_is_as_good_as_none(show) -> None:
    page = show(all_kinds, stride="99", seed="1e999", input="<b>", bias="maybe", weights="")
    assert page.markdown[0].value == "(1, 0, 'example', False, '')"
    assert not page.exception


def test_a_text_has_an_end(show) -> None:
    page = show(all_kinds, weights="7" * 100_000)
    assert len(page.markdown[0].value) < LONGEST + 1000


def test_a_label_is_never_what_a_link_says(show) -> None:
    assert "'example'" in show(all_kinds, input="Digit").markdown[0].value


def test_a_choice_goes_into_the_url_as_its_slug_and_leaves_it_as_the_default(show) -> None:
    page = show(all_kinds)
    assert "input" not in page.query_params
    page.selectbox[0].set_value("digit").run()
    assert page.query_params["input"] == "digit"
    page.selectbox[0].set_value("example").run()
    assert "input" not in page.query_params


def test_what_comes_with_an_example_is_set_with_it(show) -> None:
    page = show(examples)
    assert page.markdown[0].value == "1"
    page.selectbox[0].set_value("wide").run()
    assert page.markdown[0].value == "2"
    page.slider[0].set_value(4).run()
    assert page.markdown[0].value == "4"


def test_a_link_may_move_away_from_what_comes_with_an_example(show) -> None:
    assert show(examples, input="wide").markdown[0].value == "2"
    assert show(examples, input="wide", stride="1").markdown[0].value == "1"


def walk() -> None:
    import streamlit as st

    from cnnlab.ui import choice, controls

    page = st.radio("page", ["one", "two"])
    controls.visit(page)
    opening = {"kernel": 3 if page == "one" else 2}
    controls.defaults(page, **opening)
    controls.slider("kernel", default=opening["kernel"])
    choice.segments("view", "view", {"first": "First", "second": "Second"})
    controls.select("input", {"random": "Random", "digit": "Digit"})
    controls.text("edits")


def test_changed_cells_stay_with_the_page_and_the_input_that_they_were_changed_in(show) -> None:
    visitor = show(walk)
    visitor.selectbox[0].set_value("digit").run()
    visitor.text_input[0].set_value("1,1,1=5").run()
    visitor.query_params.clear()  # as the menu does
    visitor.radio[0].set_value("two").run()
    assert (visitor.selectbox[0].value, visitor.text_input[0].value) == ("random", "")
    visitor.radio[0].set_value("one").run()
    assert (visitor.selectbox[0].value, visitor.text_input[0].value) == ("digit", "1,1,1=5")


def test_a_page_opens_with_its_own_settings_whatever_another_page_had(show) -> None:
    visitor = show(walk)
    visitor.slider[0].set_value(7).run()
    visitor.radio[0].set_value("two").run()
    assert visitor.slider[0].value == 2


def test_coming_back_finds_the_settings_as_they_were_left(show) -> None:
    visitor = show(walk)
    visitor.slider[0].set_value(7).run()
    visitor.radio[0].set_value("two").run()
    visitor.slider[0].set_value(5).run()
    visitor.radio[0].set_value("one").run()
    assert visitor.slider[0].value == 7
    visitor.radio[0].set_value("two").run()
    assert visitor.slider[0].value == 5


def test_a_link_says_where_its_own_page_opens_and_no_other(show) -> None:
    visitor = show(walk, kernel="6", view="second")
    assert visitor.slider[0].value == 6
    assert visitor.session_state["view"] == "second"
    visitor.query_params.clear()
    visitor.radio[0].set_value("two").run()
    assert visitor.slider[0].value == 2
    assert visitor.session_state["view"] == "first"
