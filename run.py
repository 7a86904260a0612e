"""The launcher: `python run.py` starts the app, `python run.py test` runs the tests. Standard library only.

It makes `.venv` beside this file, installs the exact pins into it, and remembers having done so: while the pins and
this Python stay the same, a later start calls no pip. It must parse on an old Python, to say there what is needed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
DONE = VENV / "installed.json"  # {"python": tag, requirements file: fingerprint}, written after a whole install only
PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]} {sysconfig.get_platform()}"
FIRST_PORT = 8501
EVERYWHERE = ("0.0.0.0", "::")
SIDE_BY_SIDE = ["-n", "2"]  # one process drives the browser, the other runs all other tests
GRACE = 15  # seconds in which a child may tidy up after Ctrl-C
HINT_ONLINE = "The reason is above. Without internet, name a folder filled before: --wheels DIR"
HINT_WHEELS = f"Was {{}} filled by --collect on a machine like this one ({PYTHON})?"


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split off what follows `--` and read the rest."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(
        description="Starts U-Net Explorer, or runs its tests, in an environment of its own (.venv beside this file).",
        epilog="What follows -- goes to Streamlit (-- --server.port 8600) or to pytest (test -- -x -k sizes).",
    )
    parser.add_argument("what", nargs="?", choices=["test"], help="run the tests instead of the app")
    parser.add_argument("--lan", action="store_true", help="let everyone in this network open the app")
    parser.add_argument("--wheels", metavar="DIR", help="install from this folder, without internet")
    parser.add_argument(
        "--collect",
        metavar="DIR",
        help="fill such a folder (with `test`: for the tests too) and stop; it fits only machines with the same "
        "operating system, kind of processor and Python version (such as 3.11) as this one",
    )
    options = parser.parse_args(argv[:cut])
    if options.what and options.lan:
        parser.error("--lan is for the app, not for the tests")
    if options.collect and options.wheels:
        parser.error("--collect fills a folder from the internet, --wheels installs from one: give one of them")
    return options, argv[cut + 1 :]


# --- the environment ---


def python_in(venv: Path, system: str = os.name) -> Path:
    return venv / "Scripts" / "python.exe" if system == "nt" else venv / "bin" / "python"


def included(requirements: Path) -> list[Path]:
    """The file itself and all that it includes with `-r`."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    names = [line.split()[1] for line in lines if line.startswith("-r ")]
    return [requirements] + [path for name in names for path in included(requirements.parent / name)]


def fingerprint(requirements: Path) -> str:
    """Changes when a pin changes."""
    text = "".join(path.read_text(encoding="utf-8") for path in included(requirements))
    return hashlib.sha256(text.encode()).hexdigest()


