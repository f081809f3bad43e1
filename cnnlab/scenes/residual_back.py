"""The gradients of a residual block, and where each stands on the stage."""

from dataclasses import dataclass
from functools import cached_property

from cnnlab.engine import Array
from cnnlab.engine.residual import Block, Run, Step, body
from cnnlab.scenes.geometry import Place
from cnnlab.scenes.residual_parts import BELOW, MAIN

BODY, SKIP = "x by the body", "x by the shortcut"


@dataclass(frozen=True, eq=False)
class Back:
    """A block's run, the gradients of `engine.residual.backward`, and where their grids stand."""

    block: Block
    made: Run
    grads: dict[str, Array]

    @property
    def order(self) -> list[str]:
        """The gradients of the main row, from left to right; those of batch norms stand below."""
        steps = body(self.block)
        names = ["x", BODY, *(step.target for step in steps if step.op != "norm")]
        if not self.block.skip:
            names.remove("x")  # it is what comes by the body
        ends = (["sum"] if self.block.skip else []) + ([] if self.block.preactivated else ["y"])
        return names + ends

    def place(self, name: str) -> Place:
        """Where a gradient stands: that of a batch norm below that of its input."""
        if name == SKIP:
            return self.order.index("x"), BELOW
        for step in body(self.block):
            if name == step.target and step.op == "norm":
                return self.order.index(BODY if step.source == "x" else step.source), BELOW
        return self.order.index(name), MAIN

    @cached_property
    def aside(self) -> dict[str, Place]:
        """Where gates and kernels stand: gates below the gradient that they let through, kernels
        below that which they multiply, or in the free place that is nearest to it."""
        steps = body(self.block)
        below = [step.target for step in steps if step.op == "relu"]
        below += [] if self.block.preactivated else ["y"]
        found = {f"gate {name}": (self.order.index(name), BELOW) for name in below}
        wanted = [
            (f"weight{step.n + 1}", step.target) for step in reversed(steps) if step.op == "conv"
        ]
        if self.block.projection is not None and self.block.skip:
            wanted.append(("projection", BODY))
        taken = {*found.values(), *(self.place(name) for name in self.grads if self._stands(name))}
        for identity, name in wanted:
            at = self.order.index(name)
            free = [n for n in range(len(self.order) + 2) if (n, BELOW) not in taken]
            found[identity] = min(free, key=lambda n: abs(n - at)), BELOW
            taken.add(found[identity])
        return found

    def scale(self, step: Step) -> Array:
        """γ/σ of the channels of a batch norm, (channels,)."""
        assert self.block.norms is not None
        scale: Array = self.block.norms[step.n][0] * self.made.statistics[step.n].inverse_std
        return scale

    def _stands(self, name: str) -> bool:
        norms = [step.target for step in body(self.block) if step.op == "norm"]
        return name in norms or (name == SKIP and self.block.skip)
