"""What all checks need: a group of checks, an edition, and how a table of it is read."""

import csv
import hashlib
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FAULTS_SHOWN_MAX = 20
PROGRAM_SECONDS_MAX = 120
ALL_COUNTRIES = "All countries"

# The columns of tables 2 and 3, by their head, and the end of their name in by-country.csv.
OUTCOMES = {
    "Approved, count": "approved",
    "Approved, % of all": "approved_pct",
    "Rejected, count": "rejected",
    "Rejected, % of all": "rejected_pct",
    "Open, count": "open",
    "Withdrawn, count": "withdrawn",
}
TABLES = {
    1: {
        "All requests": "requests",
        "User data": "user_data",
        "Technical expertise": "technical_expertise",
    },
    2: {head: f"technical_{end}" for head, end in OUTCOMES.items()},
    3: {head: f"user_data_{end}" for head, end in OUTCOMES.items()},
}


@dataclass
class Group:
    """Checks of one kind."""

    name: str
    checked: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    def fault(self, where, what):
        self.faults.append((where, what))

    def expect(self, holds, where, what):
        self.checked += 1
        if not holds:
            self.fault(where, what)

    def print(self):
        if self.checked and not self.faults:
            print(f"ok    {self.name} ({self.checked})", flush=True)
            return True
        print(f"FAIL  {self.name}: {len(self.faults)} of {self.checked}")
        if not self.checked:
            print("      nothing was there to check")
        # One fault of a template is the same fault in many files.
        by_what = {}
        for where, what in self.faults:
            by_what.setdefault(what, []).append(where)
        for what, places in list(by_what.items())[:FAULTS_SHOWN_MAX]:
            others = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
            print(f"      {places[0]}{others}: {what}")
        if len(by_what) > FAULTS_SHOWN_MAX:
            print(f"      and {len(by_what) - FAULTS_SHOWN_MAX} other faults")
        sys.stdout.flush()
        return False


def program(*command):
    """What a program prints, and its exit code."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, timeout=PROGRAM_SECONDS_MAX, check=False)
    # Poppler prints some attributes as the bytes that they are.
    printed, complaint = (out.decode(errors="replace") for out in (done.stdout, done.stderr))
    return printed, complaint, done.returncode


def number(text):
    """The whole number that a cell shows: `1,199`, `63%`."""
    text = text.strip().removesuffix("%").replace(",", "")
    return int(text) if text.isdecimal() else None


@dataclass(frozen=True)
class Paper:
    """A PDF. Two with the same bytes are one, which saves reading it again."""

    digest: str
    path: Path = field(compare=False)


@dataclass(frozen=True)
class Edition:
    """A folder with the files of an edition."""

    site: Path
    folder: Path

    @property
    def name(self):
        return self.folder.relative_to(self.site).as_posix()

    def path(self, name):
        return self.folder / name

    @cached_property
    def paper(self):
        path = self.path("report.pdf")
        return Paper(hashlib.sha256(path.read_bytes()).hexdigest(), path)

    @cached_property
    def rows(self):
        """by-country.csv: for each country's name its columns, whole numbers but for the code."""
        with self.path("by-country.csv").open(encoding="utf-8", newline="") as file:
            rows = {}
            for row in csv.DictReader(file, strict=True):
                name = row.pop("country_name")
                if name in rows:
                    raise ValueError(f"{name} stands twice")
                code = row.pop("country")
                rows[name] = {"country": code, **{key: int(cell) for key, cell in row.items()}}
            return rows


def grid(rows):
    """The cells of a table's head by row and column, each as often as it spans."""
    cells = {}
    for at, row in enumerate(rows):
        column = 0
        for text, columns, span in row:
            while (at, column) in cells:
                column += 1
            for below in range(span):
                for right in range(columns):
                    cells[at + below, column + right] = text
            column += columns
    return cells


def heads(rows):
    """The full head of each column: `Approved, count`. Cells are (text, columns, rows)."""
    cells = grid(rows)
    width = 1 + max(column for _, column in cells)
    of_column = lambda column: dict.fromkeys(cells[row, column] for row in range(len(rows)))
    return [", ".join(of_column(column)) for column in range(width)]


def columns_of(number_of_table, labels, cells):
    """The cells of a row by their name in by-country.csv."""
    names = TABLES[number_of_table]
    unknown = [label for label in labels if label not in names]
    if unknown:
        raise ValueError(f"table {number_of_table} has unknown columns {unknown}")
    if len(labels) != len(cells):
        raise ValueError(f"table {number_of_table} has a row of {len(cells)} cells: {cells}")
    return {names[label]: number(cell) for label, cell in zip(labels, cells)}
