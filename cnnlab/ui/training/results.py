"""What a network can do, at one moment of its training: mistakes, filters, neighbours, sizes."""

from collections.abc import Sequence
from functools import partial
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.data.mnist import load
from cnnlab.engine.architecture import trace
from cnnlab.engine.sizes import times
from cnnlab.figures.bars import per_digit
from cnnlab.figures.confusion import confusion, counted
from cnnlab.figures.mosaic import MAP, mosaic, scale_of
from cnnlab.figures.names import names
from cnnlab.figures.sizes import sizes
from cnnlab.message import Message
from cnnlab.ui import choice, controls, lesson
from cnnlab.ui.chart import chart, theme
from cnnlab.ui.language import t
from cnnlab.ui.layer_stack import words
from cnnlab.ui.percent import percent
from cnnlab.ui.training import live
from cnnlab.ui.training.answers import (
    GALLERY,
    Answers,
    feature,
    features,
    held,
    nearest,
    of_moment,
    worst,
)
from cnnlab.ui.training.canvas import as_png
from cnnlab.ui.training.shown import Shown, as_tiles, kernels, start

MISTAKES, NEIGHBOURS = 10, 12  # pictures in sight
CONFUSION, DIGITS, FILTERS, MAPS = 400, 150, 400, 420
_SIDE = 2  # pixels for each of a digit's
_WIDTH = 78  # pixels for a picture with its caption


def mistakes(shown: Shown) -> None:
    """Which digit is taken for which, how often each is right, and the surest mistakes."""
    shown = held(shown)
    answers = of_moment(shown)
    right = int((answers.predicted == answers.labels).sum())
    lesson.line(
        "see_mistakes",
        "see_test" if answers.split == "test" else "see_validation",
        right=f"{right:,}",
        seen=f"{len(answers.labels):,}",
        share=f"{100 * right / len(answers.labels):.2f} %",
        step=f"{shown.frame.step:,}",
    )
    left, beside = st.columns([11, 10], gap="medium")
    with left:
        show_confusion(shown, "mistakes")
    with beside:
        _show_per_digit(answers)
        _show_worst(answers)


def show_confusion(shown: Shown, where: str, *, height: int = CONFUSION) -> None:
    """Digits against answers, as counts."""
    answers = of_moment(shown)
    counts = counted(answers.labels, answers.predicted)
    alt = t("Confusion matrix of {n} digits", n=f"{len(answers.labels):,}")
    chart(confusion(counts, theme(), t, height=height), f"{where}-confusion", alt)


def filters(shown: Shown) -> None:
    """The first layer's kernels before training and now, on one scale."""
    before, now = kernels(start(shown)), kernels(shown)
    limit = scale_of(before.tiles, now.tiles)
    change = np.linalg.norm(now.tiles - before.tiles) / np.linalg.norm(before.tiles)
    lesson.line("see_filters", step=f"{shown.frame.step:,}", change=percent(change))
    titles = (
        Message("Before the first step"),
        Message("After step {step}", {"step": f"{shown.frame.step:,}"}),
    )
    columns = st.columns(2, gap="medium")
    for column, found, title, name in zip(
        columns, (before, now), titles, ("before", "now"), strict=True
    ):
        figure = mosaic(
            found.tiles,
            theme(),
            t,
            each=live.UNIT if found.dense else Message("filter {n}"),
            title=title,
            limit=limit,
            height=FILTERS,
            aspect=1.2,
        )
        with column:
            chart(figure, f"filters-{name}", t(title))


def layers(shown: Shown) -> None:
    """How large gradients and updates are, and what any layer makes of the chosen digit."""
    _show_sizes(shown)
    _show_maps(shown)


def _show_maps(shown: Shown) -> None:
    rows = trace(shown.network)
    labels = {
        ".".join(str(n + 1) for n in row.path): f"{words(row.layer)} → {times(row.output)}"
        for row in rows
    }
    options = {place: f"{place} · {text}" for place, text in labels.items()}
    with st.container(key="bar-maps", horizontal=True, vertical_alignment="center"):
        st.image(live.picture(shown.pixels, theme(), 2))
        with st.container(width=360):
            place = choice.box("maps-layer", t("Layer"), options)
    y = shown.activations[list(options).index(place)][1]
    tiles, count = as_tiles(y), y.shape[1] if y.ndim == 4 else 1
    lesson.line("see_maps", shown=len(tiles), count=count)
    title = Message("Layer {layer}", {"layer": options[place]})
    figure = mosaic(tiles, theme(), t, each=MAP, title=title, height=MAPS, aspect=2.0)
    chart(figure, "maps", t(title))


