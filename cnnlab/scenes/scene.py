"""The Scene: a computation recorded as grids of numbers and the loops that read and write them.

A scene does not list its steps. It says, for every loop index, which cells are read and which
are written, as affine index expressions, the way the polyhedral model of compilers does
(Feautrier 1992, "Some efficient solutions to the affine scheduling problem"). Its size grows with
the grids and the number of phases, not with the number of steps, and every question of the kind
"who reads this cell?" is arithmetic on the coefficients.

How it is played (``replay.py`` in Python, ``stage/tape.js`` in the browser; both follow this):

* A **phase** is a loop nest. Its *steps* are the indices of the nest in row-major order; steps of
  all phases are numbered on, phase after phase. What a class calls "cell 10 of 18" is a step.
* A step runs the phase's **parts** in order. A part reads its terms, and applies its operation:

  ========  ==================================================  ============  ==================
  op        terms                                               result        moves
  ========  ==================================================  ============  ==================
  dot       two of n cells                                      Σ a·b         one a pair
  add       any number of terms                                 Σ of all      one a cell
  max       one of n cells                                      the largest   one a cell
  mean      one of n cells                                      Σ / n         one a cell
  relu      one cell                                            max(0, x)     one
  affine    three of one cell: x, scale, shift                  x·scale+shift one
  scale     one cell s, then one of n cells                     n cells s·b   one a cell
  copy      one of n cells                                      the n cells   one a cell
  ========  ==================================================  ============  ==================

  Cells of a term are taken in row-major order of its counts and paired by position. A cell off
  its grid drops out, together with its partners (and with the cell it would have written); n is
  the number of cells that are left. Of none at all, ``max`` is −∞ and all else 0.
  Of equal numbers a ``max`` keeps the first; the cell that it holds best so far is marked.
* The results of ``dot, add, max, mean, relu, affine`` are one number; it is added to the step's
  *running total*. A part with ``writes`` puts the running total (or, for ``scale`` and ``copy``,
  its n results) into the written cells and starts a new total at 0. With ``scatter`` it adds to
  what is there instead of replacing it; a grid that is scattered into starts at 0.
* A *move* is the smallest motion: one product, one comparison, one copy. A position is
  ``(step, move)`` with move 0 = "looking" (the window is outlined, nothing of this step is
  computed) to move M = "written". M may differ from step to step, since pairs drop out; a part
  without moves is over when its turn comes, and a step without any is written at once.
"""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt

from cnnlab.message import Message

Op = Literal["dot", "add", "max", "mean", "relu", "affine", "scale", "copy"]
Role = Literal["read", "tap", "winner"]
Quantity = Literal["input", "weight", "output", "gradient", "count", "ways"]


@dataclass(frozen=True)
class Axis:
    """The cells that a term touches along one axis of its grid.

    At loop index ``i`` these are ``base + Σ coefficients[l]·i[l] + step·u`` for u < count.
    ``coefficients`` may be shorter than the loop nest: the missing ones are 0.
    """

    base: int = 0
    coefficients: tuple[int, ...] = ()
    count: int = 1
    step: int = 1


@dataclass(frozen=True)
class Term:
    """Some cells of one grid: an `Axis` for each of its axes, or ``at``, a flat cell a step.

    ``role`` says what they are to the reader: what is looked at (``read``), the weights
    (``tap``), or the cell that a maximum remembered (``winner``).
    """

    grid: str
    axes: tuple[Axis, ...] = ()
    role: Role = "read"
    at: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Part:
    """One sub-step: an operation on terms. With ``writes``, the running total is put there."""

    op: Op
    terms: tuple[Term, ...]
    label: Message
    writes: Term | None = None
    scatter: bool = False


