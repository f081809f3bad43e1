"""The tab "Network": its layers with shapes and counts, and the editor for one of one's own."""

import streamlit as st

from cnnlab.engine.architecture import Architecture, Row, trace
from cnnlab.engine.layer_text import read
from cnnlab.engine.networks import MNIST
from cnnlab.message import InvalidInput
from cnnlab.training.config import Config
from cnnlab.ui import layer_stack, lesson
from cnnlab.ui.language import t
from cnnlab.ui.training.controls import OWN, Chosen, edit


def show(chosen: Chosen, config: Config) -> None:
    """The layers; one's own can be edited, of every other one a copy."""
    if chosen.network != OWN:
        st.markdown(layer_stack.table(trace(config.network)))
        st.button(t("Edit a copy of it"), key="network-edit", on_click=edit, args=(config.network,))
        return
    try:
        layers = read(chosen.layers)
    except InvalidInput:  # told above the controls; what stands there last is edited on
        layers = config.network.layers
    layer_stack.edit(layers)
    st.markdown(layer_stack.table(fitting(Architecture("", MNIST, layers))))
    st.caption(lesson.prose("own"))


def fitting(network: Architecture) -> tuple[Row, ...]:
    """The rows of the layers up to the first that does not fit: which one, is told elsewhere."""
    for kept in range(len(network.layers), 0, -1):
        try:
            return trace(Architecture(network.name, network.input, network.layers[:kept]))
        except InvalidInput:
            continue
    return ()
