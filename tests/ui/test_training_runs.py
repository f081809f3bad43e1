"""Saving, loading and finding runs again: whose they are, hostile files and cookies, the list."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.engine.architecture import Architecture
from cnnlab.engine.forward import weight_shapes
from cnnlab.engine.layers import Dense, Flatten
from cnnlab.message import InvalidInput
from cnnlab.nets.weights import pack
from cnnlab.training import config_json, jobs
from cnnlab.training.config import Config
from cnnlab.training.events import Batch, Evaluated, Frame
from cnnlab.training.folder import Summary
from cnnlab.training.history import History
from cnnlab.training.record import Record, digest
from cnnlab.training.registry import Jobs
from cnnlab.training.runs import Runs
from cnnlab.training.table import csv
from cnnlab.ui.training import owner, runs

CONFIG = Config(
    network=Architecture("tiny", (1, 28, 28), (Flatten(), Dense(10))), images=100, validation=20
)
MINE = "m" * 43


def weights(value: float = 0.5) -> dict[str, np.ndarray]:
    shapes = weight_shapes(CONFIG.network)
    return {name: np.full(shape, value, np.float32) for name, shape in shapes.items()}


@pytest.fixture
def registry(monkeypatch, tmp_path) -> Jobs:
    found = Jobs(lambda *_: iter(()), 0, runs=Runs(tmp_path / "runs"))
    monkeypatch.setattr(jobs, "_JOBS", found)
    return found


@pytest.fixture
def kept(registry) -> Record:
    """A finished run on disk, of this browser."""
    record = Record("k" * 22, CONFIG, digest(MINE), started=1_700_000_000.0)
    record.note(Frame(0, weights(), {}, {}))
    record.note(Batch(1, 2.25, 0.125, 0.02))
    predicted, sure = np.zeros(10_000, np.uint8), np.ones(10_000, np.float32)
    record.note(Evaluated(1, "test", 1.5, 0.9876, predicted, sure))
    assert registry._runs.save(record, "finished") is None
    return record


def page() -> None:
    import streamlit as st

    from cnnlab.ui import link
    from cnnlab.ui.training import run, runs

    link.restore()
    st.session_state["_lesson"] = "training"
    runs.panel(run.shown())


def visit(mine: str = MINE, **query: str) -> AppTest:
    visitor = AppTest.from_function(page, default_timeout=60)
    visitor.session_state["_owner"] = mine
    for key, value in query.items():
        visitor.query_params[key] = value
    return visitor.run()


def words(visitor: AppTest) -> str:
    return "\n".join(element.value for element in [*visitor.markdown, *visitor.caption])


@pytest.mark.usefixtures("kept")
def test_the_browsers_own_runs_are_listed() -> None:
    visitor = visit()
    assert "**tiny** · 98.76 % on test · 1 / 1 steps · done · 2023-11-14 22:13" in words(visitor)
    assert "98.76" not in words(visit("n" * 43))
    assert "No run has been kept" in words(visit("n" * 43))


def test_a_run_can_be_opened_and_deleted(registry, kept) -> None:
    visitor = visit()
    visitor.button(key=f"open-{kept.id}").click().run()
    assert visitor.query_params["run"] == kept.id
    assert visitor.button(key=f"open-{kept.id}").disabled
    visitor.button(key=f"delete-{kept.id}").click().run()
    assert "run" not in visitor.query_params
    assert registry.find(kept.id) is None
    assert not visitor.exception


def test_a_run_that_waits_cannot_be_deleted(registry) -> None:
    job = registry.find(registry.start(CONFIG, MINE))
    registry._runs.save(job.record, "queued")
    visitor = visit()
    assert visitor.button(key=f"delete-{job.id}").disabled
    assert "waiting" in words(visitor)


def test_damaged_folders_are_told_of(registry, kept) -> None:
    said = "A run of this browser is damaged and was left out."
    path = registry._runs.at / kept.id / "run.json"
    path.write_text(path.read_text().replace('"finished"', '"odd"'))
    assert said in words(visit())
    assert kept.id not in words(visit())
    assert said not in words(visit("n" * 43))
    path.write_text("{")
    assert said not in words(visit())


@pytest.mark.usefixtures("registry")
def test_saved_weights_can_be_loaded_again() -> None:
    made = pack(config_json.dumps(CONFIG), weights())
    job = jobs.find(runs.adopted(made, MINE))
    assert (job.state, job.config) == ("loaded", CONFIG)
    again = jobs.find(runs.adopted(runs.packed(job), MINE))
    for name, values in weights().items():
        np.testing.assert_array_equal(again.latest.weights[name], values)
    assert job.may_control(MINE)
    assert "This run" in words(visit(run=job.id))


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("said", "step"), [("1", 1), ("0", 0), ("2", 0), ("-1", 0), ("1.0", 0), ("<b>", 0), (None, 0)]
)
def test_loaded_weights_know_after_which_step_they_were_saved(said, step: int) -> None:
    facts = {} if said is None else {"step": said}
    job = jobs.find(runs.adopted(pack(config_json.dumps(CONFIG), weights(), **facts), MINE))
    assert [frame.step for frame in job.frames] == [job.latest.step] == [step]
    again = jobs.find(runs.adopted(runs.packed(job), MINE))
    assert again.latest.step == step


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04cos\nsystem\n",
        pack("{}", weights()),
        pack(config_json.dumps(CONFIG), {}),
        pack(config_json.dumps(CONFIG), {"1.weight": np.zeros((10, 784), np.float32)}),
        pack(config_json.dumps(CONFIG), weights(np.nan)),
        pack(config_json.dumps(CONFIG), weights())[:-1],
        pack(config_json.dumps(replace(CONFIG, batch_size=7)).replace(": 7", ": 7e9"), weights()),
    ],
)
def test_a_hostile_file_changes_nothing(registry, data: bytes) -> None:
    with pytest.raises(InvalidInput):
        runs.adopted(data, MINE)
    assert not registry._jobs
    visitor = visit()
    visitor.file_uploader[0].set_value(("w.safetensors", data, "application/octet-stream")).run()
    assert len(visitor.info) == 1
    assert "run" not in visitor.query_params
    assert not visitor.exception


@pytest.mark.usefixtures("registry")
def test_a_file_is_opened_on_the_page() -> None:
    data = pack(config_json.dumps(CONFIG), weights())
    visitor = visit()
    visitor.file_uploader[0].set_value(("w.safetensors", data, "application/octet-stream")).run()
    key = visitor.query_params["run"]
    assert jobs.find(key).state == "loaded"
    assert not visitor.info


def test_names_from_elsewhere_are_no_markup() -> None:
    network = Architecture("![x](//y) *<b>", (1, 28, 28), CONFIG.network.layers)
    config = replace(CONFIG, network=network)
    summary = Summary("k" * 22, "failed", config, 0.0, 0, None, False)
    said = runs.described(summary, "Nowhere/Land")
    assert said.startswith(r"**\!\[x\](//y) \*\<b\>** · 0 / 1 steps · ended by an error · 1970")
    assert runs.file_name(config) == "cnnlab---x----y----b--seed0"


@pytest.mark.parametrize(
    "cookie", [None, "", "garbage", "a" * 42, "a" * 44, "a" * 42 + ";", "ä" * 43, 7]
)
def test_a_garbled_cookie_is_no_secret(cookie) -> None:
    assert not owner.is_token(cookie)


def who() -> None:
    import streamlit as st

    from cnnlab.ui.training import owner

    owner.remember()
    st.text(owner.current())


@pytest.mark.parametrize(("cookie", "kept"), [("c" * 43, True), ("garbage", False)])
def test_the_cookie_says_who_it_is(monkeypatch, cookie: str, kept: bool) -> None:
    monkeypatch.setattr(
        "streamlit.runtime.context.ContextProxy.cookies", property(lambda _: {owner.COOKIE: cookie})
    )
    first = AppTest.from_function(who).run()
    token = first.text[0].value
    assert owner.is_token(token)
    assert (token == cookie) == kept
    assert first.run().text[0].value == token
    assert (AppTest.from_function(who).run().text[0].value == token) == kept
    assert token not in str(first.query_params)


def test_the_table_says_what_was_measured() -> None:
    history = History()
    history.append(Batch(1, 1 / 3, 0.125, 0.02))
    history.append(Batch(2, 2.0, 0.25, 0.01))
    evaluations = [
        Evaluated(0, "validation", 2.5, 0.1, None, None),
        Evaluated(2, "validation", 1.5, 0.5, None, None),
        Evaluated(2, "test", 1.25, 0.75, None, None),
    ]
    assert csv(history, evaluations).split("\r\n")[1:] == [
        "0,,,,2.5,0.1,,",
        "1,0.3333333333333333,0.125,0.02,,,,",
        "2,2.0,0.25,0.01,1.5,0.5,1.25,0.75",
        "",
    ]
