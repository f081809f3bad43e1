"""URL parameters that belong to no widget: hide, run, step. A click in the menu drops them."""

import streamlit as st

from cnnlab.ui.controls import CHOICES, SWITCHES, TEXTS, WHOLES

KEYS = ("hide", "run", "step")
_STEP_OF = "step of"  # beside the step: the picture that it opened
PARTS = {"controls": "lesson-controls", "about": "lesson-closing"}
_CONTROLS = frozenset((*WHOLES, *CHOICES, *SWITCHES, *TEXTS))
_KEPT = "_link"
_LONGEST = 200  # characters: whatever is longer was not made by us


def restore() -> None:
    """Keep what the link says, and put it back into the URL after a change of page."""
    kept = st.session_state.setdefault(_KEPT, {})
    for key in KEYS:
        given = st.query_params.get(key)
        if given is not None:
            kept[key] = given[:_LONGEST]
            if key == "step":
                kept.pop(_STEP_OF, None)
        elif key in kept and key != "step":
            st.query_params[key] = kept[key]


def value(key: str) -> str | None:
    """What the link said for ``hide``, ``run`` or ``step``; None if nothing."""
    return st.session_state.get(_KEPT, {}).get(key)


def keep(key: str, value: str | None) -> None:
    """Let the link say ``hide`` or ``run`` from now on; None: nothing of it any more."""
    kept = st.session_state.setdefault(_KEPT, {})
    if value is None:
        kept.pop(key, None)
        st.query_params.pop(key, None)
    else:
        kept[key] = st.query_params[key] = value


def step(topic: str) -> str | None:
    """The step that the link names, for the first picture that asks; None for all that follow.

    It leaves the URL at once: that picture keeps it for as long as it is the one on the stage, so
    that a page written twice before it is seen does not lose it.
    """
    kept = st.session_state.get(_KEPT, {})
    if "step" not in kept:
        return None
    st.query_params.pop("step", None)
    if kept.setdefault(_STEP_OF, topic) != topic:
        del kept["step"], kept[_STEP_OF]
        return None
    return kept["step"]


def opening(topic: str, start: int, steps: int) -> int:
    """The step at which a stage opens: the link's (counted from 1, as it is said), or its own."""
    asked = step(topic) or ""
    wanted = int(asked) - 1 if asked.isdecimal() and int(asked) > 0 else start
    return min(wanted, steps - 1)


def hidden() -> list[str]:
    """The element keys that the link hides: ``hide=stride,padding``, or whole parts of the frame.

    A name that is nothing of ours is left out: it would go into a style sheet as it is.
    """
    wanted = (value("hide") or "").split(",")
    return [PARTS.get(name, name) for name in wanted if name in PARTS or name in _CONTROLS]
