"""What closes the training lesson: the quiz, the gradients checked, and the code that ran."""

from functools import partial

import numpy as np
import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.data import mnist
from cnnlab.data.preprocess import standardised
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.engine.gradient_check import CheckedEntry, numerical_check
from cnnlab.engine.layers import Dropout
from cnnlab.figures.names import names
from cnnlab.message import InvalidInput
from cnnlab.training import loop
from cnnlab.training.config import Config
from cnnlab.training.job import Job
from cnnlab.training.script import script
from cnnlab.ui import compared, lesson
from cnnlab.ui.code import source_of
from cnnlab.ui.language import t
from cnnlab.ui.predict import ask, say
from cnnlab.ui.training import runs, shown
from cnnlab.ui.training.questions import questions

CHECKED = 8  # digits: enough for every gradient to have something to say
ENTRIES = 2  # of each array that are nudged


def predict(config: Config) -> None:
    """Predict, then reveal."""
    ask("training", questions(config))


def check(config: Config, job: Job | None) -> None:
    """The engine's gradients of this very network: nudged one by one, and beside PyTorch's."""
    network, weights = _now(config, job)
    if any(isinstance(layer, Dropout) for layer in network.layers):
        raise InvalidInput(
            "dropout draws anew each time, so there is no one gradient to compare: take it out"
        )
    st.markdown(lesson.prose("check_nudged", digits=CHECKED))
    st.markdown(nudged(network, _entries(network, weights)))
    st.markdown(lesson.prose("check_torch", digits=CHECKED))
    compared.show(partial(_compared, network, weights), names(network))


def code(config: Config, job: Job | None) -> None:
    """The steps as they ran, and the whole training as a program of its own."""
    trained = config if job is None else job.config
    left, right = st.columns(2)
    left.markdown(t("The step that ran"))
    left.code(step_source(trained), language="python", height=460)
    right.markdown(t("This training as a program of its own"))
    whole = script(config) if job is None else runs.program(job)
    right.code(whole, language="python", height=460)


def step_source(config: Config) -> str:
    """The source of a step: the loop's part of it, and that of the config's learner."""
    if config.backend == "numpy":
        from cnnlab.training.numpy_learner import NumpyLearner as Made
    else:
        from cnnlab.training.torch_learner import TorchLearner as Made
    return source_of(loop._Training._make_step, Made.step)


def nudged(network: Architecture, entries: tuple[CheckedEntry, ...]) -> str:
    """Entries of the gradient, by back-propagation and by nudging, as a Markdown table."""
    words = names(network)
    head = (t("Weight"), t("Place"), t("Back-propagated"), t("Nudged"), t("Difference"))
    lines = [
        (
            t(words[entry.name]),
            ", ".join(str(n + 1) for n in entry.entry),
            say(entry.back_propagated),
            say(entry.numerical),
            compared.scientific(abs(entry.back_propagated - entry.numerical)),
        )
        for entry in entries
    ]
    marks = ("---", "---", "--:", "--:", "--:")
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *lines))


def _now(config: Config, job: Job | None) -> tuple[Architecture, dict[str, Array]]:
    """The network as it is now: the run's newest weights, or the ones it would start from."""
    now = shown.untrained(config, 0) if job is None else shown.latest(job, 0)
    return now.network, dict(now.frame.weights)


def _digits() -> tuple[Array, np.ndarray]:
    train = mnist.load("train")
    return standardised(train.images[:CHECKED]), train.labels[:CHECKED]


def _entries(network: Architecture, weights: dict[str, Array]) -> tuple[CheckedEntry, ...]:
    return numerical_check(network, weights, *_digits(), count=ENTRIES)


def _compared(network: Architecture, weights: dict[str, Array]) -> list[Check]:
    return against_torch.network_gradients(network, weights, *_digits())
