"""The effective field of a setting, measured once for each way of measuring it."""

from functools import lru_cache

import streamlit as st

from cnnlab.engine import Array
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.effective_field import effective_field
from cnnlab.engine.forward import Path
from cnnlab.message import InvalidInput
from cnnlab.nets.trained import trained
from cnnlab.ui.language import t
from cnnlab.ui.receptive.controls import TRAINED, Measure
from cnnlab.ui.receptive.setting import Setting
from cnnlab.ui.setting import Pair

_KEPT = 32  # pictures of up to 512×512 numbers: 64 MB at most


def effective(shown: Setting, measure: Measure) -> Array:
    """The share of each input cell (H, W), adding up to 1; it may take some seconds.

    Raises InvalidInput for trained weights of a stack that has none, and as `effective_field`.
    """
    if measure.start == "trained" and shown.stack != TRAINED:
        raise InvalidInput(
            "there are trained weights of the fast net alone: choose that stack, or other weights"
        )
    with st.spinner(t("Gradients are being worked out and averaged…"), show_time=False):
        return _measured(shown.network, shown.path, shown.unit, measure)


@lru_cache(maxsize=_KEPT)
def _measured(network: Architecture, path: Path, unit: Pair, measure: Measure) -> Array:
    made = effective_field(
        network,
        path,
        unit,
        inputs=measure.inputs,
        seed=measure.seed,
        weights=trained(TRAINED) if measure.start == "trained" else measure.start,
        rectified=measure.rectified,
    )
    made.flags.writeable = False
    return made
