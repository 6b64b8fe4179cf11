"""twostep list of many: everybody, in order, by all processors, and without memory mapped for each of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from world import TOOL

sys.path.insert(0, str(Path(__file__).parents[1] / "Bench"))

import many

# Some shares of the work for each thread, and a last one that is not full.
COUNT = 2_600


@pytest.fixture(scope="module")
def site():
    """A site of many users whose records have all that a record may have."""
    place = Path("/var/lib/twostep-many")
    place.mkdir(mode=0o755)
    many.build(place, COUNT)
    accounts = Path("/etc/passwd").read_text()
    many.add_accounts(COUNT)
    yield place
    Path("/etc/passwd").write_text(accounts)
    subprocess.run(["rm", "-r", place], check=True)


def _list(site, *arguments, prefix=()):
    done = subprocess.run([*prefix, TOOL, "list", *arguments, "--config", site / "conf"], capture_output=True,
                          text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _mappings(site, folder):
    """How often memory was mapped or given back meanwhile, by whichever thread."""
    trace = folder / "trace"
    _list(site, "--json", prefix=["strace", "-f", "-qq", "-e", "trace=mmap,munmap,madvise", "-o", trace])
    return len(trace.read_text().splitlines())


def test_everybody_once_and_in_order(site):
    rows = json.loads(_list(site, "--json"))
    assert [row["uid"] for row in rows] == list(range(many.FIRST, many.FIRST + COUNT))
    assert {(row["state"], row["backupCodesLeft"], row.get("error")) for row in rows} == {("active", 10, None)}
    lines = _list(site).splitlines()
    assert [line.split()[1] for line in lines] == ["UID", *(str(row["uid"]) for row in rows)]


def test_no_memory_is_mapped_for_each(site, folder):
    """Two threads cannot map memory at the same time: where each record took some, they took longer than one."""
    assert _mappings(site, folder) < COUNT / 4


def test_not_for_records_of_another_version_either(site, folder, monkeypatch):
    monkeypatch.setattr(many, "VERSION", 99)
    other = folder / "other"
    other.mkdir(mode=0o755)
    many.build(other, COUNT)
    assert {row["error"] for row in json.loads(_list(other, "--json"))} == {"unknown-version"}
    assert _mappings(other, folder) < COUNT / 4


def test_nobody_reads_any_more(site):
    """An output that ends ends the threads, too."""
    done = subprocess.run(["bash", "-c", f"{TOOL} list --json --config {site}/conf | head -c 9"], capture_output=True,
                          timeout=60, check=True)
    assert done.stdout == b'[{"backup'
