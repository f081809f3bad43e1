"""The network and its optimiser in PyTorch. Importing this module loads torch."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnlab.engine.checks import Array
from cnnlab.engine.initial import initial_weights
from cnnlab.nets.build import build, load
from cnnlab.training import draws
from cnnlab.training.config import Config

COUNTED = "num_batches_tracked"  # of batch norm; nothing here needs it


class SeededDropout(nn.Module):
    """Dropout whose draws follow from the seed, the step and its place among the dropouts."""

    def __init__(self, p: float, seed: int, layer: int) -> None:
        super().__init__()
        self.p, self.seed, self.layer = p, seed, layer
        self.step = 0

    def forward(self, x: Tensor) -> Tensor:
        """X (N, …) itself in eval mode."""
        if not self.training:
            return x
        kept = draws.kept(self.seed, self.step, self.layer, tuple(x.shape), self.p)
        return x * torch.from_numpy(kept).to(x.device)


class TorchLearner:
    """A `Learner` made of PyTorch's parts; on a GPU where there is one.

    It draws nothing from PyTorch's own generator and leaves it alone. PyTorch counts its threads
    for each thread that calls it: the learner sets `config.threads` in whichever thread works with
    it, so trainings side by side keep their own, and their results stay the same.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._set_threads()
        self._dropouts: list[SeededDropout] = []
        weights = initial_weights(config.network, config.seed, config.start)
        model = build(config.network, weights, self._dropout)
        # channels innermost: up to 1.6 times as fast on a CPU, and never slower in what was tried
        self._model = model.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = _optimizer(config, self._model)
        self._loss = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
        self._prepare_moments()

    def step(
        self, x: Array, labels: NDArray[np.uint8], learning_rate: float, step: int
    ) -> tuple[float, int]:
        """See `Learner`."""
        self._set_threads()
        for dropout in self._dropouts:
            dropout.step = step
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
        wanted = torch.from_numpy(labels.astype(np.int64)).to(self._device)
        logits = self._model(self._on_device(x))
        loss = self._loss(logits, wanted)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        right = (logits.detach().argmax(1) == wanted).sum()
        return loss.item(), int(right.item())

    def logits(self, x: Array) -> Array:
        """See `Learner`."""
        self._set_threads()
        self._model.eval()
        with torch.inference_mode():
            logits = self._model(self._on_device(x)).cpu().numpy()
        self._model.train()
        return cast(Array, logits)

    def weights(self) -> dict[str, Array]:
        """See `Learner`."""
        state = self._model.state_dict()
        return {name: _copy(t) for name, t in state.items() if not name.endswith(COUNTED)}

    def gradients(self) -> dict[str, Array]:
        """See `Learner`; empty before the first step."""
        named = self._model.named_parameters()
        return {name: _copy(p.grad) for name, p in named if p.grad is not None}

    def state(self) -> dict[str, Array]:
        """See `Learner`; "weights.…", and "optimizer.…" for each memory of each parameter."""
        state = {f"weights.{name}": values for name, values in self.weights().items()}
        for name, parameter in self._model.named_parameters():
            for kind, memory in self._optimizer.state[parameter].items():
                state[f"optimizer.{kind}.{name}"] = _copy(memory)
        return state

    def restore(self, state: Mapping[str, Array]) -> None:
        """See `Learner`; the names and shapes must be those of `state`."""
        load(self._model, {name: state[f"weights.{name}"] for name in self.weights()})
        for name, parameter in self._model.named_parameters():
            for kind, memory in self._optimizer.state[parameter].items():
                memory.copy_(torch.from_numpy(state[f"optimizer.{kind}.{name}"].copy()))

    def _dropout(self, p: float) -> nn.Module:
        dropout = SeededDropout(p, self._config.seed, len(self._dropouts))
        self._dropouts.append(dropout)
        return dropout

    def _set_threads(self) -> None:
        if torch.get_num_threads() != self._config.threads:
            torch.set_num_threads(self._config.threads)

    def _on_device(self, x: Array) -> Tensor:
        return torch.from_numpy(x).to(self._device)

    def _prepare_moments(self) -> None:
        """What PyTorch would make at the first step, so that there is always the same to keep."""
        kinds = {"sgd": ["momentum_buffer"] if self._config.momentum else []}
        for parameter in self._model.parameters():
            state = self._optimizer.state[parameter]
            for kind in kinds.get(self._config.optimizer, ["exp_avg", "exp_avg_sq"]):
                state[kind] = torch.zeros_like(parameter)
            if self._config.optimizer != "sgd":
                state["step"] = torch.zeros((), device=self._device)


def _optimizer(config: Config, model: nn.Module) -> torch.optim.Optimizer:
    parameters = list(model.parameters())
    decay, betas = config.weight_decay, (config.beta1, config.beta2)
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=config.momentum, weight_decay=decay, fused=True)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, betas=betas, weight_decay=decay, fused=True)


def _copy(tensor: Tensor) -> Array:
    return np.array(tensor.detach().cpu().numpy(), order="C")
