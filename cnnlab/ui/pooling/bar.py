"""What stands above the stage in the first views: windows worth trying, and the channel."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import streamlit as st

from cnnlab.ui import channel, controls
from cnnlab.ui.language import t
from cnnlab.ui.pooling.setting import Setting
from cnnlab.ui.setting import Pair

PRESETS: Mapping[Pair, str] = {  # (window, stride) → label
    (2, 2): "2/2",
    (3, 2): "3/2 AlexNet",
    (3, 1): "3/1",
    (2, 1): "2/1",
}


@contextmanager
def bar(shown: Setting, key: str) -> Iterator[None]:
    """A row that begins with the windows worth trying; what a view adds follows them."""
    with st.container(key=f"bar-{key}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(t("Window/stride"), width="content")
        for (window, stride), label in PRESETS.items():
            st.button(
                label,
                key=f"window-{window}-{stride}",
                type="primary" if _is(shown, window, stride) else "secondary",
                disabled=shown.whole,
                on_click=controls.put,
                kwargs={"kernel": window, "stride": stride, "padding": 0, "axes": False},
            )
        yield


def one_channel(shown: Setting, key: str) -> Setting:
    """The setting with one channel of the input; where there are several, a row chooses it.

    Pooling takes the channels one by one, so nothing is lost.
    """
    at = min(channel.choose(f"{key}-channel", len(shown.x)), len(shown.x) - 1)
    return replace(shown, x=shown.x[at : at + 1])


def _is(shown: Setting, window: int, stride: int) -> bool:
    pool = shown.pool
    return not shown.whole and (pool.kernel, pool.stride) == ((window,) * 2, (stride,) * 2)
