"""docs/past-faults.md: every fault has its row, and every test that a row names exists."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "past-faults.md"

FAULTS = {
    "CVE-2024-47191", "CVE-2013-7322", "CVE-2025-23013", "CVE-2021-31924", "CVE-2019-12209", "CVE-2019-12210",
    "CVE-2012-6140", "CVE-2018-9275", "CVE-2025-6020", "CVE-2024-22365", "CVE-2005-2949", "CVE-2015-5600",
    "CVE-2025-53013", "CVE-2026-31979", "CVE-2026-44712", "CVE-2013-4178",
    *(f"ga-libpam {number}" for number in (13, 20, 55, 75, 101, 115, 123, 129, 153, 174, 177, 213, 229, 240, 272)),
    "a stale lock file", "`nullok` with the folder missing",
}
# Of these nothing could be found; a row that says so names no test.
UNKNOWN = {"ga-libpam 115", "ga-libpam 213"}


def _rows(text):
    """The cells of each table's rows, without heads."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() not in ("fault", "---")]


def _fault(cell):
    """The identifier that a row begins with."""
    cell = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", cell)
    return next((fault for fault in FAULTS if cell == fault or cell.startswith((fault + ",", fault + " ¹"))), None)


def _named(cell):
    return re.findall(r"`(test_\w+\.py(?:::\w+)+)`", cell)


def _exists(name):
    """Whether pytest would find this test: a function of that name, in that class if one is named."""
    file, *way = name.split("::")
    path = HERE / file
    if not path.is_file() or not way[-1].startswith("test_"):
        return False
    body = ast.parse(path.read_text()).body
    for part in way:
        found = [node for node in body if getattr(node, "name", None) == part]
        if len(found) != 1:
            return False
        body = getattr(found[0], "body", [])
    return isinstance(found[0], ast.FunctionDef)


def _problems(text):
    rows = _rows(text)
    faults = [_fault(row[0]) for row in rows]
    problems = [f"no row for {fault}" for fault in sorted(FAULTS - set(faults))]
    problems += [f"two rows for {fault}" for fault in sorted(FAULTS) if faults.count(fault) > 1]
    for row, fault in zip(rows, faults):
        if fault is None:
            problems.append(f"a row that is not in the list: {row[0]}")
        if len(row) != 4 or not row[1]:
            problems.append(f"{row[0]}: not four cells, or nothing said of it")
            continue
        names = _named(row[3])
        if (fault in UNKNOWN) == bool(names):
            problems.append(f"{row[0]}: a test must be named, or nothing be known")
        if (fault in UNKNOWN) == bool(row[2]):
            problems.append(f"{row[0]}: a law must be named, or nothing be known")
        if any("test_" in code and code not in names for code in re.findall("`([^`]*)`", row[3])):
            problems.append(f"{row[0]}: a test is named in a way that cannot be looked up")
        problems += [f"{row[0]}: there is no {name}" for name in names if not _exists(name)]
    return problems


def test_every_fault_has_its_row_and_every_test_exists():
    assert _problems(DOCUMENT.read_text()) == []


def test_a_document_that_is_wrong_is_found_out():
    text = DOCUMENT.read_text()
    for change, said in ((("CVE-2018-9275", "CVE-2018-9276"), "no row for CVE-2018-9275"),
                         (("::test_already_used", "::test_already_used_up"), "there is no test_return_codes.py"),
                         (("TestNoAnswer::", ""), "there is no test_return_codes.py::test_conversation"),
                         (("test_crash.py::", "test_crashes.py::"), "there is no test_crashes.py"),
                         (("`test_past_faults_asking.py::TestPassing::test_alone", "`TestPassing::test_alone"),
                          "a test must be named"),
                         (("no test is named", "`test_crash.py::test_backup_code`"), "nothing be known"),
                         (("| 10 |", "| |"), "a law must be named")):
        assert change[0] in text
        assert any(said in problem for problem in _problems(text.replace(*change))), said