def similar(shown: Shown) -> None:
    """The test digits nearest to the chosen one: in what the network makes of them, in pixels."""
    shown = held(shown)
    test = load("test")
    images, labels = test.images[:GALLERY], test.labels[:GALLERY]
    flat = images.reshape(GALLERY, -1).astype(np.float32)
    spaces = (
        (Message("Nearest in the network’s features"), features(shown), feature(shown)),
        (Message("Nearest in pixels"), flat, shown.pixels.reshape(1, -1).astype(np.float32)),
    )
    found, same = [], []
    for _, rows, row in spaces:
        places, distances = nearest(rows, row, NEIGHBOURS + 1)
        others = places != shown.digit  # the digit itself is nearest to itself
        found.append((places[others][:NEIGHBOURS], distances[others][:NEIGHBOURS]))
        same.append(int((labels[found[-1][0]] == shown.label).sum()))
    lesson.line(
        "see_similar",
        gallery=f"{GALLERY:,}",
        count=NEIGHBOURS,
        same=same[0],
        pixels=same[1],
        label=shown.label,
    )
    _pictures(shown.pixels[None], [t("chosen: {label}", label=shown.label)])
    for (title, *_), (places, distances) in zip(spaces, found, strict=True):
        st.markdown(f"**{t(title)}**")
        captions = [
            t("{label} · {distance}", label=label, distance=f"{distance:.2f}")
            for label, distance in zip(labels[places], distances, strict=True)
        ]
        _pictures(images[places], captions)


def _show_sizes(shown: Shown) -> None:
    lesson.line("see_sizes", step=f"{shown.frame.step:,}")
    if not shown.frame.gradients:
        st.caption(t("No step was made yet."))
    named = names(shown.network)
    figure = sizes(shown.frame.gradients, shown.frame.updates, named, theme(), t)
    chart(figure, "sizes", t("Gradient and update of each layer"))


def _show_per_digit(answers: Answers) -> None:
    seen = np.bincount(answers.labels, minlength=10)
    right = np.bincount(answers.labels[answers.predicted == answers.labels], minlength=10)
    figure = per_digit(right, seen, theme(), t, height=DIGITS)
    chart(figure, "per-digit", t("Share of each digit that is misread"))


def _show_worst(answers: Answers) -> None:
    """The surest wrong answers; one of the test images can be made the chosen digit."""
    places = worst(answers, MISTAKES)
    if not len(places):
        st.markdown(t("No mistake among them."))
        return
    st.markdown(f"**{t('The surest mistakes')}**")
    captions = [
        t(
            "is {digit}, said {said} {share}",
            digit=answers.labels[place],
            said=answers.predicted[place],
            share=f"{100 * answers.confidence[place]:.0f}\N{NO-BREAK SPACE}%",
        )
        for place in places
    ]
    if answers.split == "test":
        _gallery(answers.images[places], captions, list(places))
    else:
        _pictures(answers.images[places], captions)


def _pictures(images: NDArray[np.uint8], captions: Sequence[str]) -> None:
    """Pictures in rows as wide as the page, in one piece: they are there with their captions."""
    colours, side = theme(), 28 * _SIDE
    made = "".join(
        f'<figure><img alt="" width="{side}" height="{side}"'
        f' src="{as_png(live.picture(image, colours, _SIDE))}"/>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for image, caption in zip(images, captions, strict=True)
    )
    st.html(f'<div class="digits">{made}</div>')


def _gallery(images: NDArray[np.uint8], captions: Sequence[str], digits: Sequence[int]) -> None:
    """Pictures in rows as wide as the page; the button under each makes it the chosen digit."""
    colours = theme()
    with st.container(horizontal=True, gap="xsmall"):
        for n, (image, caption) in enumerate(zip(images, captions, strict=True)):
            with st.container(width=_WIDTH, gap=None):
                st.image(live.picture(image, colours, _SIDE), width=28 * _SIDE)
                st.caption(caption)
                st.button(
                    t("Choose"),
                    key=f"choose-{n}",
                    type="tertiary",
                    on_click=partial(controls.put, digit=int(digits[n])),
                )
