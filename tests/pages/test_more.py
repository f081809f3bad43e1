"""What stands under "More" is made only while that is open, and counts all the same."""

from cnnlab.ui.lesson import MORE


def opened(visitor, is_open: bool = True):
    visitor.session_state[MORE] = is_open
    return visitor.run()


def test_until_it_is_opened_it_makes_no_widget(lesson) -> None:
    visitor = lesson(more=False, input="random", preset="random")
    assert [slider.key for slider in visitor.slider] == ["kernel", "stride", "padding"]
    assert not visitor.toggle
    assert not visitor.text_input
    drawn = {
        one.key for kind in ("slider", "toggle", "text_input") for one in opened(visitor).get(kind)
    }
    assert {"dilation", "groups", "flip", "size", "edits"} <= drawn
    assert "weights" not in drawn, "it belongs to weights of one's own"


def test_unopened_it_counts_as_the_link_says_and_stays_in_the_link(lesson, on_stage, said) -> None:
    link = {"input": "random", "size": "9", "dilation": "2", "channels": "2", "flip": "true"}
    visitor = lesson(more=False, **link)
    assert said(visitor) == []
    assert on_stage(visitor).grid("input").shape == (2, 9, 9)
    visitor.slider(key="stride").set_value(2).run()
    assert on_stage(visitor).grid("input").shape == (2, 9, 9)
    assert {key: visitor.query_params[key] for key in link} == link


def test_what_was_set_stays_set_when_it_is_closed(lesson, on_stage) -> None:
    visitor = lesson(input="random")
    visitor.slider(key="size").set_value(11).run()
    visitor.toggle(key="bias").set_value(True).run()
    opened(visitor, False)
    visitor.slider(key="stride").set_value(2).run()
    assert on_stage(visitor).grid("input").shape == (1, 11, 11)
    assert on_stage(visitor).grid("bias")
    assert opened(visitor).slider(key="size").value == 11


def test_what_does_not_belong_keeps_its_value(lesson) -> None:
    visitor = lesson(input="random")
    visitor.slider(key="size").set_value(11).run()
    visitor.selectbox(key="input").set_value("digit").run()
    assert "size" not in {slider.key for slider in visitor.slider}
    visitor.selectbox(key="input").set_value("random").run()
    assert visitor.slider(key="size").value == 11


def test_an_upload_is_still_there_when_another_input_was_looked_at(lesson, on_stage) -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (7, 5), 99).save(file, "PNG")
    visitor = lesson(input="upload")
    visitor.file_uploader(key="upload").set_value(("grey.png", file.getvalue(), "image/png")).run()
    assert on_stage(visitor).grid("input").shape == (1, 5, 7)
    visitor.selectbox(key="input").set_value("digit").run()
    visitor.selectbox(key="input").set_value("upload").run()
    opened(visitor, False)
    assert on_stage(visitor).grid("input").shape == (1, 5, 7)
    assert (on_stage(visitor).grid("input").values == 99).all()
