"""The lessons, in the menu's order: the one table that the menu, the cards and the tests read."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cnnlab.message import Message

PAGES = Path(__file__).resolve().parents[2] / "pages"

OPERATIONS = Message("Operations")
PRACTICE = Message("A whole network")
NETWORKS = Message("Network design")
REFERENCE = Message("Reference")


@dataclass(frozen=True)
class Lesson:
    """One page of the menu. ``slug`` names its Markdown file; ``minutes`` 0: not a lesson."""

    slug: str
    title: Message
    section: Message
    minutes: int = 0
    question: Message | None = None

    @property
    def path(self) -> Path:
        """The page's file."""
        return PAGES / f"{self.slug.replace('-', '_')}.py"


HOME = Lesson("home", Message("Home"), Message(""))
GLOSSARY = Lesson("glossary", Message("Glossary"), REFERENCE)
LESSONS = (
    Lesson(
        "convolution",
        Message("Convolution"),
        OPERATIONS,
        6,
        Message("How do nine numbers read a whole image?"),
    ),
    Lesson(
        "padding-stride",
        Message("Padding & stride"),
        OPERATIONS,
        5,
        Message("Why does the map shrink, and who reads the corner?"),
    ),
    Lesson(
        "pooling",
        Message("Pooling"),
        OPERATIONS,
        4,
        Message("What is kept when four numbers become one?"),
    ),
    Lesson(
        "pipeline",
        Message("Whole network"),
        PRACTICE,
        5,
        Message("What happens between a picture and ten probabilities?"),
    ),
    Lesson(
        "training",
        Message("Training"),
        PRACTICE,
        6,
        Message("Where do the numbers in a kernel come from?"),
    ),
    Lesson(
        "feature-maps",
        Message("Feature maps"),
        PRACTICE,
        4,
        Message("What does a trained network look for?"),
    ),
    Lesson(
        "receptive-field",
        Message("Receptive field"),
        NETWORKS,
        4,
        Message("How much of the image does one unit see?"),
    ),
    Lesson(
        "batch-norm",
        Message("Batch norm"),
        NETWORKS,
        4,
        Message("Why put every channel on the same scale?"),
    ),
    Lesson(
        "resnet",
        Message("ResNet"),
        NETWORKS,
        7,
        Message("Why does adding the input back make depth trainable?"),
    ),
    Lesson(
        "architectures",
        Message("Architectures"),
        NETWORKS,
        5,
        Message("Where are the parameters, and where is the work?"),
    ),
)


@cache
def lessons() -> tuple[Lesson, ...]:
    """The lessons whose page exists, in order."""
    return tuple(lesson for lesson in LESSONS if lesson.path.exists())


@cache
def pages() -> tuple[Lesson, ...]:
    """Every page of the menu: home, the lessons, the glossary."""
    return tuple(page for page in (HOME, *LESSONS, GLOSSARY) if page.path.exists())


def page(slug: str) -> Lesson:
    """The page of that slug."""
    return next(entry for entry in (HOME, *LESSONS, GLOSSARY) if entry.slug == slug)
