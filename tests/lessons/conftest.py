"""Every sentence of the project that a visitor can read, collected from the sources."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cnnlab.scenes.words import WORDS

ROOT = Path(__file__).parents[2]
SPEAKERS = {"t", "Message", "InvalidInput"}  # called with the English sentence first
ANSWERS = {"right", "wrong"}  # of a Question: words in them are translated too


@dataclass
class Found:
    """The sentences, each with where it stands, and the calls whose sentence is not in sight."""

    where: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)


def sources() -> list[Path]:
    found = [*ROOT.glob("cnnlab/**/*.py"), *ROOT.glob("pages/**/*.py"), ROOT / "app.py"]
    return sorted(found)


def messages() -> Found:
    """The sentences of all sources, and the stage's own words."""
    found = Found(dict.fromkeys(WORDS.values(), "cnnlab/scenes/words.py"))
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        constants = module_constants(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            for node in spoken(call):
                texts = list(literals(node, constants))
                found.where.update({text: place for text in texts if text not in found.where})
                if not texts and name_of(call) in {"Message", "InvalidInput"}:
                    found.hidden.append(place)
    found.where.pop("", None)
    return found


def name_of(call: ast.Call) -> str:
    """The name under which something is called, without what it is an attribute of."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def spoken(call: ast.Call) -> Iterator[ast.AST]:
    """The arguments of a call that are sentences: of `t`, `Message`, `InvalidInput`, …"""
    name = name_of(call)
    if name in SPEAKERS and call.args:
        yield call.args[0]
    elif name == "translate" and len(call.args) > 1:
        yield call.args[1]
    elif name == "Question":
        yield from answers(call)


def answers(question: ast.Call) -> Iterator[ast.AST]:
    """The answers of a Question: the right one, the keys of the wrong ones, or their pairs."""
    for value in [*question.args[1:3], *(k.value for k in question.keywords if k.arg in ANSWERS)]:
        if isinstance(value, ast.Dict):
            yield from filter(None, value.keys)
        elif isinstance(value, (ast.List, ast.Tuple)):
            yield from (pair.elts[0] for pair in value.elts if isinstance(pair, ast.Tuple))
        else:
            yield value


def literals(node: ast.AST, constants: dict[str, ast.AST]) -> Iterator[str]:
    """The strings that an expression may be: itself, a branch of it, or a module's constant."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body, constants)
        yield from literals(node.orelse, constants)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from literals(value, constants)
    elif isinstance(node, ast.Subscript):
        yield from literals(node.value, constants)
    elif isinstance(node, ast.Name) and node.id in constants:
        yield from literals(constants[node.id], {})


def module_constants(tree: ast.Module) -> dict[str, ast.AST]:
    """What the names assigned at the top of a module stand for."""
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


@pytest.fixture(scope="session")
def found() -> Found:
    """What `messages` collects, once for all tests."""
    return messages()
