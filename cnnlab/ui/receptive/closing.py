"""What closes the lesson on the receptive field: editor, table, quiz, check, and code."""

from functools import partial

import streamlit as st

from cnnlab.check.field import field_paths
from cnnlab.engine.layer_text import read
from cnnlab.engine.receptive_field import (
    _ends,
    _joined,
    _slid,
    _through,
    _union,
    _walk,
    extent,
    outside,
)
from cnnlab.engine.stacks import STACKS
from cnnlab.message import InvalidInput, Message
from cnnlab.ui import compared, layer_stack, lesson
from cnnlab.ui.code import beside, source_of
from cnnlab.ui.language import t
from cnnlab.ui.predict import ask
from cnnlab.ui.receptive.controls import OWN, Chosen, edit, named
from cnnlab.ui.receptive.program import pytorch
from cnnlab.ui.receptive.questions import questions
from cnnlab.ui.receptive.setting import Setting

CODE = (_slid, _through, _walk, _union, _joined, _ends, extent, outside)
UNSEEN = frozenset({"filters"})  # no field depends on how many there are
WORDS = {"paths": Message("Ways to each cell"), "support": Message("Cells read")}


def stack(chosen: Chosen, shown: Setting) -> None:
    """The layers, to be changed; of a stack that comes with the lesson a copy is made first."""
    if chosen.stack != OWN:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t(STACKS[chosen.stack].note), width="content")
            st.button(t("Edit a copy of it"), key="stack-edit", on_click=edit, args=(shown,))
        return
    try:
        layers = read(chosen.layers)
    except InvalidInput:  # told above the stage; what stands there last is edited on
        layers = shown.network.layers
    layer_stack.edit(layers, named=named, hidden=UNSEEN)


def predict(shown: Setting) -> None:
    """Predict, then reveal."""
    ask("receptive", questions(shown))


def check(shown: Setting) -> None:
    """The engine beside PyTorch: how many ways lead from each cell to this unit."""
    lesson.line("check")
    compared.show(partial(field_paths, shown.network, shown.path, shown.unit), WORDS)


def code(shown: Setting) -> None:
    """What worked the fields out, and a PyTorch program that finds the same by its gradients."""
    beside(source_of(*CODE), pytorch(shown))
