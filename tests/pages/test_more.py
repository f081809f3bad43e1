"""What stands under "More" is made only while that is open, and counts all the same."""

from cnnlab.ui.lesson import MORE


def close(visitor):
    visitor.session_state[MORE] = False
    return visitor.run()


def test_closed_it_makes_no_widget(lesson) -> None:
    visitor = lesson(input="random", preset="random")
    before = len(visitor.main)
    drawn = {key.key for kind in ("slider", "toggle", "text_input") for key in visitor.get(kind)}
    assert {"dilation", "groups", "flip", "weights", "size"} & drawn == {
        "dilation", "groups", "flip", "size",
    }  # fmt: skip
    close(visitor)
    assert [slider.key for slider in visitor.slider] == ["kernel", "stride", "padding"]
    assert not visitor.toggle
    assert not visitor.text_input
    assert len(visitor.main) == before


def test_closed_it_counts_as_the_link_says(lesson, on_stage, said, same) -> None:
    link = {"input": "random", "size": "9", "dilation": "2", "channels": "2", "flip": "true"}
    visitor = lesson(**link)
    opened = on_stage(visitor)
    assert said(close(visitor)) == []
    assert same(on_stage(visitor), opened)
    assert opened.grid("input").shape == (2, 9, 9)
    visitor.slider(key="stride").set_value(2).run()
    assert on_stage(visitor).grid("input").shape == (2, 9, 9)
    assert {key: visitor.query_params[key] for key in link} == link


def test_what_was_set_stays_set_when_it_is_closed_and_opened(lesson, on_stage) -> None:
    visitor = lesson(input="random")
    visitor.slider(key="size").set_value(11).run()
    visitor.toggle(key="bias").set_value(True).run()
    close(visitor)
    assert on_stage(visitor).grid("input").shape == (1, 11, 11)
    assert on_stage(visitor).grid("bias")
    visitor.session_state[MORE] = True
    visitor.run()
    assert visitor.slider(key="size").value == 11
    assert visitor.toggle(key="bias").value is True


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
    close(visitor)
    assert on_stage(visitor).grid("input").shape == (1, 5, 7)
    assert (on_stage(visitor).grid("input").values == 99).all()
