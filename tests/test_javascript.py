"""JavaScript and style sheets are held to one form, as ruff holds Python.

`make check` asks biome about all of them; here it is seen to notice.
"""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIOME = Path(sysconfig.get_path("scripts"), "biome")


def check(folder):
    """Run formatter and linter as the folder's biome.json sets them up."""
    command = [BIOME, "check", "--error-on-warnings"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("export const a =  1;\n", "format"),
        (f"export const a = f({', '.join(['somewhat_long'] * 9)});\n", "format"),
        ("export const a = b == c;\n", "noDoubleEquals"),
        ("let a = 1;\nexport const b = a;\n", "useConst"),
        ("const a = 1;\n", "noUnusedVariables"),
        (
            "export function a() {\n" + "  f();\n" * 81 + "}\n",
            "noExcessiveLinesPerFunction",
        ),
    ],
)
def test_what_does_not_keep_to_it_is_found(tmp_path, source, complaint):
    shutil.copy(ROOT / "biome.json", tmp_path)
    file = tmp_path / "attn_helpers" / "a.js"
    file.parent.mkdir()
    file.write_text(source)
    done = check(tmp_path)
    assert done.returncode == 1
    assert complaint in done.stdout + done.stderr
