"""The two lines under the stage, at every position: first words, then numbers.

Every word comes from `words.WORDS`, so that it can be translated. ``stage/sentence.js`` says the
same, and a browser test holds it to that.
"""

from cnnlab.scenes.arithmetic import numbers_line
from cnnlab.scenes.moment import Moment, Words, moment
from cnnlab.scenes.scene import Scene
from cnnlab.scenes.words import WORDS


def sentence(scene: Scene, step: int, move: int, words: Words = WORDS) -> tuple[str, str]:
    """What the stage says at a position: (the line of words, the line of numbers)."""
    now = moment(scene, step, move, words)
    return words_line(now), numbers_line(now)


def words_line(m: Moment) -> str:
    """What is happening, and to which cell."""
    phase, words, cell = m.phase, m.words, m.cell(m.phase.about)
    seen = zip(phase.parts, m.live, strict=True)
    looks = sum(len(live) for part, live in seen if part.terms[0].role == "read")
    if m.move == 0:
        return words[phase.look].format(cell=cell, n=looks)
    if m.move == m.ends[-1]:
        if phase.finale is not None and m.step == phase.steps - 1:
            return str(phase.finale)
        return words[phase.done].format(cell=cell, n=looks)
    p = m.current
    n = len(m.live[p])
    if m.move == m.ends[p] and n > 1:
        return words["part done"].format(cell=cell, part=phase.parts[p].label)
    key = {"dot": "product", "max": "compare"}.get(phase.parts[p].op, "gather")
    if key == "product" and _alone(m):
        key = "product alone"
    i = m.move - m.ends[p] + n
    return words[key].format(cell=cell, part=phase.parts[p].label, i=i, n=n)


def _alone(m: Moment) -> bool:
    """One dot part, and no other that takes more than one move: its name would say nothing."""
    dots = [part for part in m.phase.parts if part.op == "dot"]
    others = [n for part, n in zip(m.phase.parts, m.live, strict=True) if part.op != "dot"]
    return len(dots) == 1 and all(len(n) <= 1 for n in others)
