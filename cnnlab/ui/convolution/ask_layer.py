"""Questions about the layer as a whole: its parameters, its maps, its multiply–adds."""

from cnnlab.engine import conv_multiply_adds, conv_parameters
from cnnlab.message import Message
from cnnlab.ui.ask.words import Pairs, counting, geometry
from cnnlab.ui.convolution.setting import Setting
from cnnlab.ui.predict import Question

_FLAT = Message("That is with flat filters; each has a plane for every channel it reads.")
_UNGROUPED = Message("That is without groups; in groups a filter reads only its group's channels.")


def parameters(setting: Setting) -> Question:
    """How many weights and biases the layer has."""
    filters, depth, height, width = setting.weight.shape
    bias = setting.bias is not None
    prompt = Message(
        "{layer}. How many parameters does the layer have?", {"layer": _layer(setting)}
    )
    why = Message(
        "Filters × (planes × kernel + bias) = {filters}·({depth}·{height}·{width} + {bias}); "
        "the input's size does not matter.",
        {"filters": filters, "depth": depth, "height": height, "width": width, "bias": int(bias)},
    )
    return counting(prompt, setting.counts.shared, _parameter_slips(setting), why)


def maps(setting: Setting) -> Question:
    """How many maps come out."""
    filters, depth = setting.weight.shape[:2]
    slips = [
        (
            len(setting.x),
            Message("That is one for each channel; a filter adds up all that it reads."),
        ),
        (
            filters * depth,
            Message("That is one for each kernel plane; the planes of a filter are added up."),
        ),
    ]
    prompt = Message("{layer}. How many maps come out?", {"layer": _layer(setting)})
    why = Message("One for each filter, however many channels it reads.")
    return counting(prompt, setting.counts.output[0], slips, why)


def multiply_adds(setting: Setting) -> Question:
    """How many products, each with its addition, the whole output takes."""
    filters, depth, height, width = setting.weight.shape
    _, rows, columns = setting.counts.output
    prompt = Message(
        "{layer}. How many multiply–adds does the output take, those with padding included?"
        if any(setting.padding)
        else "{layer}. How many multiply–adds does the output take?",
        {"layer": _layer(setting)},
    )
    why = Message(
        "Outputs × products for each = {filters}·{rows}·{columns} × {depth}·{height}·{width}.",
        {
            "filters": filters,
            "rows": rows,
            "columns": columns,
            "depth": depth,
            "height": height,
            "width": width,
        },
    )
    return counting(prompt, setting.counts.multiply_adds, _multiply_add_slips(setting), why)


def _layer(setting: Setting) -> Message:
    """The geometry with channels, filters, bias and, where there are some, groups."""
    fields = {
        "geometry": geometry(setting),
        "channels": len(setting.x),
        "filters": len(setting.weight),
        "bias": Message("without bias" if setting.bias is None else "with bias"),
    }
    if setting.groups == 1:
        return Message("{geometry}; input channels: {channels}, filters: {filters}, {bias}", fields)
    return Message(
        "{geometry}; input channels: {channels}, filters: {filters}, groups: {groups}, {bias}",
        {**fields, "groups": setting.groups},
    )


def _parameter_slips(setting: Setting) -> Pairs:
    filters, depth, *kernel = setting.weight.shape
    bias = setting.bias is not None
    weights = setting.weight.size
    if bias:
        yield weights, Message("The biases are missing: one for each filter.")
        yield (
            weights + filters * depth,
            Message("That is a bias for each kernel plane; a filter has one in all."),
        )
    else:
        yield weights + filters, Message("This layer has no biases.")
    yield conv_parameters(1, filters, kernel, bias=bias), _FLAT
    yield conv_parameters(len(setting.x), filters, kernel, bias=bias), _UNGROUPED
    yield (
        setting.counts.dense,
        Message("That is a dense layer: each output has a weight of its own for every input."),
    )


def _multiply_add_slips(setting: Setting) -> Pairs:
    channels, filters, groups = len(setting.x), len(setting.weight), setting.groups
    kernel, places = setting.weight.shape[2:], setting.counts.output[1:]
    yield conv_multiply_adds(1, filters, kernel, places), _FLAT
    yield conv_multiply_adds(channels, filters, kernel, places), _UNGROUPED
    yield (
        setting.counts.multiply_adds // filters,
        Message("That is for one filter; there are {filters}.", {"filters": filters}),
    )
    yield (
        conv_multiply_adds(channels, filters, kernel, (1, 1), groups),
        Message(
            "That is for one place of the window; there are {rows}×{columns}.",
            {"rows": places[0], "columns": places[1]},
        ),
    )
    yield (
        setting.counts.dense_multiply_adds,
        Message("That is a dense layer: every output reads every input."),
    )
