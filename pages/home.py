"""The first page: a window sliding over a real digit, the lessons in order, the students' link."""

import streamlit as st

from cnnlab.data.mnist import load
from cnnlab.data.shrink import to_planes
from cnnlab.engine import kernel
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.scene import Scene
from cnnlab.ui import cards, lesson, menu, player, share
from cnnlab.ui.language import t

_FIRST = 5 * 26  # the sixth of 26 rows: above it the digit has nothing to show


@st.cache_resource
def opening() -> Scene:
    """The first test digit, a 7, under Sobel x."""
    digit = to_planes(load("test").images[0], 1)
    return convolution(digit, kernel("sobel_x", 3, 3)[None, None], start=_FIRST, editable=False)


lesson.header("home", title="CNN Lab", action=cards.start)
player.play(opening(), key="home-stage", autoplay=8, tallest=320)
cards.show(menu.lessons())
st.subheader(t("The link for students"), anchor=False)
share.panel()
