"""The check and the pages of the tabs that close the convolution lesson."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab import engine
from cnnlab.engine import WORKED_EXAMPLES
from cnnlab.message import InvalidInput
from cnnlab.ui import compared
from cnnlab.ui.code import source_of
from cnnlab.ui.convolution import closing
from cnnlab.ui.convolution.setting import Setting


def example(number: int) -> Setting:
    """A worked example as it opens."""
    one = WORKED_EXAMPLES[number]
    pairs = ((one.stride,) * 2, (one.padding,) * 2, (1, 1))
    return Setting(one.name, one.x[0], one.weight, one.bias, *pairs, 1, False)


def random_setting(**changed) -> Setting:
    """Fractions, uneven in every option, groups and no bias."""
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((4, 11, 9)), rng.standard_normal((6, 2, 3, 2))
    plain = Setting("own", x, weight, None, (2, 1), (0, 3), (1, 2), 2, True)
    return replace(plain, **changed)


CHECKED = {
    "one channel": example(0),
    "three channels": example(1),
    "uneven": random_setting(),
    "biased": random_setting(bias=np.arange(6.0)),
}


@pytest.mark.parametrize("asked", CHECKED.values(), ids=CHECKED)
def test_the_engine_agrees_with_pytorch(asked: Setting) -> None:
    checks = closing.checks(asked)
    assert [check.name for check in checks] == ["y", "dx", "dweight", "dbias"][: len(checks)]
    assert len(checks) == (3 if asked.bias is None else 4)
    assert [check.engine.shape for check in checks][:3] == [
        (1, *asked.y.shape),
        (1, *asked.x.shape),
        asked.weight.shape,
    ]
    assert all(check.agrees for check in checks)


def test_the_verdict_is_that_of_the_numbers() -> None:
    exact = closing.checks(example(0))[:1]
    assert str(compared.verdict(exact)) == "All 9 numbers are the same to the last bit."
    rounded = [replace(exact[0], largest_absolute=1e-9)]
    assert str(compared.verdict(rounded)).startswith(
        "All 9 numbers agree; what is left is rounding"
    )
    wrong = [*exact, replace(exact[0], agrees=False)]
    assert "more than rounding" in str(compared.verdict(wrong))


def test_an_engine_that_is_wrong_is_told_so(monkeypatch) -> None:
    right = engine.conv2d
    monkeypatch.setattr(engine, "conv2d", lambda *a, **k: right(*a, **k) + 0.01)
    checks = closing.checks(random_setting())
    assert not checks[0].agrees
    assert "please report" in str(compared.verdict(checks))


def test_an_impossible_setting_is_refused_in_a_sentence() -> None:
    impossible = replace(example(0), x=np.ones((1, 2, 2), np.float32))
    with pytest.raises(InvalidInput, match="is larger than the input of 2×2"):
        closing.checks(impossible)


# ---- on the page


def page(tab: str, padding: int) -> None:
    """One tab alone, on the first worked example, inside the frame."""
    from functools import partial

    from cnnlab.engine import WORKED_EXAMPLES
    from cnnlab.ui import lesson
    from cnnlab.ui.convolution import closing
    from cnnlab.ui.convolution.setting import Setting

    example = WORKED_EXAMPLES[0]
    pairs = ((1, 1), (padding, padding), (1, 1))
    shown = Setting(example.name, example.x[0], example.weight, example.bias, *pairs, 1, False)
    lesson.closing(**{tab: partial(getattr(closing, tab), shown)})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_check_is_a_small_table_and_a_sentence(lang: str) -> None:
    app = AppTest.from_function(page, args=("check", 0), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    table, sentence = (element.value for element in app.markdown)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")]
    assert [len(row) for row in rows] == [5] * 6
    if lang == "en":
        assert rows[2] == ["Output Y", "1×3×3", "0", rows[2][3], "yes"]
        assert [row[1] for row in rows[3:]] == ["1×5×5", "1×1×3×3", "1"]
        assert sentence.startswith("All 44 numbers agree")
    else:
        assert rows[2][0] == "输出 Y"
        assert "舍入" in sentence


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_code_stands_beside_its_equivalent(lang: str) -> None:
    app = AppTest.from_function(page, args=("code", 0), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    assert not app.exception
    shown = [element.value for element in app.code]
    asked = example(0)
    assert shown == [
        source_of(*closing.FORWARD),
        closing.pytorch(asked),
        source_of(*closing.BACKWARD),
        closing.pytorch(asked, backward=True),
    ]
    assert all(element.language == "python" for element in app.code)
    assert "SciPy" in app.caption[0].value
    assert app.expander[0].label in ("Backward", "反向传播")


@pytest.mark.parametrize("tab", ["predict", "check", "code"])
def test_a_tab_never_shows_a_traceback(tab: str) -> None:
    app = AppTest.from_function(page, args=(tab, -1), default_timeout=60).run()
    assert not app.exception
    assert len(app.info) == (tab == "check")
