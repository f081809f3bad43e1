"""The two commands, without a network: what they would run is recorded or stands in."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnlab import __main__ as launcher

PIP = ("pip", "install", "--disable-pip-version-check", "-c", "constraints.txt", "-e")
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for Python is a script")


class Shell:
    """Records the commands of the launcher; those whose first words are in `failing` fail."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.failing: set[str] = set()

    def __call__(self, *command: str, python: str = "") -> int:
        assert (python == sys.executable) == (command[0] == "venv")
        self.ran.append(command)
        return int(command[0] in self.failing or " ".join(command) in self.failing)

    def since(self) -> list[tuple[str, ...]]:
        ran, self.ran = self.ran, []
        return ran


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A clone in a folder of its own whose environment exists and is empty."""
    shell = Shell()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "python").touch()
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    monkeypatch.setattr(launcher, "VENV", venv)
    monkeypatch.setattr(launcher, "PYTHON", venv / "python")
    monkeypatch.setattr(launcher, "STAMP", venv / "stamp.txt")
    monkeypatch.setattr(launcher, "run", shell)
    return shell


def test_the_app_is_set_up_once_and_started(shell: Shell, monkeypatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert launcher.main(["--server.port", "8600"]) == 0
    start = ("streamlit", "run", "app.py", "--server.port", "8600")
    assert shell.since() == [(*PIP, "."), start]
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert launcher.main([]) == 0
    assert shell.since() == [("streamlit", "run", "app.py")]


def test_the_checks_come_with_the_tests_packages_and_pytest_is_last(shell: Shell) -> None:
    assert launcher.main(["test", "-k", "conv"]) == 0
    assert shell.since() == [
        (*PIP, ".[test]"),
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
        ("pytest", "-k", "conv"),
    ]
    launcher.main([])  # the app needs nothing that the tests do not bring
    assert shell.since() == [("streamlit", "run", "app.py")]


def test_the_tests_packages_are_added_to_the_apps(shell: Shell) -> None:
    launcher.main([])
    launcher.main(["test"])
    assert shell.since()[2] == (*PIP, ".[test]")


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_other_packages_asked_for_are_installed(shell: Shell, name: str, tmp_path: Path) -> None:
    launcher.main([])
    shell.since()
    with (tmp_path / name).open("a") as file:
        file.write("# another\n")
    launcher.main([])
    assert shell.since()[0] == (*PIP, ".")


@pytest.mark.parametrize("failing", ["ruff check", "ruff format --check", "mypy", "pytest"])
def test_every_check_runs_and_one_failure_counts(
    shell: Shell, failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher.main([])
    shell.since()
    shell.failing = {failing}
    assert launcher.main(["test"]) == 1
    assert len(shell.since()) == 5
    named = capsys.readouterr().out.count(f": {failing}")
    assert named == (0 if failing == "pytest" else 2)  # pytest's own last line says it


def test_pip_that_fails_is_a_sentence_and_is_tried_again(shell: Shell) -> None:
    shell.failing = {"pip"}
    with pytest.raises(SystemExit, match="needs the internet once"):
        launcher.main([])
    assert shell.since() == [(*PIP, ".")]
    shell.failing.clear()
    launcher.main([])
    assert shell.since()[0] == (*PIP, ".")


def test_after_a_failed_change_the_old_state_is_not_trusted(shell: Shell, tmp_path: Path) -> None:
    launcher.main([])
    before = (tmp_path / "constraints.txt").read_text()
    (tmp_path / "constraints.txt").write_text("torch==2.14.0\n")
    shell.failing = {"pip"}
    with pytest.raises(SystemExit):
        launcher.main([])
    shell.failing.clear()
    (tmp_path / "constraints.txt").write_text(before)
    shell.since()
    launcher.main([])
    assert shell.since()[0] == (*PIP, ".")


def test_an_environment_of_another_python_is_made_anew(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.main([])
    monkeypatch.setattr(launcher, "version", lambda: "3.99")
    shell.since()
    launcher.main([])
    make = ("venv", "--clear", str(launcher.VENV))
    assert shell.since() == [make, (*PIP, "."), ("streamlit", "run", "app.py")]


def test_the_first_time_an_environment_is_made(shell: Shell) -> None:
    launcher.PYTHON.unlink()
    launcher.main([])
    assert shell.since()[:2] == [("venv", str(launcher.VENV)), (*PIP, ".")]


def test_an_environment_that_cannot_be_made_is_a_sentence(shell: Shell) -> None:
    launcher.PYTHON.unlink()
    shell.failing = {"venv"}
    with pytest.raises(SystemExit, match="No virtual environment could be made in"):
        launcher.main([])
    assert len(shell.ran) == 1


def test_a_python_without_venv_is_a_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher.PYTHON.unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        launcher.main([])
    assert shell.ran == []


def test_an_old_python_is_told_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.10"):
        launcher.main([])
    assert shell.ran == []


@pytest.mark.parametrize("module", ["__main__.py", "__init__.py"])
def test_an_old_python_can_read_it(module: str) -> None:
    source = Path(launcher.__file__).with_name(module).read_text("utf-8")
    ast.parse(source, feature_version=(3, 8))


def test_a_slip_of_the_pen_starts_nothing(shell: Shell) -> None:
    with pytest.raises(SystemExit, match="'tets'"):
        launcher.main(["tets"])
    assert shell.ran == []


def test_outside_a_clone_is_a_sentence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").unlink()
    with pytest.raises(SystemExit, match=r"folder that holds pyproject\.toml"):
        launcher.main([])
    assert shell.ran == []


def start(venv: Path, program: str) -> "subprocess.Popen[str]":
    """Start the app for real, in an environment whose Python is a stand-in running `program`."""
    python = venv / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!{sys.executable}\n{program}\n")
    python.chmod(0o755)
    (venv / "cnnlab-installed.txt").write_text(launcher.stamp(""))
    return subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "--port", "1"],
        cwd=launcher.ROOT,
        env={**os.environ, "CNNLAB_VENV": str(venv)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@posix
def test_the_exit_status_and_the_output_are_the_apps(tmp_path: Path) -> None:
    with start(tmp_path, "import sys; print(*sys.argv[1:], flush=True); sys.exit(7)") as app:
        said, _ = app.communicate(timeout=30)
    assert said == "-m streamlit run app.py --port 1\n"
    assert app.returncode == 7


WAITING = """
import time
try:
    print("up", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)  # longer than subprocess.call() would have let it live
    print("down in its own way", flush=True)
"""


@posix
def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with start(tmp_path, f"{WAITING}    open({str(done)!r}, 'w')") as app:
        assert app.stdout is not None
        assert app.stdout.readline() == "up\n"
        os.killpg(app.pid, signal.SIGINT)  # as a terminal does
        assert app.wait(timeout=30) == 130
        assert done.exists()  # the prompt is not back before the app has gone
        assert app.stdout.read() == "down in its own way\n"


@posix
def test_ending_the_launcher_ends_the_app(tmp_path: Path) -> None:
    program = f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())){WAITING}"
    with start(tmp_path, program) as app:
        assert app.stdout is not None
        assert app.stdout.readline() == "up\n"
        app.terminate()
        app.communicate(timeout=30)
    assert app.returncode == 143
    child = int((tmp_path / "pid").read_text())
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
