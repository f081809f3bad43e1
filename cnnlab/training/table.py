"""A run as a table for a spreadsheet: one line for each step."""

from collections.abc import Iterable, Iterator

from cnnlab.training.events import Evaluated, Split
from cnnlab.training.history import History

SPLITS: tuple[Split, ...] = ("validation", "test")
HEAD = (
    "step",
    "loss",
    "accuracy",
    "learning_rate",
    *(f"{split}_{what}" for split in SPLITS for what in ("loss", "accuracy")),
)


def csv(history: History, evaluations: Iterable[Evaluated]) -> str:
    """The steps, and where the network was evaluated its loss and accuracy, as CSV (RFC 4180).

    A batch's loss and accuracy are those of the weights before its step, an evaluation's those
    after it; step 0 is before the first. Every number is written so that it is read back the same.

    >>> csv(History(), []).splitlines()
    ['step,loss,accuracy,learning_rate,validation_loss,validation_accuracy,test_loss,test_accuracy']
    """
    return "".join(",".join(row) + "\r\n" for row in (HEAD, *_rows(history, evaluations)))


def _rows(history: History, evaluations: Iterable[Evaluated]) -> Iterator[tuple[str, ...]]:
    found = {(each.step, each.split): each for each in evaluations}
    table = history.table()
    columns = (table.losses, table.accuracies, table.learning_rates)
    steps = {step: row for row, step in enumerate(table.steps.tolist())}
    for step in sorted({*steps, *(step for step, _ in found)}):
        row = steps.get(step)
        of_batch = [""] * 3 if row is None else [repr(float(column[row])) for column in columns]
        yield (str(step), *of_batch, *_scores(step, found))


def _scores(step: int, found: dict[tuple[int, Split], Evaluated]) -> Iterator[str]:
    """Loss and accuracy on each part of the data, empty where it was not looked at."""
    for split in SPLITS:
        each = found.get((step, split))
        yield from ("", "") if each is None else (repr(each.loss), repr(each.accuracy))
