"""The launcher: its decisions with pip and the network replaced, then whole runs of a tiny project with no internet."""

import ast
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import run

LAUNCHER = Path(run.__file__)
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="sends a signal to a group of processes")


# --- reading the words ---


def test_what_follows_the_dashes_is_passed_on() -> None:
    options, extra = run.parse(["test", "--wheels", "stick", "--", "-x", "--", "-k", "sizes"])
    assert (options.what, options.wheels, options.lan) == ("test", "stick", False)
    assert extra == ["-x", "--", "-k", "sizes"]
    assert run.parse(["--lan"])[1] == []


@pytest.mark.parametrize("words", [["test", "--lan"], ["--collect", "a", "--wheels", "b"], ["tests"], ["--port"]])
def test_words_that_make_no_sense_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run.parse(words)


@pytest.mark.parametrize(
    ("extra", "port"),
    [
        ([], "8501"),
        (["--server.port", "8600"], "8600"),
        (["--server.port=8600", "--server.headless", "true"], "8600"),
        (["--server.port", "1", "--server.port=2"], "2"),
        (["--browser.serverPort", "9"], "8501"),
    ],
)
def test_reads_an_option_meant_for_streamlit(extra: list[str], port: str) -> None:
    assert run.given(extra, "--server.port", "8501") == port


