"""The view of "same": three frameworks keep the size, and do not put the padding alike."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from cnnlab.engine.sizes import times
from cnnlab.message import Message
from cnnlab.scenes.same import NAMES, Same, differing, same_outputs
from cnnlab.scenes.same import same as three
from cnnlab.ui import controls, lesson, link
from cnnlab.ui.language import t
from cnnlab.ui.padding.setting import Setting
from cnnlab.ui.player import play
from cnnlab.ui.predict import say
from cnnlab.ui.unread import in_a_row


def same(shown: Setting) -> None:
    """The same input, kernel and stride, with what each framework adds for "same"."""
    answers = same_outputs(shown.x, shown.weight, shown.stride, shown.dilation)
    _elsewhere(shown)
    added = {answer.framework: sides(answer.padding) for answer in answers}
    section, found = compared(answers)
    refused = ["same_refused"] if answers[0].refused else []
    lesson.line("same", section, *refused, **added, **found)
    scene = three(shown.x, shown.weight, stride=shown.stride, dilation=shown.dilation)
    topic = f"{shown.name} same"
    rows, columns = scene.phases[0].over[2:]
    middle = rows // 2 * columns + columns // 2
    scene = replace(scene, start=link.opening(topic, middle, scene.steps))
    play(scene, key="padding-same", topic=topic)


def compared(answers: tuple[Same, ...]) -> tuple[str, dict[str, str]]:
    """Whether the outputs agree; else in how many cells they do not, and by how much at most."""
    shapes = {answer.y.shape for answer in answers}
    if len(shapes) > 1:
        sizes = [f"{NAMES[answer.framework]} {times(answer.y.shape)}" for answer in answers]
        return "same_sizes", {"sizes": t("{all}", all=in_a_row(sizes))}
    differ = differing(answers)
    if not differ.any():
        return "same_agree", {}
    values = np.stack([answer.y.astype(np.float64) for answer in answers])
    most = float((values.max(axis=0) - values.min(axis=0))[differ].max())
    counts = {"n": f"{differ.sum():,}", "cells": f"{differ.size:,}", "most": say(most)}
    return "same_differ", counts


def sides(padding: tuple[int, int, int, int]) -> str:
    """What is added before and after: 1 + 2; rows and columns where they are not alike.

    >>> sides((1, 2, 1, 2)), sides((0, 1, 1, 1))
    ('1 + 2', '0 + 1 × 1 + 1')
    """
    top, bottom, left, right = padding
    if (top, bottom) == (left, right):
        return f"{top} + {bottom}"
    return f"{top} + {bottom} × {left} + {right}"


def _elsewhere(shown: Setting) -> None:
    """Two settings at which the frameworks part."""
    even = max(shown.x.shape[1:]) + max(shown.x.shape[1:]) % 2
    with st.container(key="padding-same-tools", horizontal=True, vertical_alignment="center"):
        st.caption(t("Where they part:"), width="content")
        for slug, label, put in (
            ("even", Message("Even kernel (2)"), {"kernel": 2, "stride": 1}),
            ("strided", Message("Stride 2, even size"), {"kernel": 3, "stride": 2, "size": even}),
        ):
            st.button(
                t(label),
                key=f"padding-same-{slug}",
                on_click=partial(controls.put, axes=False, dilation=1, **put),
            )
