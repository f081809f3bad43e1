"""What is sent to the stage: exactly the agreed fields, translated, and small."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from cnnlab.message import Message
from cnnlab.scenes.backward import backward_scatter
from cnnlab.scenes.connections import connections
from cnnlab.scenes.convolution import convolution
from cnnlab.scenes.encode import decode, encode, scales
from cnnlab.scenes.gather import backward_gather
from cnnlab.scenes.im2col import im2col
from cnnlab.scenes.scene import Axis, Grid, Part, Phase, Scene, Term, Wire
from cnnlab.scenes.video import convolution3d

RNG = np.random.default_rng(3)


def sent(scene):
    return json.loads(json.dumps(encode(scene), allow_nan=False))


def size(scene):
    return len(json.dumps(encode(scene)).encode())


def ones(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def test_the_fields_are_exactly_these():
    phase = Phase(
        Message("run"),
        (2,),
        (
            Part("max", (Term("x", at=(1, 0)),), Message("first")),
            Part(
                "add",
                (Term("x", (Axis(), Axis(1, (), 1, -1))),),
                Message("second"),
                Term("y", (Axis(), Axis(0, (1,)))),
                scatter=True,
            ),
        ),
        finale=Message("end"),
    )
    x = Grid("x", Message("X"), (1, 2), np.array([[1, np.nan]]), "input", (0, 1), (1, 2, 3, 4))
    y = Grid(
        "y", Message("Y"), (1, 2), None, "output", None, (0, 0, 0, 0), (1,), (2,), (Message("p"),)
    )
    y = replace(y, editable=True, note=Message("n"), overhang=(1, 2, 3, 4), drag=(-1, 2))
    y = replace(y, pitch=(2, 0.5))
    wires = (Wire("x", "y", Message("w"), around=True), Wire("y", "x"))
    assert encode(Scene((x, y), (phase,), None, 1, "cone", wires)) == {
        "grids": [
            {
                "id": "x",
                "label": "X",
                "note": None,
                "shape": [1, 2],
                "values": base64.b64encode(np.array([1, np.nan], "<f4").tobytes()).decode(),
                "quantity": "input",
                "place": [0, 1],
                "padding": [1, 2, 3, 4],
                "unread_rows": [],
                "unread_columns": [],
                "planes": [],
                "editable": False,
                "overhang": [0, 0, 0, 0],
                "drag": None,
                "pitch": None,
            },
            {
                "id": "y",
                "label": "Y",
                "note": "n",
                "shape": [1, 2],
                "values": None,
                "quantity": "output",
                "place": None,
                "padding": [0, 0, 0, 0],
                "unread_rows": [1],
                "unread_columns": [2],
                "planes": ["p"],
                "editable": True,
                "overhang": [1, 2, 3, 4],
                "drag": [-1, 2],
                "pitch": [2, 0.5],
            },
        ],
        "reach": "cone",
        "wires": [
            {"source": "x", "target": "y", "label": "w", "around": True},
            {"source": "y", "target": "x", "label": None, "around": False},
        ],
        "phases": [
            {
                "label": "run",
                "over": [2],
                "parts": [
                    {
                        "op": "max",
                        "label": "first",
                        "terms": [{"grid": "x", "role": "read", "at": [1, 0]}],
                        "writes": None,
                        "scatter": False,
                    },
                    {
                        "op": "add",
                        "label": "second",
                        "terms": [
                            {"grid": "x", "role": "read", "axes": [[0, [0], 1, 1], [1, [0], 1, -1]]}
                        ],
                        "writes": {
                            "grid": "y",
                            "role": "read",
                            "axes": [[0, [0], 1, 1], [0, [1], 1, 1]],
                        },
                        "scatter": True,
                    },
                ],
                "subject": {
                    "grid": "y",
                    "role": "read",
                    "axes": [[0, [0], 1, 1], [0, [1], 1, 1]],
                },
                "look": "look",
                "done": "done",
                "finale": "end",
            }
        ],
        "scales": {"input": 1.0, "output": 1.0},
        "lens": None,
        "start": 1,
    }


def test_one_scale_for_each_quantity_and_never_zero_or_infinite():
    def grid(name, values, quantity):
        values = np.array([values], float)
        return Grid(name, Message(name), values.shape, values, quantity)

    scene = Scene(
        (
            grid("a", [1, -7, np.inf], "weight"),
            grid("b", [3, np.nan], "weight"),
            grid("c", [0, 0], "input"),
            grid("d", [np.nan], "output"),
        ),
        (),
    )
    assert scales(scene) == {"weight": 7, "input": 1, "output": 1}


def test_counts_have_a_scale_of_their_own_and_padding_of_minus_infinity_none():
    x = np.array([[-np.inf, 3.0, -2.0]])
    grids = (
        Grid("x", Message("x"), x.shape, x, "input"),
        Grid("reads", Message("reads"), (1, 2), np.array([[4, 9]], float), "count"),
    )
    assert scales(Scene(grids, ())) == {"input": 3, "count": 9}
    arrived = decode(sent(Scene(grids, ())))
    np.testing.assert_array_equal(arrived.grid("x").values, x)


def test_what_hangs_over_and_what_is_dragged_arrives():
    x = Grid("x", Message("x"), (1, 1), np.ones((1, 1)), "input", overhang=(0, 1, 2, 0))
    arrived = decode(sent(Scene((x, replace(x, id="y", drag=(3, -4))), (), None, 0)))
    assert [grid.overhang for grid in arrived.grids] == [(0, 1, 2, 0)] * 2
    assert [grid.drag for grid in arrived.grids] == [None, (3, -4)]


def test_messages_leave_translated_and_arrive_as_they_were_said():
    scene = convolution(ones(3, 5, 5), ones(2, 3, 3, 3), ones(2), padding=1)
    said = encode(scene, say=lambda message: "{" + str(message) + "}")
    assert said["phases"][0]["parts"][3]["label"] == "{bias}"
    assert said["grids"][0]["planes"] == ["{R}", "{G}", "{B}"]
    back = decode(said)
    assert str(back.grids[0].note) == "{5×5×3, with padding 7×7}"  # braces are not filled again
    assert str(back.phases[0].finale) == "{The whole output: 50 numbers from 56 parameters.}"


@pytest.mark.parametrize(
    "scene",
    [
        convolution(ones(4, 5, 7), ones(4, 2, 3, 2), ones(4), stride=(1, 2), groups=2),
        im2col(ones(4, 5, 7), ones(4, 2, 3, 2), ones(4), padding=1, groups=2, group=1),
        backward_scatter(ones(4, 5, 7), ones(4, 2, 3, 2), ones(4, 3, 6), groups=2),
        backward_gather(ones(4, 5, 7), ones(4, 2, 3, 2), ones(4, 3, 6), groups=2),
        connections(ones(1, 5, 4), ones(1, 1, 3, 3), "dense", RNG),
        convolution3d(ones(1, 3, 5, 4), ones(1, 1, 2, 3, 3), ones(1)),
    ],
)
def test_encoding_what_arrived_gives_the_same_again(scene):
    once = sent(scene)
    assert sent(decode(once)) == once


def test_values_arrive_bit_for_bit_in_float32():
    x = ones(1, 4, 5)
    arrived = decode(sent(convolution(x, ones(1, 1, 2, 2)))).grid("input").values
    assert arrived.dtype == np.float32
    assert np.array_equal(arrived, x)


def test_a_digit_under_a_3_by_3_kernel_is_small():
    image, kernel, dy = ones(1, 28, 28), ones(1, 1, 3, 3), ones(1, 28, 28)
    assert size(convolution(image, kernel)) < 10_000
    assert size(convolution(image, kernel, ones(1), padding=1)) < 12_000
    assert size(im2col(image, kernel, padding=1)) < 14_000
    assert size(backward_scatter(image, kernel, dy, padding=1)) < 18_000
    assert size(backward_gather(image, kernel, dy, padding=1)) < 16_000


def test_a_photograph_under_four_7_by_7_filters_is_not_much():
    image, filters = ones(3, 32, 32), ones(4, 3, 7, 7)
    assert size(convolution(image, filters, ones(4), padding=3)) < 60_000


def test_the_size_does_not_grow_with_the_steps():
    def structure(n):
        said = encode(convolution(ones(1, n, n), ones(1, 1, 3, 3)))
        return len(json.dumps(said["phases"]))

    assert structure(28) - structure(7) < 10  # the digits of the loop sizes
