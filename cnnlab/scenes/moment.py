"""Where a scene is and what its numbers look like there: what both lines of a sentence are made of.

A *group* is the parts up to and including one that writes: what together makes one result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from math import isinf, isnan, prod

from cnnlab.scenes.replay import (
    Move,
    Values,
    before,
    cells,
    locate,
    moves,
    numbers_read,
    play_step,
    sent_values,
    winner,
)
from cnnlab.scenes.scene import Phase, Scene, Term
from cnnlab.scenes.words import WORDS

Words = Mapping[str, str]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# A space that a template leaves for Latin names, between two Chinese characters.
_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def number(x: float) -> str:
    """A number as the stage writes it: short, a true minus, nothing where none is known yet.

    Five digits and more are set in groups of three; from a million on, and where there would be
    no digit left, it is a power of ten.

    Digits are rounded half up on the exact binary value, as JavaScript's ``toFixed`` does.

    >>> number(-3), number(0.25), number(-0.00012), number(12345.67), number(2.5e6)
    ('−3', '0.25', '−1.2·10⁻⁴', '12,345.7', '2.5·10⁶')
    """
    if isnan(x):
        return ""
    size = "∞" if isinf(x) else _size(abs(x))
    return "−" + size if x < 0 else size


def _size(x: float) -> str:
    if x < 1e6 and x == int(x):
        return _grouped(str(int(x)))
    if x >= 1e6 or x < 0.0005:
        with localcontext(Context(rounding=ROUND_HALF_UP)):
            digits, power = f"{Decimal(x):.1e}".split("e")
            return f"{digits}·10{power.removeprefix('+').translate(_RAISED)}"
    places = 1 if x >= 100 else 2 if x >= 1 else 3
    digits = str(Decimal(x).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
    return _grouped(digits.rstrip("0").rstrip("."))


def _grouped(digits: str) -> str:
    whole, point, rest = digits.partition(".")
    return (whole if len(whole) < 5 else f"{int(whole):,}") + point + rest


def inner(x: float) -> str:
    """A number inside an expression: in parentheses where its sign would meet another one."""
    text = number(x)
    return f"({text})" if text.startswith("−") else text


@dataclass(frozen=True)
class Moment:
    """A position of a scene, with all that the two lines are made of.

    ``live`` are the moves of each part, ``ends[p]`` counts those up to the end of part p.
    """

    scene: Scene
    phase: Phase
    step: int
    move: int
    values: Values
    before: Values
    live: list[list[Move]]
    words: Words

    @property
    def ends(self) -> list[int]:
        """The move at which each part is over."""
        return [sum(map(len, self.live[: p + 1])) for p in range(len(self.live))]

    @property
    def current(self) -> int:
        """The part that the last move belongs to (the first one while nothing has moved)."""
        return next((p for p, end in enumerate(self.ends) if self.move <= end and end > 0), 0)

    @property
    def group(self) -> range:
        """The parts of the group that the current part belongs to."""
        ends = [p + 1 for p, part in enumerate(self.phase.parts) if part.writes is not None]
        stop = next(end for end in ends if end > self.current)
        return range(max((end for end in ends if end <= self.current), default=0), stop)

    def read(self, p: int) -> list[list[float]]:
        """The numbers that part ``p`` reads, move by move."""
        return numbers_read(self.values, self.live[p])

    @property
    def best(self) -> list[tuple[str, int]]:
        """The cells that the maxima of this step hold best so far, by (grid, cell)."""
        held = []
        for p, part in enumerate(self.phase.parts):
            made = self.live[p][: max(self.move - self.ends[p] + len(self.live[p]), 0)]
            if part.op == "max" and made:
                held.append(made[winner(numbers_read(self.values, made))].reads[0])
        return held

    def cell(self, term: Term) -> str:
        """The first cell of a term in words; the grid's name alone where all are off the grid."""
        on = [c for c in cells(self.scene, self.phase, term, self.step) if c is not None]
        return self.place(term.grid, on[0]) if on else str(self.scene.grid(term.grid).label)

    def place(self, identity: str, cell: int) -> str:
        """One cell in words, its rows and columns counted from 1 without the padding."""
        grid = self.scene.grid(identity)
        rows, columns = grid.shape[-2:]
        plane = cell // (rows * columns)
        kind = "cell" if prod(grid.shape[:-2]) == 1 else "cell in plane"
        template = self.words["cell in row" if grid.pitch else kind]
        said = template.format(
            grid=grid.label,
            plane=grid.planes[plane] if grid.planes else plane + 1,
            row=cell // columns % rows - grid.padding[0] + 1,
            column=cell % columns - grid.padding[3] + 1,
        )
        return _GAP.sub("", said)


def moment(scene: Scene, step: int, move: int, words: Words = WORDS) -> Moment:
    """The position (step, move) of a scene, looked up."""
    phase, inside = locate(scene, step)
    live = [moves(scene, phase, part, inside) for part in phase.parts]
    now = before(scene, step)
    earlier = {grid: values.copy() for grid, values in now.items()}
    play_step(scene, earlier, step, max(move - 1, 0), sent_values(scene))
    play_step(scene, now, step, move, sent_values(scene))
    return Moment(scene, phase, inside, move, now, earlier, live, words)
