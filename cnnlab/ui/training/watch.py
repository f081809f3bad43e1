"""What is seen of a run while it goes on: its bar and the open view, looked at twice a second.

All of it is one fragment, so that a look writes neither the controls nor what closes the lesson.
"""

from functools import lru_cache, partial

import numpy as np
import streamlit as st

from cnnlab.data.mnist import load
from cnnlab.engine.architecture import parameters
from cnnlab.engine.forward import forward
from cnnlab.engine.networks import FAST
from cnnlab.message import Message
from cnnlab.nets.trained import trained
from cnnlab.training.config import Config
from cnnlab.training.data import pixel_order
from cnnlab.training.job import Job
from cnnlab.training.recipes import RECIPES
from cnnlab.ui import choice, language, lesson
from cnnlab.ui.language import t
from cnnlab.ui.training import drawn, live, machine, owner, results, run, shown
from cnnlab.ui.training.controls import LABELS, same_run

GUESSED = 500  # digits that the untrained network is asked
NO_BETTER = 0.15  # of the digits right after some steps: as good as chance


def views(config: Config, job: Job | None, digit: int) -> None:
    """The bar of the run, or what an untrained network can do; then the tabs."""
    every = run.pace(job)

    @st.fragment(run_every=every)
    def look() -> None:
        if job is not None:
            job.renew(owner.current())
            job.look()
        if run.pace(job) != every:
            st.rerun()
        _head(job)
        _tabs(config, job, digit)

    look()


def _head(job: Job | None) -> None:
    """Where the run stands; and a failure's reason."""
    run.bar(job, t("Untrained") if job is None else run.status(job))
    if job is not None and job.message is not None:
        st.info(lesson.sentence(t(job.message)))


def story(config: Config, job: Job | None) -> str:
    """What to look for, in a line; whose run it is; or that the controls say another."""
    if job is None:
        return _untrained(config)
    if not same_run(job.config, config):
        return lesson.prose("other", **facts(job.config))
    watched = [lesson.prose("watching")] if job.active and not run.mine(job) else []
    between = "" if language.current() == "zh" else " "
    return between.join([*watched, _look_for(job)])


def _look_for(job: Job) -> str:
    """The recipe's own words, as long as the run goes as they say."""
    if job.state in ("failed", "loaded"):
        return ""
    right = run.recent(job)
    if right is not None and job.step >= run.RECENT and right < NO_BETTER:
        return lesson.prose("chance")
    found = next((one for one in RECIPES.values() if same_run(one.config, job.config)), None)
    return t(found.story) if found else lesson.prose("story")


def facts(config: Config) -> dict[str, str]:
    """A training in a few words, for the prose."""
    return {
        "network": config.network.name,
        "optimizer": t(LABELS["optimizer"][config.optimizer]),
        "rate": f"{config.learning_rate:g}",
        "batch": f"{config.batch_size:,}",
        "epochs": f"{config.epochs:g}",
        "images": f"{config.images:,}",
    }


def _tabs(config: Config, job: Job | None, digit: int) -> None:
    now = shown.untrained(config, digit) if job is None else shown.latest(job, digit)
    lesson.views(
        {
            "live": (Message("Live"), partial(_live, now, config, job)),
            "machine": (Message("Time machine"), partial(machine.view, job, digit)),
            "layers": (Message("Layers"), partial(results.layers, now)),
            "filters": (Message("Before and after"), partial(results.filters, now)),
            "mistakes": (Message("Mistakes"), partial(results.mistakes, now)),
            "similar": (Message("Similar digits"), partial(results.similar, now)),
            "draw": (Message("Draw a digit"), partial(_draw, now)),
        }
    )


def _live(now: shown.Shown, config: Config, job: Job | None) -> None:
    live.view(now, job is not None and job.active, story(config, job))


def _draw(now: shown.Shown) -> None:
    """What is drawn is read by the network on this page, or by one that comes trained."""
    readers = {"this": t("Read by this network"), "trained": t("Read by one trained before")}
    if choice.segments("reader", t("Reader"), readers, bare=True) == "trained":
        drawn.view(FAST, trained("fast"))
    else:
        drawn.view(now.network, now.frame.weights, pixel_order(now.config))


def _untrained(config: Config) -> str:
    return lesson.prose(
        "untrained",
        network=config.network.name,
        parameters=f"{parameters(config.network):,}",
        right=guessed(config),
        digits=GUESSED,
        steps=f"{config.steps:,}",
        batch=config.batch_size,
    )


@lru_cache(maxsize=32)
def guessed(config: Config) -> int:
    """How many of the first test digits a network gets right before it has learned anything."""
    before = shown.untrained(config, 0)
    test = load("test")
    scores = forward(
        config.network, before.frame.weights, shown.inputs(config, test.images[:GUESSED])
    )
    return int(np.sum(scores.argmax(axis=1) == test.labels[:GUESSED]))
