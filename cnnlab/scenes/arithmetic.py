"""The arithmetic of a position in one line: ``3·0 + 1·(−1) = −1``.

Before the first move it is what will be worked out, ending in "?"; while a part runs, its
subtotal before and after the move; at the end of a group, all of it with its result.
"""

from math import inf

from cnnlab.scenes.moment import Moment, inner, number
from cnnlab.scenes.replay import Values, cells, result
from cnnlab.scenes.scene import Op, Part

# As many products as fit into one line that is read from the back row.
LONGEST = 12


def numbers_line(m: Moment) -> str:
    """The arithmetic of the position."""
    p, group = m.current, m.group
    if m.move == 0:
        return _announced(m, group)
    if m.scene.reach == "cone" and m.move == m.ends[-1]:
        return _ways(m)
    if m.move == m.ends[group[-1]]:
        return _settled(m, group)
    if m.phase.parts[p].op in ("scale", "copy"):
        return _handed(m, p, m.move - m.ends[p] + len(m.live[p]))
    if m.move == m.ends[p]:
        return _so_far(m, range(group.start, p + 1), _main(m, group))
    return _running(m, p, m.move - m.ends[p] + len(m.live[p]))


def _ways(m: Moment) -> str:
    """The numbers to which a step of a cone has come, from the first to the last that is not 0."""
    written = m.phase.parts[-1].writes
    assert written is not None
    held = [float(x) for x in m.values[written.grid].ravel()]
    places = [n for n, x in enumerate(held) if x] or [0]
    span = held[places[0] : places[-1] + 1]
    if len(span) > LONGEST:
        return m.words["ways at most"].format(most=number(max(held)))
    return m.words["ways"].format(values=", ".join(map(number, span)))


def _announced(m: Moment, group: range) -> str:
    """Before the first move: what will be worked out, without the result."""
    writer = m.phase.parts[group[-1]]
    if writer.op in ("scale", "copy"):
        return _summary(m, group[-1])
    if writer.scatter:
        known = inner(_total(m, group)) if _known(m, group) else "?"
        return _scattered(m, writer, known, "?")
    return _equation(m, group, "?", told=False)


def _settled(m: Moment, group: range) -> str:
    """At the end of a group: the whole of it, with the result that now stands in its cell."""
    writer = m.phase.parts[group[-1]]
    if writer.op in ("scale", "copy"):
        only = len(m.live[group[-1]]) == 1
        return _handed(m, group[-1], 1) if only else _summary(m, group[-1])
    if writer.scatter:
        return _scattered(m, writer, inner(_total(m, group)), number(_written(m, writer, m.values)))
    return _equation(m, group, number(_written(m, writer, m.values)), told=True)


def _scattered(m: Moment, writer: Part, value: str, after: str) -> str:
    before = number(_written(m, writer, m.before))
    return f"{writer.label}: {before} + {value} = {after}"


def _written(m: Moment, writer: Part, values: Values) -> float:
    assert writer.writes is not None
    on = [c for c in cells(m.scene, m.phase, writer.writes, m.step) if c is not None]
    return values[writer.writes.grid].item(on[0]) if on else float("nan")


def _total(m: Moment, parts: range) -> float:
    running = 0.0
    for p in parts:
        running += result(m.phase.parts[p].op, m.read(p))
    return running


def _known(m: Moment, parts: range) -> bool:
    """Nothing to work out: the result is one number that is there already."""
    return all(m.phase.parts[p].op == "add" and len(m.live[p]) == 1 for p in parts)


def _main(m: Moment, group: range) -> int | None:
    """The part that is spelled out: the only dot part of its group, or its only part."""
    dots = [p for p in group if m.phase.parts[p].op == "dot"]
    if len(dots) == 1:
        return dots[0]
    return group[0] if len(group) == 1 else None


def _equation(m: Moment, parts: range, outcome: str, *, told: bool) -> str:
    """The parts as a sum with its outcome; ``told``: the results of its parts are known."""
    main = _main(m, parts)
    op = m.phase.parts[parts[0]].op
    if main is not None and len(parts) == 1 and op in ("max", "mean"):
        text = _listed(m, main, outcome)
        return _contest(m, main, text) if told and op == "max" else text
    return f"{_sum(m, parts, main, told=told)} = {outcome}"


