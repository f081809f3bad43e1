"""Layers as text: there and back, what is refused, and that nothing else ever happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine import layers as L  # noqa: N812
from cnnlab.engine.layer_text import MOST_LAYERS, read, write
from cnnlab.engine.networks import NETWORKS
from cnnlab.message import InvalidInput


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_network_comes_back(network) -> None:
    assert read(write(network.layers)) == network.layers


def test_what_is_written_by_hand() -> None:
    assert read(" Conv 16 5x3 s2 p1x0 d2 g4 nobias ,bn,, avgpool 3 s2 p1 ceil , dropout .25") == (
        L.Conv(16, (5, 3), 2, (1, 0), 2, 4, bias=False),
        L.BatchNorm(),
        L.AvgPool(3, 2, 1, ceil_mode=True),
        L.Dropout(0.25),
    )
    assert read("") == ()
    assert read("res(conv 8 3 p1, relu | conv 8 1), global") == (
        L.Residual((L.Conv(8, 3, padding=1), L.ReLU()), (L.Conv(8, 1),)),
        L.GlobalAvgPool(),
    )


@pytest.mark.parametrize(
    "text",
    [
        "conv", "conv 16", "conv 16 5 5", "conv 16 5 q2", "conv 16 5 s2 s3", "conv 16 5 sx",
        "conv 3x3 3", "conv 16 5x5x5", "conv 16 -5", "conv 16 5 ceil", "pool", "pool 2 2",
        "pool 2 d2", "pool 2 nobias", "dense", "dense 10 s2", "dense 1x1", "relu 3", "bn 2",
        "dropout", "dropout 1", "dropout 1.5", "dropout nan", "conv 99999 3", "conv 16 5 g2x2",
        "res(conv 8 3", "res(a | b | c)", "res(res(relu))", "conv ١٦ ٥", "<script>", "conv 5x 3",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_quoted(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no layer"):
        read(text)


def test_too_many_and_too_long_are_refused() -> None:
    assert len(read(",".join(["relu"] * MOST_LAYERS))) == MOST_LAYERS
    with pytest.raises(InvalidInput, match="61 layers are too many"):
        read(",".join(["relu"] * (MOST_LAYERS + 1)))
    with pytest.raises(InvalidInput, match="characters long"):
        read("relu," * 5000)


sizes = st.integers(1, 9999) | st.tuples(st.integers(1, 99), st.integers(0, 99))
pools = st.tuples(sizes, st.none() | sizes, sizes, st.booleans())
plain = st.one_of(
    st.builds(L.Conv, st.integers(1, 99), sizes, sizes, sizes, sizes, st.integers(1, 9),
              st.booleans()),
    pools.map(lambda given: L.MaxPool(*given)),
    pools.map(lambda given: L.AvgPool(*given)),
    st.builds(L.Dense, st.integers(1, 9999), st.booleans()),
    st.integers(0, 9999).map(lambda n: L.Dropout(n / 10_000)),
    st.sampled_from([L.BatchNorm(), L.ReLU(), L.Tanh(), L.Sigmoid(), L.Flatten(),
                     L.GlobalAvgPool()]),
)  # fmt: skip
some = st.lists(plain, max_size=6).map(tuple)
blocks = st.builds(L.Residual, some.filter(len), some)


@given(st.lists(plain | blocks, max_size=5).map(tuple))
def test_any_layers_come_back(layers) -> None:
    assert read(write(layers)) == layers


@given(st.text(alphabet="conv relupd 0123456789x,()|.-sgbnit\n", max_size=80))
def test_any_text_gives_layers_or_a_sentence(text: str) -> None:
    try:
        layers = read(text)
    except InvalidInput:
        return
    assert read(write(layers)) == layers
