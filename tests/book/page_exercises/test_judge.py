import io
import subprocess
import sys
import zipfile

from attn_helpers.book.page_exercises.judge import archive

PROGRAM = """
import sys
from attn_helpers.exercises import registry
from attn_helpers.exercises.core.in_a_page import check_text
import attn_helpers
assert attn_helpers.__file__.startswith(sys.path[0]), attn_helpers.__file__
print(len(registry()), check_text("softmax", "f", "f = 3", 1, print).status)
rooms = {name.split(".")[1] for name in sys.modules if name.startswith("attn_helpers.")}
print(*rooms, "torch" in sys.modules)
"""


def test_the_archive_is_all_that_the_judge_needs(tmp_path):
    zipfile.ZipFile(io.BytesIO(archive())).extractall(tmp_path)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROGRAM}"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    *_, counted, rooms = ran.stdout.splitlines()
    assert counted.endswith(" not yet") and int(counted.split()[0]) > 60
    assert rooms == "exercises False"


def test_the_same_files_make_the_same_archive():
    assert archive() == archive()
