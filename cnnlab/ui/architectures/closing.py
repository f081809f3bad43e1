"""What closes the lesson on architectures: quiz, check, and code."""

from functools import partial

from cnnlab.check.architecture import shapes_and_parameters
from cnnlab.engine.architecture import _block, _convolved, _effect, _pooled, _walk, trace
from cnnlab.message import Message
from cnnlab.ui import compared, lesson
from cnnlab.ui.architectures.program import described, pytorch
from cnnlab.ui.architectures.questions import questions
from cnnlab.ui.architectures.setting import Setting
from cnnlab.ui.code import beside, source_of
from cnnlab.ui.predict import ask

CODE = (trace, _walk, _block, _effect, _convolved, _pooled)
WORDS = {
    "parameters": Message("Parameters of every layer that learns"),
    "output sizes": Message("Shape of every output"),
    "multiply_adds": Message("Multiply–adds of every layer that learns"),
}


def predict(shown: Setting) -> None:
    """Predict, then reveal."""
    ask("architectures", questions(shown))


def check(shown: Setting) -> None:
    """The engine's shapes and parameters beside those of the PyTorch module."""
    lesson.line("check")
    compared.show(partial(shapes_and_parameters, shown.network), WORDS)


def code(shown: Setting) -> None:
    """The network as data and what worked everything out from it; and the same in PyTorch."""
    lesson.line("code")
    ours = f"{described(shown.network)}\n\n\n{source_of(*CODE)}"
    beside(ours, pytorch(shown.network), head=Message("The layers as data, and what counts them"))
