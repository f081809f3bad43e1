"""What closes the view of the race: the raced networks beside PyTorch, and how they are trained."""

from functools import partial

import streamlit as st

from cnnlab import check as against_torch
from cnnlab.check import Check
from cnnlab.engine.deep import deep
from cnnlab.message import Message
from cnnlab.training.race import plan as plans
from cnnlab.training.race import races, racing
from cnnlab.training.race.plan import BATCH, CHANNELS, MOMENTUM, RATE, Plan
from cnnlab.ui import choice, compared
from cnnlab.ui.code import Piece, program, source_of
from cnnlab.ui.language import t
from cnnlab.ui.resnet import flow, racers

HEIGHT = 460  # pixels of a piece of code
_NAMES = {
    "plain": Message("Weight gradients, plain"),
    "residual": Message("Weight gradients, residual"),
}


def raced() -> Plan:
    """The race that is shown; where that is the recorded one, what the controls say."""
    race = races.find(str(choice.held("race")))
    return racers.plan() if race is None else race.plan


def check() -> None:
    """Where both deepest networks start: the gradients of every layer's weights, by the engine."""
    plan = raced()
    compared.show(partial(checks, plan), _NAMES)
    st.caption(
        t(
            "The networks of {depth} layers before their first step; {n} digits.",
            depth=max(plan.depths),
            n=flow.DIGITS,
        )
    )


def checks(plan: Plan) -> list[Check]:
    """The norms of these gradients, plain and residual, beside PyTorch's."""
    return against_torch.gradient_flow(max(plan.depths), True, plan.seed, *flow.batch())


def code() -> None:
    """What ran, and the same training as a plain loop."""
    left, right = st.columns([6, 5])
    left.markdown(t("The race that ran"))
    left.code(source_of(deep, plans.config, racing._events), language="python", height=HEIGHT)
    right.markdown(t("The same in PyTorch"))
    right.code(pytorch(raced()), language="python", height=HEIGHT)


def pytorch(plan: Plan) -> str:
    """A program that trains the same networks and prints the error of every 50 batches."""
    lines = f"""\
torch.set_num_threads(1)
digits = mnist.load("train")
labels = torch.tensor(digits.labels.tolist())
places = order({plan.seed}, 0, len(labels))[: {plan.steps} * {BATCH}]  # each digit once
batches = places.reshape(-1, {BATCH})


def train(depth, residual):
    network = deep(depth, residual, normalised=True, channels={CHANNELS})
    model = build(network, initial_weights(network, {plan.seed}))
    parameters = model.parameters()
    optimizer = torch.optim.SGD(parameters, lr={RATE}, momentum={MOMENTUM})
    errors = []
    for batch in batches:
        logits = model(torch.tensor(standardised(digits.images[batch])))
        optimizer.zero_grad()
        F.cross_entropy(logits, labels[batch]).backward()
        optimizer.step()
        wrong = logits.argmax(1) != labels[batch]
        errors.append(wrong.float().mean().item())
    return errors


for depth in {sorted(set(plan.depths))}:
    for residual in (False, True):
        errors = train(depth, residual)
        means = [
            sum(errors[i : i + 50]) / len(errors[i : i + 50])
            for i in range(0, len(errors), 50)
        ]
        print(depth, "residual" if residual else "plain", means)"""
    imports = (
        "import torch",
        "import torch.nn.functional as F",
        "from cnnlab.data import mnist",
        "from cnnlab.data.preprocess import standardised",
        "from cnnlab.engine.deep import deep",
        "from cnnlab.engine.initial import initial_weights",
        "from cnnlab.nets.build import build",
        "from cnnlab.training.draws import order",
    )
    return program(Piece(lines, imports))
