"""Set up and start CNN Lab: `python3 -m cnnlab`; or set up and run every check: `… cnnlab test`.

Standard library only, and readable by Python 3.8, which has to be told that it is too old.
More arguments go to Streamlit, or to pytest. Packages go to `.venv` beside this clone, or to the
folder that CNNLAB_VENV names; they are installed again only when what is asked for has changed,
so that a classroom without internet can start the app.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("CNNLAB_VENV") or ROOT / ".venv").resolve()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "cnnlab-installed.txt"
CHECKS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))

interrupted: list[bool] = []


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; return the exit status."""
    if sys.version_info < OLDEST:
        sys.exit(f"CNN Lab needs Python 3.11 or newer, and this is Python {version()}")
    if not (ROOT / "pyproject.toml").exists():
        sys.exit("this starts a clone of CNN Lab: run it in the folder that holds pyproject.toml")
    if arguments and arguments[0] != "test" and not arguments[0].startswith("-"):
        sys.exit(f"there is no {arguments[0]!r}: start the app with no word, or say `test`")
    if arguments[:1] == ["test"]:
        set_up("test")
        return check(arguments[1:])
    set_up("")
    # NumPy's threads and PyTorch's, waiting for each other, cost a training half of its speed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return run("streamlit", "run", "app.py", *arguments)


def set_up(extra: str) -> None:
    """Make the environment hold what `extra` ("" or "test") needs; do nothing if it does."""
    installed = STAMP.read_text("utf-8") if STAMP.exists() else ""
    if installed in (stamp(extra), stamp("test")):  # "test" holds all that "" does
        return
    print(f"Setting up CNN Lab in {VENV}: once, with internet, some minutes", flush=True)
    make_environment(clear=bool(installed) and not installed.startswith(version()))
    STAMP.unlink(missing_ok=True)
    target = f".[{extra}]" if extra else "."
    if run("pip", "install", "--disable-pip-version-check", "-c", "constraints.txt", "-e", target):
        sys.exit(
            "The packages could not be installed; the reason is in pip's lines above. "
            "Setting up needs the internet once. Then run the same command again."
        )
    STAMP.write_text(stamp(extra), "utf-8")


def make_environment(clear: bool) -> None:
    """Create the virtual environment, anew where it was made by another Python."""
    if PYTHON.exists() and not clear:
        return
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        sys.exit(
            "This Python cannot make virtual environments: its venv or ensurepip module is "
            "missing. On Debian and Ubuntu: sudo apt install python3-venv"
        )
    anew = ["--clear"] if clear else []
    if run("venv", *anew, str(VENV), python=sys.executable):
        sys.exit(f"No virtual environment could be made in {VENV}; the reason is above")


def check(pytest_arguments: list[str]) -> int:
    """Run the linters, the type checker, then the tests; return 1 if any of them fails."""
    failed = [" ".join(command) for command in CHECKS if run(*command)]
    if failed:
        print(f"Failed: {', '.join(failed)}. The tests run all the same:", flush=True)
    tests = run("pytest", *pytest_arguments)
    if failed:
        print(f"Failed before the tests, see above: {', '.join(failed)}", flush=True)
    return 1 if failed or tests else 0


def run(module: str, *arguments: str, python: str = str(PYTHON)) -> int:
    """Run a module with the environment's Python in the clone's folder; return its status."""
    with subprocess.Popen([python, "-m", module, *arguments], cwd=str(ROOT)) as child:
        try:
            status = child.wait()
        except SystemExit:
            child.terminate()  # unlike Ctrl-C, what ends this process has not reached the child
            raise
    if interrupted:
        sys.exit(130)  # what shells report for Ctrl-C; the child has said all there is to say
    return status


def stamp(extra: str) -> str:
    """Return what an environment was made from, as text that changes when any of it does."""
    made_from = hashlib.sha256(extra.encode())
    for name in ("pyproject.toml", "constraints.txt"):
        made_from.update((ROOT / name).read_bytes())
    return f"{version()} {made_from.hexdigest()}"


def version() -> str:
    """Return Python's version as far as packages depend on it, such as "3.11"."""
    return ".".join(map(str, sys.version_info[:2]))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what shells report for SIGTERM
    # Ctrl-C is noted alone: it reaches the child too, which is left to end in its own way.
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    sys.exit(main(sys.argv[1:]))
