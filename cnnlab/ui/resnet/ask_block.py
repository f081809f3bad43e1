"""Questions about the block that is set: a cell of its sum, its last ReLU, what the skip learns."""

from cnnlab.engine.residual import Block, body
from cnnlab.message import Message
from cnnlab.ui.ask.words import signed
from cnnlab.ui.predict import Question, say
from cnnlab.ui.resnet.setting import Setting

_FORGOTTEN = Message("The skip connection is forgotten.")


def cell(setting: Setting) -> Question | None:
    """What one cell of the output becomes: of all cells the one that tells most slips apart."""
    block = setting.block
    if not block.skip or setting.refusal is not None:
        return None
    maps = setting.run.maps
    lanes = zip(maps[body(block)[-1].target].flat, maps["shortcut"].flat, strict=True)
    pairs = [(_rounded(float(a)), _rounded(float(b))) for a, b in lanes]
    asked = [_of_cell(a, b, block) for a, b in pairs if a and b and a != b]
    # Of several as good, one whose sum is below 0 shows the last ReLU too.
    return max(asked, key=lambda one: (len(one.slips), one.right == 0), default=None)


def _of_cell(a: float, b: float, block: Block) -> Question:
    """The question about a cell at which the body makes ``a`` and the skip connection brings b."""
    total, kept = _rounded(a + b), _rounded(max(a + b, 0.0))
    right = total if block.preactivated else kept
    prompt = Message(
        "At one cell F(x) = {a}, and the skip connection brings {b}. What does the block "
        "write there?",
        {"a": say(a), "b": say(b)},
    )
    sum_ = {"a": signed(a), "b": signed(b), "sum": say(total)}
    why = Message("{a} + {b} = {sum}; no ReLU follows the sum here.", sum_)
    if not block.preactivated:
        why = Message("ReLU({a} + {b}) = ReLU({sum}) = {y}.", {**sum_, "y": say(kept)})
    return Question(prompt, right, _slips_of_cell(a, b, block), why)


def _slips_of_cell(a: float, b: float, block: Block) -> list[tuple[int | float, Message]]:
    slips = [
        (b, Message("That is what the skip connection brings; F(x) is added to it.")),
        (_rounded((a + b) / 2), Message("The two lanes are added, not averaged.")),
        (_rounded(a * b), Message("The two lanes are added, not multiplied.")),
    ]
    if block.preactivated:
        kept = _rounded(max(a + b, 0.0))
        last = Message("In a pre-activation block no ReLU follows the sum.")
        return [(kept, last), (a, _FORGOTTEN), *slips]
    if a < 0:
        slips.append((a, Message("The skip connection and the last ReLU are forgotten.")))
    last = Message("The last ReLU is missing.")
    return [(_rounded(a + b), last), (_rounded(max(a, 0.0)), _FORGOTTEN), *slips]


def unlike(setting: Setting) -> Question | None:
    """How many cells differ from x where the body adds nothing."""
    x = setting.x
    if setting.last or setting.kind != "identity" or not setting.block.skip or not (x < 0).any():
        return None
    prompt = Message(
        "The last scale is 0, so F(x) = 0. Of the {n} cells, {negative} of x are below 0. How "
        "many cells of y differ from x?",
        {"n": x.size, "negative": int((x < 0).sum())},
    )
    slips = [
        (0, Message("So it would be without the last ReLU.")),
        (x.size, Message("Where x is 0 or more, ReLU(0 + x) is x.")),
        (int((x >= 0).sum()), Message("Those are the cells that stay.")),
    ]
    why = Message("ReLU writes 0 where x is below 0, and leaves the others.")
    return Question(prompt, int((setting.y != x).sum()), slips, why)


def learned(setting: Setting) -> Question | None:
    """How many numbers the skip connection learns."""
    if not setting.block.skip:
        return None
    filters, channels = setting.block.weights[0].shape[:2]
    fields = {"channels": channels, "filters": filters, "kind": _kind(setting.block)}
    prompt = Message(
        "Channels: {channels} in, {filters} out. The skip connection {kind}. How many numbers does "
        "it learn?",
        fields,
    )
    nine = Message("A 3×3 convolution would learn that many.")
    projection = setting.block.projection
    if projection is None:
        slips = [(9 * filters * channels, nine), (1, Message("Not even one: it adds x as it is."))]
        why = Message("A plain copy learns nothing and costs one addition a number.")
        return Question(prompt, 0, slips, why)
    slips = [
        (9 * filters * channels, nine),
        (0, Message("So it is where shapes add; here they do not.")),
        (channels, Message("Each output channel has weights of its own.")),
    ]
    why = Message("One weight for each pair of channels: {filters}·{channels}.", fields)
    return Question(prompt, projection.size, slips, why)


def reads(setting: Setting) -> Question | None:
    """How many positions of x the projection reads."""
    block = setting.block
    if block.projection is None or not block.skip:
        return None
    positions = setting.x[0].size
    prompt = Message(
        "W_s is a 1×1 convolution with stride {stride}. How many of the {n} positions of x does "
        "it read?",
        {"stride": block.stride, "n": positions},
    )
    slips = [
        (positions, Message("So it would be with stride 1.")),
        (positions // block.stride, Message("The stride leaves out rows and columns alike.")),
        (9, Message("That is a 3×3 window; this one has a single cell.")),
    ]
    why = Message("It reads one position for each number of a map that it writes.")
    return Question(prompt, setting.y[0].size, slips, why)


def through(setting: Setting) -> Question | None:
    """Which gradient comes to x where the body's last scale is 0."""
    if setting.last or setting.block.projection is not None or not setting.block.skip:
        return None
    prompt = Message(
        "The last scale is 0. At a cell where the sum is above 0, the gradient of y is 1, and 0 at "
        "all others. Which gradient comes to that cell of x?"
    )
    slips = [
        (0, Message("So it would be without the skip connection.")),
        (2, Message("Both lanes get 1, but the scale 0 lets nothing through the body.")),
        (0.5, Message("A sum copies the gradient to both lanes, it does not split it.")),
    ]
    why = Message("Nothing by the body, and 1 by the skip connection.")
    return Question(prompt, 1, slips, why)


def _kind(block: Block) -> Message:
    if block.projection is None:
        return Message("adds x itself")
    return Message("is a 1×1 convolution without a bias")


def _rounded(value: float) -> int | float:
    """To two decimals, as it is shown; a whole number as such."""
    near = round(value, 2)
    return int(near) if near == int(near) else near