def read_done() -> dict[str, str]:
    try:
        return dict(json.loads(DONE.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def make_venv(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu ship it apart
        sys.exit("This Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv")
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if made.returncode:
        sys.exit(f"{made.stdout}Could not make {venv}. Close what uses it, delete that folder and start again.")


def pip(venv: Path, *arguments: str, offline: bool = False) -> int:
    environment = dict(os.environ)
    if offline:  # pip's own settings may name other places to look in
        environment = {name: value for name, value in environment.items() if not name.startswith("PIP_")}
        environment["PIP_CONFIG_FILE"] = os.devnull
    return subprocess.call([str(python_in(venv)), "-m", "pip", *arguments], env=environment)


def prepare(requirements: Path, wheels: Path | None) -> None:
    """Leave a `.venv` that holds the pins; touch nothing when it does already."""
    done = read_done()
    wanted = {path.name: fingerprint(path) for path in included(requirements)}
    usable = python_in(VENV).exists() and done.get("python") == PYTHON
    if usable and wanted.items() <= done.items():
        return
    say(f"Preparing {VENV} from {requirements.name}. The first time takes some minutes.")
    if not usable:  # none yet, another Python's, or half-finished: start afresh
        make_venv(VENV)
    DONE.unlink(missing_ok=True)
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    if pip(VENV, "install", "--disable-pip-version-check", *source, "-r", str(requirements), offline=bool(wheels)):
        if usable:  # pip undoes what it could not finish
            DONE.write_text(json.dumps(done), encoding="utf-8")
        sys.exit(f"Could not install. {HINT_WHEELS.format(wheels) if wheels else HINT_ONLINE}")
    DONE.write_text(json.dumps({"python": PYTHON, **wanted}), encoding="utf-8")


def collect(requirements: Path, folder: Path) -> int:
    """Fill the folder with a wheel of every requirement, `.venv` left alone."""
    with tempfile.TemporaryDirectory() as scratch:
        make_venv(Path(scratch))
        command = ["wheel", "--disable-pip-version-check", "--wheel-dir", str(folder), "-r", str(requirements)]
        code = pip(Path(scratch), *command)
    if code == 0:
        say(f"Filled {folder}, for {PYTHON}. On such a machine: python run.py --wheels DIR")
    return code


# --- the app and the tests ---


def say(text: str) -> None:
    print(text, flush=True)


def given(extra: list[str], option: str, default: str) -> str:
    """What the words for Streamlit say about this option; the last one counts, as there."""
    reader = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    reader.add_argument(option, dest="value", default=default)
    return reader.parse_known_args(extra)[0].value


def is_free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        if os.name != "nt":  # there it would let two servers share a port; elsewhere it forgives one just closed
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError):
            return False
    return True


def choose_port(address: str, asked: str) -> int:
    """The port asked for, or the first free one."""
    if asked.isdigit() and int(asked) and is_free(address, int(asked)):
        return int(asked)
    if asked:
        sys.exit(f"Cannot use port {asked} on {address}. Name another one: python run.py -- --server.port PORT")
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if is_free(address, port):
            return port
        say(f"Port {port} is taken, trying the next one.")
    sys.exit("No free port found. Name one: python run.py -- --server.port PORT")


def room_addresses() -> list[str]:
    """This machine's addresses in its network. Choosing a route sends nothing and needs no internet."""
    found: list[str] = []
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # an address kept for documentation
            found = [probe.getsockname()[0]]
    except OSError:  # a network with no way out has no such route, but the machine may know itself by name
        with contextlib.suppress(OSError):
            found = socket.gethostbyname_ex(socket.gethostname())[2]
    return [address for address in found if not address.startswith("127.")]


def addresses(address: str, port: int) -> str:
    """What to type into a browser."""
    if address not in EVERYWHERE:
        return f"U-Net Explorer is running at http://{address}:{port} (Ctrl-C ends it)"
    rooms = room_addresses() or ["ADDRESS-OF-THIS-MACHINE"]
    lines = ["U-Net Explorer is running (Ctrl-C ends it)", f"    on this machine:  http://127.0.0.1:{port}"]
    return "\n".join(lines + [f"    in this room:     http://{room}:{port}" for room in rooms])


def answers(address: str, port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1" if address in EVERYWHERE else address, port), timeout=1).close()
    except OSError:
        return False
    return True


def run_child(command: list[str], ready: Callable[[], bool] = lambda: True, announcement: str = "") -> int:
    """Run to the end and return the exit code; say the announcement once it is ready."""
    # UTF-8 wherever the child prints or opens a file: a Windows console may know no Chinese.
    child = subprocess.Popen(command, cwd=str(ROOT), env={**os.environ, "PYTHONUTF8": "1"})
    try:
        while child.poll() is None and not ready():
            time.sleep(0.1)
        if announcement and child.poll() is None:
            say(announcement)
        child.wait()
    except KeyboardInterrupt:  # Ctrl-C reached the child as well
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
    finally:
        if child.poll() is None:
            child.terminate()
    code = child.wait()
    return code if code >= 0 else 128 - code  # ended by a signal: the number that a shell reports


def start_app(lan: bool, extra: list[str]) -> int:
    address = given(extra, "--server.address", "0.0.0.0" if lan else "127.0.0.1")
    port = choose_port(address, given(extra, "--server.port", ""))
    ours = ["--server.address", address, "--server.port", str(port)]
    ours += ["--logger.hideWelcomeMessage", "true"]  # on every address, it asks the internet for ours
    command = [str(python_in(VENV)), "-m", "streamlit", "run", "app.py", *ours, *extra]
    return run_child(command, lambda: answers(address, port), addresses(address, port))


def main(argv: list[str]) -> int:
    options, extra = parse(argv)
    requirements = ROOT / ("requirements-test.txt" if options.what else "requirements.txt")
    if options.collect:
        return collect(requirements, Path(options.collect).resolve())
    prepare(requirements, Path(options.wheels).resolve() if options.wheels else None)
    if options.what:
        return run_child([str(python_in(VENV)), "-m", "pytest", *SIDE_BY_SIDE, *extra])
    return start_app(options.lan, extra)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - an old Python is whom this line is for
        sys.exit("U-Net Explorer needs Python 3.11 or newer; this is Python {}.{}.".format(*sys.version_info))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a path may hold letters the console lacks
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a child never outlives us
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
