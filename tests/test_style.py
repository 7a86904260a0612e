"""The house kept in order: the linters are silent, imports point down only, pins are exact."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ["unet_core", "ui", "pages", "app"]  # from the ground up: a module imports from its own floor and those below
CORE = ["messages", "config", "sizes", "blocks", "models"]  # the foundation, from below: each imports those before it


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_the_linter_is_silent(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- floors ---


def modules(root: Path) -> dict[str, Path]:
    """The app's modules by their dotted names."""
    paths = [path for floor in FLOORS for path in [root / f"{floor}.py", *root.glob(f"{floor}/**/*.py")]]
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths if path.is_file()}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, anywhere in it; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import out in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def graph(root: Path) -> dict[str, set[str]]:
    """Module -> the app's other modules that it imports."""
    known = modules(root)
    edges: dict[str, set[str]] = {}
    for module, path in known.items():
        # `unet_core.trace.Trace` is a name inside the module `unet_core.trace`
        found = {name if name in known else name.rpartition(".")[0] for name in imported(path)}
        edges[module] = (found & known.keys()) - {module}
    return edges


def upward_imports(root: Path) -> list[str]:
    def height(module: str) -> tuple[int, int]:
        floor, _, name = module.partition(".")
        return FLOORS.index(floor), CORE.index(name) if floor == "unet_core" and name in CORE else len(CORE)

    edges = [(module, target) for module, targets in graph(root).items() for target in targets]
    return [f"{module} imports {target}" for module, target in edges if height(target) > height(module)]


def test_imports_point_down_only() -> None:
    assert upward_imports(ROOT) == []


def test_no_module_imports_itself_by_a_detour() -> None:
    graphlib.TopologicalSorter(graph(ROOT)).prepare()


def test_the_core_knows_no_streamlit() -> None:
    core = {name: path for name, path in modules(ROOT).items() if name.startswith("unet_core")}
    assert core
    assert [name for name, path in core.items() if any(i.split(".")[0] == "streamlit" for i in imported(path))] == []


def test_this_check_sees_imports_that_point_up_and_in_a_circle(tmp_path: Path) -> None:
    for name, text in {
        "unet_core/__init__.py": "",
        "unet_core/config.py": "def f():\n    from ui import frame",
        "unet_core/blocks.py": "from unet_core.trace import Trace",
        "unet_core/trace.py": "from unet_core import blocks",
        "ui/frame.py": "import unet_core.config, streamlit",
        "app.py": "from ui import frame",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert sorted(upward_imports(tmp_path)) == [
        "unet_core.blocks imports unet_core.trace",
        "unet_core.config imports ui.frame",
    ]
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(graph(tmp_path)).prepare()


# --- raw HTML ---


def unsafe_html(source: str) -> list[int]:
    """Lines that let HTML or script through which is not a constant: a name in it could come from a visitor."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    opened = [
        call
        for call in calls
        if any(word.arg in ("unsafe_allow_html", "unsafe_allow_javascript") for word in call.keywords)
    ]
    return [call.lineno for call in opened if not (call.args and isinstance(call.args[0], ast.Constant))]


def test_raw_html_is_constant() -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in modules(ROOT).items()}
    assert {name: lines for name, text in sources.items() if (lines := unsafe_html(text))} == {}


def test_this_check_sees_html_made_from_values() -> None:
    assert unsafe_html("st.markdown('<b>a</b>', unsafe_allow_html=True)") == []
    assert unsafe_html("st.markdown(f'<b>{a}</b>', unsafe_allow_html=True)") == [1]
    assert unsafe_html("\nst.html(body=a, unsafe_allow_javascript=True)") == [2]


# --- pins ---


def loose(requirements: str) -> list[str]:
    """Lines that are neither an exact pin nor an inclusion."""
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in requirements.splitlines()]
    return [line for line in lines if line and not re.fullmatch(r"[\w-]+==\d+(\.\d+)*|-r \S+", line)]


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_pin_is_exact(path: Path) -> None:
    assert loose(path.read_text(encoding="utf-8")) == []


def test_this_check_sees_a_loose_pin() -> None:
    assert loose("torch==2.13.0  # why\n-r requirements.txt\n\n# numpy\n") == []
    assert loose("torch>=2.13.0\nnumpy\nclick==8.*\n") == ["torch>=2.13.0", "numpy", "click==8.*"]
