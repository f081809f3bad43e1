"""Files of weights: what is packed comes back, and of anything else only a sentence."""

import json
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from cnnlab.engine.initial import initial_weights
from cnnlab.engine.networks import DENSE, LENET5
from cnnlab.message import InvalidInput
from cnnlab.nets import weights as module
from cnnlab.nets.weights import fitting, pack, unpack

ARRAYS = {
    "1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "told": np.array(3, np.float32),
    "3.body.0.bias": np.ones(5, np.float32),
}
WHOLE = pack('{"a": "é"}', ARRAYS)


def made(header: Any, body: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + body


OURS = {"format": "cnnlab", "kind": "weights", "config": "{}"}


def entry(
    shape: object = (2,), offsets: object = (0, 8), dtype: object = "F32", name: str = "a"
) -> dict[str, Any]:
    return {
        "__metadata__": OURS,
        name: {"dtype": dtype, "shape": shape, "data_offsets": offsets},
    }


def test_comes_back_as_it_was() -> None:
    text, arrays = unpack(WHOLE)
    assert text == {"config": '{"a": "é"}'}
    assert set(arrays) == set(ARRAYS)
    for name, values in ARRAYS.items():
        assert arrays[name].shape == values.shape
        assert arrays[name].dtype == np.float32
        assert (arrays[name] == values).all()
        arrays[name][...] = 0  # may be written to
    assert unpack(made(entry(), bytes(8)))[1]["a"].tolist() == [0, 0]


def test_anyone_can_read_it() -> None:
    assert set(load(WHOLE)) == set(ARRAYS)
    turned = {"a": np.arange(6, dtype=np.float64).reshape(2, 3).T}
    assert (load(pack("{}", turned))["a"] == turned["a"]).all()


def test_facts_and_kinds() -> None:
    data = pack("{}", {}, "snapshot", step="3")
    assert unpack(data, "snapshot") == ({"config": "{}", "step": "3"}, {})
    with pytest.raises(InvalidInput, match="another kind"):
        unpack(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no safetensors"),
        (b"\x80\x04\x95", "no safetensors"),
        (b"PK\x03\x04" + bytes(100), "no safetensors"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no safetensors"),
        (WHOLE[:7], "no safetensors"),
        (WHOLE[:40], "cut off"),
        (WHOLE[:-1], "cut off"),
        (WHOLE + b"\0", "damaged"),
        (made(b"{", length=2**63), "no safetensors"),
        (made(b"{", length=999_999), "damaged"),
        (made(b"{" * 50_000), "damaged"),
        (made(b'{"a":' * 50_000), "damaged"),
        (made(b"{\xff}"), "damaged"),
        (made({"__metadata__": 3}), "damaged"),
        (made({"__metadata__": {"format": 3}}), "damaged"),
        (made({"__metadata__": {"format": "pt"}}), "not saved by CNN Lab"),
        (made({"__metadata__": {"format": "cnnlab"}}), "not saved by CNN Lab"),
        (save(ARRAYS), "not saved by CNN Lab"),
        (made({**entry(), "b": 3}, bytes(8)), "damaged"),
        (made({**entry(), **{f"n{i}": 1 for i in range(6_000)}}, bytes(8)), "damaged"),
        (made(entry(name="<img src=x>"), bytes(8)), "damaged"),
        (made(entry(name="a" * 200), bytes(8)), "damaged"),
        (made(entry(dtype="F16", offsets=(0, 4)), bytes(4)), "not float32"),
        (made(entry(dtype="BF16", offsets=(0, 4)), bytes(4)), "not float32"),
        (made(entry(dtype="I64", offsets=(0, 16)), bytes(16)), "not float32"),
        (made(entry(dtype=["F32"]), bytes(8)), "not float32"),
        (made(entry(offsets=(0, 4)), bytes(8)), "damaged"),
        (made(entry(offsets=(8, 0)), bytes(8)), "damaged"),
        (made(entry(offsets=(-8, 0)), bytes(8)), "damaged"),
        (made(entry(offsets="0, 8"), bytes(8)), "damaged"),
        (made(entry(shape=(2**62, 4)), bytes(8)), "damaged"),
        (made(entry(shape=(-2,)), bytes(8)), "damaged"),
        (made(entry(shape=(2.0,)), bytes(8)), "damaged"),
        (made(entry(offsets=(1_000, 1_008)), bytes(8)), "damaged"),
        (
            made({**entry(), "b": {**entry()["a"], "data_offsets": [4, 12]}}, bytes(12)),
            "damaged",
        ),
        (made(entry(), np.array([1, np.nan], np.float32).tobytes()), "no number"),
        (made(entry(), np.array([np.inf, 1], np.float32).tobytes()), "no number"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        unpack(data)


def test_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", len(WHOLE))
    unpack(WHOLE)
    with pytest.raises(InvalidInput, match="MB"):
        unpack(WHOLE + b"\0")


def test_hundreds_of_damaged_files() -> None:
    rng = random.Random(0)
    refused = 0
    for _ in range(3_000):
        data = bytearray(WHOLE)
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        if rng.random() < 0.1:
            place = rng.randrange(len(data) + 1)
            data[place:place] = rng.randbytes(rng.randrange(9))
        try:
            _, arrays = unpack(bytes(data))
        except InvalidInput:
            refused += 1
        else:
            assert all(np.isfinite(a).all() and a.dtype == np.float32 for a in arrays.values())
    assert refused > 1_000
    for n in range(300):
        with pytest.raises(InvalidInput):
            unpack(rng.randbytes(n))


def test_fitting() -> None:
    weights = initial_weights(DENSE, seed=0)
    turned = dict(reversed(unpack(pack("{}", weights))[1].items()))
    assert list(fitting(DENSE, turned)) == list(weights)
    with pytest.raises(InvalidInput, match=r"3\.bias"):
        fitting(DENSE, {n: a for n, a in weights.items() if n != "3.bias"})
    with pytest.raises(InvalidInput, match=r"4\.bias"):
        fitting(DENSE, {**weights, "4.bias": weights["3.bias"]})
    with pytest.raises(InvalidInput, match=r"1\.bias"):
        fitting(DENSE, {**weights, "1.bias": weights["3.bias"]})
    with pytest.raises(InvalidInput):
        fitting(LENET5, weights)


def test_needs_no_torch() -> None:
    program = "import sys, cnnlab.nets.weights, cnnlab.training.snapshots, cnnlab.training.loop; "
    done = subprocess.run(
        [sys.executable, "-c", program + "print('torch' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
