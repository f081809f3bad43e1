"""What is said of a receptive field: the name of a layer, and what it does to the field."""

from collections.abc import Mapping
from math import prod

import numpy as np

from cnnlab.engine.layers import AvgPool, Conv, Dense, GlobalAvgPool, MaxPool, Residual
from cnnlab.engine.receptive_field import Extent
from cnnlab.engine.units import Pair
from cnnlab.message import Message
from cnnlab.scenes.receptive_maps import Level, Link, Map, View


def kind_of(level: Level, axis: int | None) -> Message:
    """What a layer is, in few signs: "conv 3, s 2"; one ``axis`` of it, or both where None."""
    layer, link = level.layer, level.links[-1]
    if isinstance(layer, Residual):
        return Message("block")
    if isinstance(layer, Dense):
        return Message("dense")
    if isinstance(layer, GlobalAvgPool):
        return Message("global average")
    if not isinstance(layer, Conv | MaxPool | AvgPool):
        return Message("one by one")
    size = {"size": _settings(link, axis)}
    return Message("conv {size}", size) if isinstance(layer, Conv) else Message("pool {size}", size)


def _settings(link: Link, axis: int | None) -> str:
    said = _short(link.kernel, axis, "×")
    for letter, values, usual in (("s", link.stride, 1), ("d", link.dilation, 1)):
        shown = values if axis is None else values[axis : axis + 1]
        if any(value != usual for value in shown):
            said += f", {letter} {_short(values, axis, '/')}"
    return said


def _short(values: Pair, axis: int | None, between: str) -> str:
    if axis is not None:
        return str(values[axis])
    if values[0] == values[1] and between != "×":
        return str(values[0])
    return f"{values[0]}{between}{values[1]}"


def finale(view: View, level: Level) -> Message:
    """What this layer does to the field, the arithmetic said; what is off the map, and unread."""
    span, held = view.spans[level.lower.id], view.ways[level.lower.id]
    said = _arithmetic(view, level)
    on = [
        max(0, min(last, n - 1) - max(first, 0) + 1)
        for (first, last), n in zip(span, held.shape, strict=True)
    ]
    beyond = _cells(span) - prod(on)
    read = int(np.count_nonzero(held))
    if beyond:
        said = Message("{said} Beyond the edge: {n}.", {"said": said, "n": f"{beyond:,}"})
    if read < prod(on):
        counted = {"said": said, "n": f"{read:,}", "cells": f"{prod(on):,}"}
        said = Message("{said} Really read: {n} of {cells}.", counted)
    return said


def _arithmetic(view: View, level: Level) -> Message:
    above, span = view.spans[level.upper.id], view.spans[level.lower.id]
    link, axis = level.links[-1], 1
    fields = {
        "layer": level.number,
        "units": _wide(above, view.flat),
        "cells": _wide(span, view.flat),
        "below": _name(view, level.lower),
        "kernel": level.extent[axis],
        "stride": link.stride[axis],
    }
    whole = [one.id in view.whole for one in (level.upper, level.lower)]
    if link.whole or any(whole):
        return _everything(fields, _cells(span), below=whole[0] and not link.whole)
    if isinstance(level.layer, Residual):
        return Message(
            "Layer {layer}, a residual block: two ways lead down. "
            "The longer one spans {cells} cells of {below}.",
            fields,
        )
    if _cells(above) == 1:
        if _cells(span) == 1:
            return Message("Layer {layer}: this one unit stands on one cell of {below}.", fields)
        return Message("Layer {layer}: this one unit stands on {cells} cells of {below}.", fields)
    if level.extent == link.stride == (1, 1):
        return Message(
            "Layer {layer} looks at one cell at a time: {units} units, {cells} cells of {below}.",
            fields,
        )
    if not view.flat:
        return Message("Layer {layer}: {units} units stand on {cells} cells of {below}.", fields)
    return _sum(fields)


def _everything(fields: Mapping[str, object], cells: int, *, below: bool) -> Message:
    """A layer that sees everything, or one ``below`` it: the field is the input, no more."""
    if below:
        return Message(
            "Layer {layer}: below a unit that sees everything, "
            "the field is all of {below}: {cells} cells.",
            fields,
        )
    if cells == 1:
        return Message("Layer {layer} sees everything: the one cell of {below}.", fields)
    return Message("Layer {layer} sees everything: {cells} cells of {below}.", fields)


def _sum(fields: Mapping[str, object]) -> Message:
    """k + (r − 1)·s, where k is from the first tap to the last (Araujo, Norris & Sim 2019)."""
    if fields["stride"] == 1:
        return Message(
            "Layer {layer}: {units} units stand on "
            "{kernel} + ({units} − 1)·{stride} = {cells} cells of {below}.",
            fields,
        )
    return Message(
        "Layer {layer}: now each step is worth {stride}. "
        "{units} units stand on {kernel} + ({units} − 1)·{stride} = {cells} cells of {below}.",
        fields,
    )


def _name(view: View, here: Map) -> Message:
    below = [level.number for level in view.chain if level.upper.id == here.id]
    return Message("layer {n}", {"n": below[0]}) if below else Message("the input")


def _wide(span: Extent, flat: bool) -> str:
    rows, columns = (last - first + 1 for first, last in span)
    return f"{columns}" if flat else f"{rows}×{columns}"


def _cells(span: Extent) -> int:
    return prod(last - first + 1 for first, last in span)