def test_help_names_every_option_and_the_limit_of_a_folder() -> None:
    text = subprocess.run([sys.executable, LAUNCHER, "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("test", "--lan", "--wheels", "--collect", "--server.port", "same operating system", "Python version"):
        assert word in " ".join(text.split())


# --- any Python, any system ---


def test_parses_on_python_3_8_and_uses_the_standard_library_only() -> None:
    tree = ast.parse(LAUNCHER.read_text(encoding="utf-8"), feature_version=(3, 8))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {a.name for node in imports if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert names and {name.split(".")[0] for name in names} <= sys.stdlib_module_names | {"__future__"}


def test_an_old_python_gets_one_sentence() -> None:
    code = f"import runpy, sys; sys.version_info = (3, 8); runpy.run_path({str(LAUNCHER)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["U-Net Explorer needs Python 3.11 or newer; this is Python 3.8."]


def test_a_python_without_ensurepip_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        run.make_venv(tmp_path)


def test_the_python_of_an_environment() -> None:
    assert run.python_in(Path("v"), "nt") == Path("v/Scripts/python.exe")
    assert run.python_in(Path("v"), "posix") == Path("v/bin/python")


# --- when to install ---


class Install:
    """A project in a folder, with `make_venv` and `pip` replaced by notes of having been called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.pip_ends_with: Callable[[], int] = lambda: 0
        self.app, self.test = folder / "requirements.txt", folder / "requirements-test.txt"
        self.app.write_text("demo==1.0\n")
        self.test.write_text("-r requirements.txt\npytest==9\n")
        monkeypatch.setattr(run, "VENV", folder / ".venv")
        monkeypatch.setattr(run, "DONE", folder / ".venv" / "installed.json")
        monkeypatch.setattr(run, "make_venv", self.make_venv)
        monkeypatch.setattr(run, "pip", self.pip)

    def make_venv(self, venv: Path) -> None:
        self.calls.append("venv")
        shutil.rmtree(venv, ignore_errors=True)
        run.python_in(venv).parent.mkdir(parents=True)
        run.python_in(venv).touch()

    def pip(self, venv: Path, *arguments: str, offline: bool = False) -> int:
        self.calls.append("offline pip" if offline else "pip")
        return self.pip_ends_with()

    def prepare(self, requirements: Path, wheels: Path | None = None) -> list[str]:
        """What one start did."""
        self.calls = []
        run.prepare(requirements, wheels)
        return self.calls


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    return Install(tmp_path, monkeypatch)


def test_a_second_start_does_nothing(install: Install) -> None:
    assert install.prepare(install.app) == ["venv", "pip"]
    assert install.prepare(install.app) == []


def test_the_tests_requirements_hold_the_apps(install: Install) -> None:
    install.prepare(install.app)
    assert install.prepare(install.test) == ["pip"]
    assert install.prepare(install.app) == []
    assert install.prepare(install.test) == []


def test_a_changed_pin_is_installed_for_both(install: Install) -> None:
    install.prepare(install.test)
    install.app.write_text("demo==1.1\n")
    assert install.prepare(install.app) == ["pip"]
    assert install.prepare(install.test) == ["pip"]


def test_another_python_starts_afresh(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install.prepare(install.app)
    monkeypatch.setattr(run, "PYTHON", "Python 3.99 elsewhere")
    assert install.prepare(install.app) == ["venv", "pip"]


def test_an_environment_whose_python_is_gone_starts_afresh(install: Install) -> None:
    install.prepare(install.app)
    run.python_in(run.VENV).unlink()
    assert install.prepare(install.app) == ["venv", "pip"]


def test_a_half_finished_install_is_not_taken_for_finished(install: Install) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    install.prepare(install.app)
    install.pip_ends_with = interrupted
    with pytest.raises(KeyboardInterrupt):
        install.prepare(install.test)
    install.pip_ends_with = lambda: 0
    assert install.prepare(install.app) == ["venv", "pip"]


def test_a_failed_first_install_starts_afresh_and_says_why(install: Install) -> None:
    install.pip_ends_with = lambda: 1
    with pytest.raises(SystemExit, match="--wheels DIR"):
        install.prepare(install.app)
    with pytest.raises(SystemExit, match="filled by --collect on a machine like this"):
        install.prepare(install.app, Path("stick"))
    assert install.calls == ["venv", "offline pip"]


def test_a_failed_install_of_the_test_tools_leaves_the_app_usable(install: Install) -> None:
    install.prepare(install.app)
    install.pip_ends_with = lambda: 1
    with pytest.raises(SystemExit):
        install.prepare(install.test)
    assert install.prepare(install.app) == []


def test_a_spoilt_note_counts_as_none(install: Install) -> None:
    install.prepare(install.app)
    run.DONE.write_text('{"python": ')
    assert install.prepare(install.app) == ["venv", "pip"]


def test_pip_from_a_folder_looks_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setattr(subprocess, "call", lambda command, env: seen.append(env) or 0)
    monkeypatch.setenv("PIP_FIND_LINKS", "/elsewhere")
    run.pip(Path("v"), "install")
    run.pip(Path("v"), "install", offline=True)
    online, offline = seen
    assert online["PIP_FIND_LINKS"] == "/elsewhere"
    assert {name for name in offline if name.startswith("PIP_")} == {"PIP_CONFIG_FILE"}
    assert offline["PIP_CONFIG_FILE"] == os.devnull


# --- addresses ---


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over_and_said(
    taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "FIRST_PORT", taken_port)
    assert taken_port < run.choose_port("127.0.0.1", "") < taken_port + 100
    assert f"Port {taken_port} is taken" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["taken", "abc", "0", "99999"])
def test_a_port_that_cannot_be_had_is_refused(asked: str, taken_port: int) -> None:
    with pytest.raises(SystemExit, match="Cannot use port"):
        run.choose_port("127.0.0.1", str(taken_port) if asked == "taken" else asked)


def test_the_address_for_this_machine_and_for_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "room_addresses", lambda: ["192.168.1.5"])
    assert "http://127.0.0.1:8600 " in run.addresses("127.0.0.1", 8600)
    assert "192.168" not in run.addresses("127.0.0.1", 8600)
    urls = re.findall(r"http://\S+", run.addresses("0.0.0.0", 8600))
    assert urls == ["http://127.0.0.1:8600", "http://192.168.1.5:8600"]


def test_a_machine_with_no_way_out_is_asked_for_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_route(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", no_route)
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda name: (name, [], ["127.0.1.1", "10.0.0.7"]))
    assert run.room_addresses() == ["10.0.0.7"]
    monkeypatch.setattr(socket, "gethostbyname_ex", no_route)
    assert "ADDRESS-OF-THIS-MACHINE" in run.addresses("0.0.0.0", 8501)


# --- whole runs ---

# Stand-ins for Streamlit and pytest, found first because the launcher runs in the project's folder.
STREAMLIT = """
import http.server, sys
words = dict(zip(sys.argv[3::2], sys.argv[4::2]))
try:
    address = (words["--server.address"], int(words["--server.port"]))
    http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
except KeyboardInterrupt:
    print("tidied up", flush=True)
    sys.exit(7)
"""
PYTEST = """
import sys, demo
print("demo", demo.VERSION, sys.argv[1:], "UTF-8" if sys.flags.utf8_mode else "")
sys.exit(3)
"""


def write_wheel(folder: Path, version: str) -> None:
    """A wheel of one line of code, so that pip has something to install."""
    info = f"demo-{version}.dist-info"
    files = {
        "demo.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"demo-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


class Project:
    """A copy of the launcher in a folder of its own, with a blank in its name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stick = folder / "my project", folder / "usb stick"
        for package, code in (("streamlit", STREAMLIT), ("pytest", PYTEST)):
            (self.folder / package).mkdir(parents=True)
            (self.folder / package / "__main__.py").write_text(code)
        shutil.copy(LAUNCHER, self.folder)
        (self.folder / "requirements.txt").write_text("demo==1.0  # a reason\n")
        (self.folder / "requirements-test.txt").write_text("-r requirements.txt\n")
        write_wheel(folder / "index", "1.0")
        # What a machine may be set to: the launcher must reach neither when it installs from a folder.
        self.online = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "index")}
        self.offline = {**os.environ, "PIP_FIND_LINKS": "/nowhere", "PIP_INDEX_URL": "http://127.0.0.1:9/"}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(self.folder / "run.py"), *words]

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command, merged = self.command(*words), subprocess.STDOUT
        return subprocess.run(
            command, env=env or self.offline, cwd=self.folder.parent, stdout=subprocess.PIPE, stderr=merged, text=True
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Its `.venv` was installed from a folder that `--collect` had filled."""
    project = Project(tmp_path_factory.mktemp("launcher"))
    filled = project.run("--collect", "usb stick", env=project.online)
    assert filled.returncode == 0, filled.stdout
    assert [wheel.name for wheel in project.stick.iterdir()] == ["demo-1.0-py3-none-any.whl"]
    assert not (project.folder / ".venv").exists()
    first = project.run("test", "--wheels", "usb stick", "--", "-k", "two words")
    assert first.returncode == 3, first.stdout
    assert "Preparing" in first.stdout and f"demo 1.0 {[*run.SIDE_BY_SIDE, '-k', 'two words']} UTF-8" in first.stdout
    return project


@pytest.mark.slow
def test_a_second_run_starts_no_pip_and_passes_the_exit_code_on(project: Project) -> None:
    pip = next((project.folder / ".venv").glob("**/site-packages/pip/__main__.py"))
    saved = pip.read_text()
    pip.write_text("raise SystemExit('pip was called')")
    try:
        second = project.run("test")
        (project.folder / "requirements-test.txt").write_text("-r requirements.txt\n# changed\n")
        third = project.run("test")
    finally:
        pip.write_text(saved)
        (project.folder / "requirements-test.txt").write_text("-r requirements.txt\n")
    assert (second.returncode, second.stdout) == (3, f"demo 1.0 {run.SIDE_BY_SIDE} UTF-8\n")
    assert third.returncode == 1 and "pip was called" in third.stdout


class Running:
    """A launcher whose words are read while it runs."""

    def __init__(self, command: list[str], env: dict[str, str] | None = None) -> None:
        merged = subprocess.STDOUT
        # A session of its own stands for a terminal: Ctrl-C there reaches the launcher and its child.
        self.process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=merged, text=True, start_new_session=True,
            # A shell starts what it runs beside itself deaf to Ctrl-C, and every process inherits that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        self.text = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.text += line

    def urls(self, count: int) -> list[str]:
        """The addresses, once it has said so many."""
        deadline = time.monotonic() + 60
        while len(urls := re.findall(r"http://[\w.-]+:\d+\b", self.text)) < count and self.process.poll() is None:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)
        return urls

    def end(self, number: signal.Signals, everyone: bool) -> int:
        (os.killpg if everyone else os.kill)(self.process.pid, number)
        code = self.process.wait(30)
        self.reader.join(30)
        return code

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # a child may have outlived the launcher
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(30)
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*arguments: object) -> Running:
        started.append(Running(*arguments))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for running in started:
        running.close()


def status(url: str) -> int:
    """The answer's status, asked without a proxy."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.status


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@POSIX_ONLY
@pytest.mark.slow
def test_ctrl_c_lets_the_app_tidy_up_and_shows_no_traceback(project: Project, start: Callable[..., Running]) -> None:
    port = free_port()
    running = start(project.command("--", "--server.port", str(port)), project.offline)
    assert running.urls(1) == [f"http://127.0.0.1:{port}"]
    assert status(running.urls(1)[0]) == 200
    assert running.end(signal.SIGINT, everyone=True) == 7
    assert "tidied up" in running.text and "Traceback" not in running.text


@POSIX_ONLY
@pytest.mark.slow
def test_ending_the_launcher_ends_the_app(project: Project, start: Callable[..., Running]) -> None:
    running = start(project.command("--lan", "--", "--server.port", str(free_port())), project.offline)
    here, room = running.urls(2)[:2]
    assert here.startswith("http://127.0.0.1:") and room.split(":")[-1] == here.split(":")[-1] and room != here
    assert status(here) == 200
    assert running.end(signal.SIGTERM, everyone=False) == 143
    with pytest.raises(OSError):
        status(here)


@POSIX_ONLY
def test_the_real_streamlit_takes_our_options_and_asks_no_one_for_our_address(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    (tmp_path / "app.py").write_text("import streamlit as st\nst.write('hi')\n")
    shutil.copytree(LAUNCHER.parent / ".streamlit", tmp_path / ".streamlit")
    code = "import run, pathlib, sys; run.VENV, run.ROOT = map(pathlib.Path, sys.argv[1:3]); "
    code += "run.FIRST_PORT = int(sys.argv[3]); sys.exit(run.start_app(True, []))"
    command = [sys.executable, "-c", code, sys.prefix, str(tmp_path), str(free_port())]
    running = start(command, {**os.environ, "PYTHONPATH": str(LAUNCHER.parent)})
    assert len(running.urls(2)) == 2
    assert status(running.urls(2)[0] + "/_stcore/health") == 200
    assert running.end(signal.SIGINT, everyone=True) == 0
    # Its own greeting is what would ask: it must stay unsaid.
    for word in ("Traceback", "Local URL", "External URL", "external IP"):
        assert word not in running.text
