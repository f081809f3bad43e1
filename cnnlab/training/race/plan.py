"""What a race is: which depths, which seed, how many batches. Everything else is the same for all.

Source: the setting is this project's own; that plain networks get worse in *training* when they
get deeper is He et al., "Deep Residual Learning for Image Recognition" (2016), figures 1 and 6.
"""

from dataclasses import dataclass

from cnnlab.engine.deep import deep
from cnnlab.message import InvalidInput
from cnnlab.training.config import ALL_IMAGES, Config

DEPTHS = (8, 20, 32, 56)  # layers that have weights
KINDS = (False, True)  # plain, residual
STEPS = 300  # batches
BATCH = 64  # digits
RATE, MOMENTUM = 0.05, 0.9
CHANNELS = 8
LAST = 50  # batches whose mean says how a network ended
SEEDS = (0, 9999)  # from, to
FEWEST_STEPS, MOST_STEPS = 10, 2_000


@dataclass(frozen=True)
class Lane:
    """One of the networks in a race."""

    depth: int
    residual: bool


@dataclass(frozen=True)
class Plan:
    """``depths`` out of `DEPTHS`, each as a plain and a residual network; all from one seed.

    >>> Plan((20, 8)).lanes[0], len(Plan().lanes)
    (Lane(depth=8, residual=False), 4)
    """

    depths: tuple[int, ...] = (20, 56)
    seed: int = 0
    steps: int = STEPS

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The networks: by depth, the plain one before the residual one."""
        return tuple(Lane(depth, kind) for depth in sorted(set(self.depths)) for kind in KINDS)


def checked(plan: Plan) -> Plan:
    """The plan itself, if it can be raced; else InvalidInput that says what cannot.

    >>> checked(Plan((20, 21)))
    Traceback (most recent call last):
    cnnlab.message.InvalidInput: the networks have 8, 20, 32 or 56 layers, but 21 was asked for
    """
    if not plan.depths:
        raise InvalidInput("a race needs at least one depth")
    for depth in plan.depths:
        if depth not in DEPTHS:
            raise InvalidInput(
                "the networks have 8, 20, 32 or 56 layers, but {depth} was asked for", depth=depth
            )
    for name, value, (least, most) in (
        ("seed", plan.seed, SEEDS),
        ("steps", plan.steps, (FEWEST_STEPS, MOST_STEPS)),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidInput(
                "{name} is from {least} to {most}, but is {value}",
                name=name,
                least=least,
                most=most,
                value=str(value),
            )
    return plan


def config(plan: Plan, lane: Lane) -> Config:
    """How one network of a race is trained; between two lanes only the network differs.

    SGD with momentum and a constant rate, on the training digits in an order that the seed gives.
    All 60,000 are there and each is used at most once, as long as a race has at most 937 batches.

    >>> one = config(Plan((8,)), Lane(8, residual=True))
    >>> one.steps, one.batch_size, one.network.name
    (300, 64, 'residual-8')
    """
    per_epoch = -(-ALL_IMAGES // BATCH)
    return Config(
        network=deep(lane.depth, lane.residual, normalised=True, channels=CHANNELS),
        optimizer="sgd",
        learning_rate=RATE,
        schedule="constant",
        momentum=MOMENTUM,
        batch_size=BATCH,
        epochs=plan.steps / per_epoch,
        images=ALL_IMAGES,
        validation=0,
        seed=plan.seed,
        threads=1,
    )
