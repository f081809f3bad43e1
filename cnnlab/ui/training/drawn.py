"""A digit of one's own: drawn, uploaded or photographed, made like MNIST's, and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cnnlab.data.decode import decode
from cnnlab.data.preprocess import SIDE, Steps, as_digit
from cnnlab.engine.architecture import Architecture
from cnnlab.engine.checks import Array
from cnnlab.message import InvalidInput
from cnnlab.ui import choice, lesson
from cnnlab.ui.language import t
from cnnlab.ui.training import drawn_answer, drawn_steps
from cnnlab.ui.training.canvas import canvas

Picture = NDArray[np.uint8]
_LAST = "_draw_last"  # way in → what was read of its last file


@dataclass(frozen=True, eq=False)
class Read:
    """The file that was looked at last, the last picture that could be read, and what is wrong."""

    file: str | None = None
    picture: Picture | None = None
    error: InvalidInput | None = None


def view(
    network: Architecture, weights: Mapping[str, Array], order: NDArray[np.intp] | None = None
) -> None:
    """Show the paper, how a digit becomes one like MNIST's, and what the network makes of it.

    ``order`` (784,): where the pixels of each image come from, if the network knows them shuffled.
    """
    with st.container(key="draw", horizontal=True, gap="medium"):
        with st.container(key="draw-way", width=300):
            picture = _picture()
        with st.container(key="draw-read", width="stretch"):
            steps = _steps(picture)
            if steps is not None:
                drawn_steps.show(steps)
                drawn_answer.answer(network, weights, steps.digit, order)
    if steps is not None:
        drawn_answer.maps(network, weights, steps.digit, order)


def camera_allowed(url: str) -> bool:
    """Whether browsers lend their camera to a page of this address: https, or one's own machine.

    >>> camera_allowed("http://localhost:8501/"), camera_allowed("http://192.168.1.2:8501/")
    (True, False)
    """
    try:
        address = urlsplit(url)
        host = address.hostname or ""
    except ValueError:
        return False
    return address.scheme == "https" or host == "localhost" or _own_machine(host)


def _own_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")


def _picture() -> Picture | None:
    """The picture of the way in that is chosen."""
    ways = {"draw": t("Draw"), "upload": t("Upload"), "camera": t("Camera")}
    way = choice.segments("pen", t("How the digit comes in"), ways, bare=True)
    if way == "draw":
        return canvas("draw_paper")
    if way == "camera" and not camera_allowed(st.context.url or ""):
        st.markdown(lesson.prose("draw_no_camera"))
        way = "upload"
    if way == "camera":
        file = st.camera_input(t("Photograph of a digit"), key="draw_camera")
    else:
        file = st.file_uploader(
            t("Picture (PNG, JPEG, WebP, GIF, BMP, TIFF)"), key="draw_file", max_upload_size=20
        )
    return _read(way, file)


def _read(way: str, file: UploadedFile | None) -> Picture | None:
    """The picture in a file; where it is none, a sentence, and the last one that could be read."""
    kept: dict[str, Read] = st.session_state.setdefault(_LAST, {})
    before = kept.get(way, Read())
    if file is None:
        return before.picture
    if file.file_id != before.file:  # looked at once, however often the page is written
        before = kept[way] = _new(file, before.picture)
    if before.error is not None:
        lesson.problem(before.error)
    return before.picture


def _new(file: UploadedFile, before: Picture | None) -> Read:
    try:
        picture = decode(file.getvalue(), max_side=SIDE)
    except InvalidInput as error:
        return Read(file.file_id, before, error)
    try:
        as_digit(picture)
    except InvalidInput:
        error = InvalidInput(
            "no digit can be told from the paper: dark ink on light paper (or light on dark), "
            "nothing else in the picture"
        )
        return Read(file.file_id, before, error)
    return Read(file.file_id, picture)


def _steps(picture: Picture | None) -> Steps | None:
    if picture is None:
        st.markdown(lesson.prose("draw_empty"))
        return None
    try:
        return _made(picture.tobytes(), picture.shape)
    except InvalidInput as error:
        lesson.problem(error)
        return None


@lru_cache(maxsize=32)  # of drawings and photographs: a page that is looked at twice a second
def _made(pixels: bytes, shape: tuple[int, ...]) -> Steps:
    return as_digit(np.frombuffer(pixels, np.uint8).reshape(shape))