def _listed(m: Moment, p: int, outcome: str) -> str:
    """``max(1, 5, 2, 4) = 5``, or how many numbers there are where they do not fit one line."""
    op, values = m.phase.parts[p].op, [number(x) for (x,) in m.read(p)]
    if len(values) > LONGEST:
        return m.words[op + " of"].format(n=len(values), result=outcome)
    return m.words[op].format(values=", ".join(values), result=outcome)


def _contest(m: Moment, p: int, equation: str) -> str:
    """How clearly a maximum won: by what margin, or that several are equal.

    Padding that is −∞ can never win, so it is no rival; one number alone has none.
    """
    ranked = sorted((x for (x,) in m.read(p) if x > -inf), reverse=True)
    if len(ranked) < 2:
        return equation
    first, second = ranked[:2]
    if first == second:
        return m.words["tie"].format(equation=equation, n=ranked.count(first))
    return m.words["runner-up"].format(
        equation=equation, second=number(second), margin=number(first - second)
    )


def _sum(m: Moment, parts: range, main: int | None, *, told: bool) -> str:
    pieces: list[str] = []
    for p in parts:
        if p == main:
            pieces.append(_spelled(m, p, first=not pieces))
        else:
            known = told or _known(m, range(p, p + 1))
            outcome = number(_total(m, range(p, p + 1))) if known else "?"
            pieces.append(f"{m.phase.parts[p].label} {outcome}")
    return " + ".join(pieces)


def _spelled(m: Moment, p: int, *, first: bool) -> str:
    part, read = m.phase.parts[p], m.read(p)
    if len(read) > LONGEST:
        key = "sum of" if part.op == "dot" else "sum of numbers"
        return m.words[key].format(label=part.label, n=len(read))
    lead = number if first else inner
    if part.op == "relu":
        return f"max(0, {number(read[0][0])})" if read else "0"
    if part.op == "affine":
        return f"{lead(read[0][0])}·{inner(read[0][1])} + {inner(read[0][2])}" if read else "0"
    texts = [_product(numbers, first=first and k == 0) for k, numbers in enumerate(read)]
    return " + ".join(texts) or "0"


def _product(numbers: list[float], *, first: bool) -> str:
    """``3·(−1)`` for two numbers, the number itself for one."""
    lead = number(numbers[0]) if first else inner(numbers[0])
    return "·".join([lead, *(inner(x) for x in numbers[1:])])


def _so_far(m: Moment, parts: range, main: int | None) -> str:
    """At the end of a part that is not the last of its group."""
    if main is not None and main in parts:
        return f"{_sum(m, parts, main, told=True)} = {number(_total(m, parts))}"
    return _sum(m, parts, None, told=True)


def _running(m: Moment, p: int, i: int) -> str:
    """In the middle of a part, after its i-th move."""
    op, read = m.phase.parts[p].op, m.read(p)[:i]
    if op == "max":
        if i == 1:
            return m.words["best first"].format(value=number(read[0][0]))
        best = result("max", read[:-1])
        return m.words["best"].format(best=number(best), value=number(read[-1][0]))
    sum_op: Op = "dot" if op == "dot" else "add"
    after = number(result(sum_op, read))
    if i == 1:
        text = _product(read[0], first=True)
        return f"{text} = {after}" if op == "dot" else text
    return f"{number(result(sum_op, read[:-1]))} + {_product(read[-1], first=False)} = {after}"


def _handed(m: Moment, p: int, i: int) -> str:
    """After the i-th move of a part that hands numbers on one by one."""
    part, motion = m.phase.parts[p], m.live[p][i - 1]
    assert part.writes is not None
    assert motion.writes is not None
    grid, cell = part.writes.grid, motion.writes
    numbers = m.read(p)[i - 1]
    value = _product(numbers, first=not part.scatter)
    if part.scatter:
        before, after = m.before[grid].item(cell), m.values[grid].item(cell)
        value = f"{number(before)} + {value} = {number(after)}"
    return m.words["to"].format(value=value, cell=m.place(grid, cell))


def _summary(m: Moment, p: int) -> str:
    """All that a scale or copy part hands on, in one line: ``2·(1, 0, −1) → dW``."""
    part, read = m.phase.parts[p], m.read(p)
    assert part.writes is not None
    values = ", ".join(number(numbers[-1]) for numbers in read)
    if not 0 < len(read) <= LONGEST:  # none: all that it would reach is off the grid
        values = m.words["numbers"].format(n=len(read))
    if part.op == "scale" and read:
        values = f"{number(read[0][0])}·({values})"
    return m.words["to"].format(value=values, cell=m.scene.grid(part.writes.grid).label)