@dataclass(frozen=True)
class Phase:
    """A loop nest ``over`` sizes, and the parts that each of its steps runs in order.

    ``subject`` is the cell that a step is about, in words; by default the cell that its last
    part writes. ``look``, ``done`` and ``finale`` name the sentences (keys of `words.WORDS`)
    said before the first move, after the last move of a step, and after the phase's last step.
    """

    label: Message
    over: tuple[int, ...]
    parts: tuple[Part, ...]
    subject: Term | None = None
    look: str = "look"
    done: str = "done"
    finale: Message | None = None

    @property
    def steps(self) -> int:
        """The number of steps: the product of the loop sizes."""
        return prod(self.over)

    @property
    def about(self) -> Term:
        """The term that names the cell a step is about."""
        written = self.subject or self.parts[-1].writes
        assert written is not None, "the last part of a phase writes"
        return written


@dataclass(frozen=True)
class Grid:
    """A named array of two or more axes; the last two are rows and columns, the others planes.

    ``label`` is its short name ("Output"), ``note`` what stands beside it ("3×3×2").
    ``values`` are the engine's finished numbers; None where the stage is to work them out itself
    (a grid of copies, which would only repeat another). They may be −∞, as the padding of max
    pooling is. A grid that no phase writes shows its values from the start. ``quantity`` chooses
    the colour scale, one for all grids of a kind; that of ``ways`` is logarithmic. ``place`` is
    (column, row) in the stage's layout, or None where the grid is seen only through the lens (a
    filter bank, of which one filter is at work).
    ``padding`` (top, right, bottom, left) counts the rows and columns that are padding;
    ``unread_rows`` and ``unread_columns`` are those that no window ever covers.
    ``overhang`` (top, right, bottom, left) counts rows and columns of places *outside* the grid
    over which windows may hang: they are drawn, but are no cells, so what a term has there drops
    out like all that is off the grid.
    ``planes`` are the names of the planes in row-major order. ``editable`` grids take numbers.
    ``drag`` says that the picture in the grid can be moved by hand, and how far it has been moved
    so far (rows down, columns to the right); None: it cannot.
    ``pitch`` makes a grid of one row part of a side view: how many cells of the input lie between
    the middles of two neighbours, and at which one (from 0) the first has its middle.
    """

    id: str
    label: Message
    shape: tuple[int, ...]
    values: npt.NDArray[np.floating] | None
    quantity: Quantity
    place: tuple[int, int] | None = None
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    unread_rows: tuple[int, ...] = ()
    unread_columns: tuple[int, ...] = ()
    planes: tuple[Message, ...] = ()
    editable: bool = False
    note: Message | None = None
    overhang: tuple[int, int, int, int] = (0, 0, 0, 0)
    drag: tuple[int, int] | None = None
    pitch: tuple[float, float] | None = None


@dataclass(frozen=True)
class Wire:
    """An arrow from one grid to another, which says where numbers flow: (from, to), ids of grids.

    ``label`` stands beside it; ``around`` leads it around the grids between the two.
    """

    source: str
    target: str
    label: Message | None = None
    around: bool = False


@dataclass(frozen=True)
class Scene:
    """Grids and phases, the column in which the lens stands (None: no lens), and the opening.

    The *lens* shows the current part's cells side by side: the window, the weights, the products
    and their sum. ``start`` is the step at which the stage opens, paused, this step not yet
    computed; if it equals ``steps``, all is done (see `replay.opening`).
    ``reach`` says what a pointed-at cell lights: what one step reads and writes ("step"), or all
    the way to the first and the last grid ("cone": every part is a copy of one term of two axes,
    and terms stand for the whole lines through their cells, see `hover.cone`). ``wires`` are drawn
    between grids.
    """

    grids: tuple[Grid, ...]
    phases: tuple[Phase, ...]
    lens: int | None = 1
    start: int = 0
    reach: Literal["step", "cone"] = "step"
    wires: tuple[Wire, ...] = ()

    @property
    def steps(self) -> int:
        """The number of steps of all phases."""
        return sum(phase.steps for phase in self.phases)

    def grid(self, identity: str) -> Grid:
        """The grid of that id."""
        return next(grid for grid in self.grids if grid.id == identity)
