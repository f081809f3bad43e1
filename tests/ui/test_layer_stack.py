"""The editor of a stack of layers: choose, set, move, remove, add; all of it in the link's text."""

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.engine.architecture import trace
from cnnlab.engine.layer_text import read
from cnnlab.engine.networks import BOOKNET, RESNET
from cnnlab.ui import layer_stack
from cnnlab.ui.layer_stack import table

START = "conv 8 3, relu, pool 2, dropout 0.5, flatten, dense 10"


def page() -> None:
    import streamlit as st

    from cnnlab.engine.layer_text import read
    from cnnlab.ui import controls, layer_stack

    text = controls.text("layers", default="conv 8 3, relu, pool 2, dropout 0.5, flatten, dense 10")
    layer_stack.edit(read(text))
    st.write(text)


@pytest.fixture
def editor(show) -> AppTest:
    return show(page)


def said(visitor: AppTest) -> str:
    assert not visitor.exception
    return visitor.markdown[-1].value


def press(visitor: AppTest, key: str) -> AppTest:
    return visitor.button(key).click().run()


def test_a_number_of_the_chosen_layer(editor) -> None:
    editor.number_input("layer-filters").set_value(12).run()
    editor.number_input("layer-padding").set_value(1).run()
    assert said(editor) == START.replace("conv 8 3", "conv 12 3 p1")


def test_another_layer_is_chosen(editor) -> None:
    editor.button_group("layer_chosen").set_value(2).run()
    editor.number_input("layer-kernel_size").set_value(3).run()
    assert said(editor) == START.replace("pool 2", "pool 3")
    editor.button_group("layer_chosen").set_value(3).run()
    editor.number_input("layer-p").set_value(25).run()
    assert said(editor) == START.replace("pool 2", "pool 3").replace("0.5", "0.25")


def test_layers_are_moved_and_removed(editor) -> None:
    assert editor.button("layer-earlier").disabled
    press(editor, "layer-later")
    assert said(editor).startswith("relu, conv 8 3, pool 2")
    press(editor, "layer-later")
    assert said(editor).startswith("relu, pool 2, conv 8 3, dropout")
    press(editor, "layer-remove")
    assert said(editor).startswith("relu, pool 2, dropout 0.5")


def test_a_layer_is_added_after_the_chosen_one(editor) -> None:
    editor.selectbox("layer-add").set_value("bn").run()
    assert said(editor).startswith("conv 8 3, bn, relu")
    editor.selectbox("layer-add").set_value("tanh").run()
    assert said(editor).startswith("conv 8 3, bn, tanh, relu")


def test_a_new_convolution_is_like_its_neighbour(editor) -> None:
    editor.selectbox("layer-add").set_value("conv").run()
    assert said(editor).startswith("conv 8 3, conv 8 3, relu")


def test_a_page_names_layers_and_hides_settings(show) -> None:
    def other() -> None:
        from cnnlab.engine.layer_text import read
        from cnnlab.ui import layer_stack

        layer_stack.edit(read("conv 8 3, relu"), named=lambda _: "any", hidden={"filters"})

    editor = show(other)
    assert editor.button_group("layer_chosen").options == ["1 any", "2 any"]
    keys = [number.key for number in editor.number_input]
    assert "layer-filters" not in keys
    assert "layer-kernel_size" in keys


def test_all_can_be_removed_and_one_added_again(editor) -> None:
    for _ in read(START):
        press(editor, "layer-remove")
    assert said(editor) == ""
    editor.selectbox("layer-add").set_value("flatten").run()
    assert said(editor) == "flatten"


def test_the_table_sums_up() -> None:
    lines = table(trace(BOOKNET)).splitlines()
    assert lines[-1] == "| **Together** |  | **433,890** | **864,000** |".replace(
        "864,000", f"{sum(row.multiply_adds for row in trace(BOOKNET)):,}"
    )
    assert "780" in lines[2]
    assert len(table(trace(RESNET)).splitlines()) == 3 + len(trace(RESNET))


def test_what_moves_a_layer_stands_together(editor) -> None:
    (row,) = [block for block in blocks(editor.main) if block.proto.id.endswith("layer-moves")]
    assert [button.key for button in row.button] == ["layer-earlier", "layer-later", "layer-remove"]


def blocks(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            yield child
            yield from blocks(child)


def test_layers_in_words(monkeypatch) -> None:
    monkeypatch.setattr(layer_stack, "t", lambda text, **fields: str(text).format(**fields))
    told = [layer_stack.words(layer) for layer in read("conv 16 5x3 nobias, pool 2, relu, dense 9")]
    assert told == ["Convolution, 16 of 5×3", "Max pooling 2×2", "ReLU", "Dense"]
