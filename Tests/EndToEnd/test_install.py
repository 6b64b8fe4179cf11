"""What scripts/install puts where."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    subprocess.run([PROJECT / "scripts/install", "--destdir", root], check=True, capture_output=True)
    return root


def _path(variable):
    line = re.search(rf"^{variable}\s+PATH=(\S+)", Path("/etc/login.defs").read_text(), re.M)
    return line.group(1).split(":")


def test_people_can_run_what_they_are_told_to_run(root):
    """`twostep enroll` is what a login says: it must be where the system looks for those who are not root, and for root."""
    for variable in ("ENV_PATH", "ENV_SUPATH"):
        assert any((root / folder.lstrip("/") / "twostep").exists() for folder in _path(variable)), variable


def test_what_the_units_start_is_there(root):
    units = list((root / "usr/lib/systemd/system").glob("*.service"))
    programs = {line.split("=", 1)[1].split()[0] for unit in units for line in unit.read_text().splitlines()
                if line.startswith("ExecStart=")}
    assert programs == {"/usr/bin/twostep", "/usr/sbin/twostepd"}
    for program in programs:
        assert (root / program.lstrip("/")).stat().st_mode & 0o777 == 0o755


def test_the_removal_list_names_all_of_it(root):
    """Each file that is installed stands in the README's list of what to remove, by its name or its folder's."""
    text = (PROJECT / "README.md").read_text()
    listed = text[text.index("3. Remove the files:"):].split("\n4. ")[0]
    words = re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", listed))

    def stands(path):
        return any(path.match(word.lstrip("/")) or f"/{path}".startswith(f"{word}/") for word in words)

    files = [path.relative_to(root) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()]
    assert len(files) > 60
    assert [str(path) for path in files if not stands(path)] == []
