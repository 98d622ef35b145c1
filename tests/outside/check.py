"""The files of a published site, read by other people's programs.

    check.py SITE [--vnu JAR] [--pdf-tools] [--reference CSV]

`--vnu` is the Nu Html Checker and needs java; `--pdf-tools` says that qpdf and poppler's programs
are there; `--reference` holds figures that the editions have to show. One line for each group of
checks; exit code 1 where one found a fault.
"""

import argparse
import csv
import datetime
import json
import re
import sys
from functools import cache
from pathlib import Path

import frictionless
import jsonschema
import lxml.html
import openpyxl

import paper
from common import (
    ALL_COUNTRIES,
    OUTCOMES,
    TABLES,
    Edition,
    Group,
    columns_of,
    heads,
    number,
    program,
)

# What the Nu Html Checker warns of and we keep, each by a part of its text, with the reason. There
# is none, and one that is no longer met would be a fault too.
WARNINGS_KEPT = ()

SHEETS = {
    "Requests": TABLES[1],
    **{
        name: {
            "All requests, both categories": "requests",
            "Requests in this category": requests,
            "Approved": f"{start}_approved",
            "Approved, % of all requests": f"{start}_approved_pct",
            "Rejected": f"{start}_rejected",
            "Rejected, % of all requests": f"{start}_rejected_pct",
            "Open": f"{start}_open",
            "Withdrawn": f"{start}_withdrawn",
        }
        for name, requests, start in [
            ("Technical expertise", "technical_expertise", "technical"),
            ("User data", "user_data", "user_data"),
        ]
    },
}

# The reference's names of columns and countries, and ours.
REFERENCE_COLUMNS = {"total": "requests", "technical": "technical_expertise"}
REFERENCE_COUNTRIES = {"TOTAL": ALL_COUNTRIES, "Marocco": "Morocco"}


# ---- What the other files say, in the form of by-country.csv ----


@cache
def from_page(edition):
    """Tables 1 to 3 of the page."""
    page = lxml.html.parse(str(edition.path("index.html"))).getroot()
    text = lambda cell: " ".join(cell.text_content().split())
    rows = {}
    for table in TABLES:
        element = page.get_element_by_id(f"t{table}")
        head = [
            [(text(c), int(c.get("colspan", 1)), int(c.get("rowspan", 1))) for c in row]
            for row in element.xpath("./thead/tr")
        ]
        labels = heads(head)[1:]
        for row in element.xpath("./tbody/tr"):
            name, *cells = (text(cell) for cell in row)
            rows.setdefault(name, {}).update(columns_of(table, labels, cells))
    return rows


@cache
def from_workbook(edition):
    """The sheets by country; no cell of any sheet may hold a formula or an error."""
    book = openpyxl.load_workbook(edition.path("requests.xlsx"))
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if cell.data_type in "fe":
                raise ValueError(f"{sheet.title}!{cell.coordinate} holds {cell.value}")
    rows = {}
    for title, names in SHEETS.items():
        head, *lines = book[title].iter_rows(values_only=True)
        for line in lines:
            cells = dict(zip(head, line))
            row = rows.setdefault(cells["Country"], {})
            found = {column: cells[label] for label, column in names.items()}
            repeated = {key: row[key] for key in row.keys() & found.keys()}
            if any(found[key] != value for key, value in repeated.items()):
                raise ValueError(f"{title} says {found} and a sheet before it {repeated}")
            row.update(found, country=cells["Code"])
    return rows


@cache
def from_json(edition):
    report = json.loads(edition.path("report.json").read_bytes())["numbers"]
    rows = {}
    countries = [(c["country"], c["country_name"], c["numbers"]) for c in report["countries"]]
    for code, name, numbers in [("TOTAL", ALL_COUNTRIES, report["total"]), *countries]:
        row = {"country": code, "requests": numbers["requests"]}
        for key, start in [("technical_expertise", "technical"), ("user_data", "user_data")]:
            row[key] = numbers[key]["requests"]
            row |= {f"{start}_{end}": numbers[key][end] for end in OUTCOMES.values()}
        rows[name] = row
    return rows


# ---- The checks ----


def check_markup(group, site, vnu):
    """Pages, style sheet and drawings by the Nu Html Checker."""
    files = [path for end in ("html", "css", "svg") for path in sorted(site.rglob(f"*.{end}"))]
    by_bytes = {path.read_bytes(): path for path in files}
    paths = sorted(by_bytes.values())
    command = ["java", "-jar", vnu, "--also-check-css", "--also-check-svg", "--format", "json"]
    _, printed, _ = program(*command, *paths)
    messages = json.loads(printed)["messages"]
    kept = set()
    for message in messages:
        text = message["message"]
        known = next((part for part, _ in WARNINGS_KEPT if part in text), None)
        if message["type"] == "info" and known:
            kept.add(known)
            continue
        where = str(message.get("url", "")).rpartition(f"{site.name}/")[2]
        at = f"{where}:{message.get('lastLine', '?')}:{message.get('lastColumn', '?')}"
        kind = message.get("subType", message["type"])
        group.fault(at, f"{kind}: {text} {message.get('extract', '')[:100]!r}")
    for part, reason in WARNINGS_KEPT:
        if part not in kept:
            group.fault("check.py", f"the kept warning {part!r} ({reason}) is met no more")
    group.checked += len(paths)


def check_package(group, edition):
    """The data package by Frictionless: types, constraints, sizes, hashes; and that it is whole."""
    descriptor = edition.path("datapackage.json")
    report = frictionless.validate(str(descriptor))
    group.expect(report.valid, edition.name, "datapackage.json is not valid")
    for error in report.errors:
        group.fault(edition.name, f"datapackage.json: {error.message}")
    for task in report.tasks:
        for error in task.errors:
            group.fault(f"{edition.name}/{task.place}", error.message)
    listed = {resource["path"] for resource in json.loads(descriptor.read_bytes())["resources"]}
    files = (path for path in edition.folder.rglob("*") if path.is_file())
    # A revision is an edition with a package of its own.
    own = {
        path.relative_to(edition.folder).as_posix()
        for path in files
        if not re.match(r"r\d+$", path.relative_to(edition.folder).parts[0])
    }
    difference = sorted(listed ^ (own - {"datapackage.json"}))
    group.expect(not difference, edition.name, f"datapackage.json does not match for {difference}")


def check_schema(group, edition):
    """report.json by its own schema."""
    schema = json.loads(edition.path("report.schema.json").read_bytes())
    report = json.loads(edition.path("report.json").read_bytes())
    validator = jsonschema.Draft202012Validator
    group.expect(
        schema.get("$schema") == validator.META_SCHEMA["$id"],
        edition.name,
        "report.schema.json is not of draft 2020-12",
    )
    validator.check_schema(schema)
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date", ValueError)(lambda text: bool(datetime.date.fromisoformat(text)))
    # Sizes of numbers, which JSON does not know; the schema bounds them by minimum and maximum.
    sizes = {"int64", "uint8", "uint32", "uint64", "double"}
    used = set(re.findall(r'"format":\s*"([^"]+)"', json.dumps(schema)))
    unknown = used - sizes - {"date"}
    group.expect(not unknown, edition.name, f"report.schema.json: no check for {unknown}")
    errors = list(validator(schema, format_checker=formats).iter_errors(report))
    group.expect(not errors, edition.name, "report.json is not valid")
    for error in errors:
        group.fault(f"{edition.name}/report.json{error.json_path[1:]}", error.message[:200])


def check_arithmetic(group, edition):
    """by-country.csv adds up, and its percentages are of all requests of the row, half up."""
    total, *countries = edition.rows.values()
    if (total["country"], next(iter(edition.rows))) != ("TOTAL", ALL_COUNTRIES):
        group.fault(edition.name, "by-country.csv does not begin with the total")
    for name, row in edition.rows.items():
        where = f"{edition.name}/by-country.csv, {name}"
        for start, requests in [("technical", "technical_expertise"), ("user_data", "user_data")]:
            parts = [row[f"{start}_{end}"] for end in ("approved", "rejected", "open", "withdrawn")]
            group.expect(sum(parts) == row[requests], where, f"{requests} is not {parts}")
            for end in ("approved", "rejected"):
                part, of = row[f"{start}_{end}"], row["requests"]
                share = (200 * part + of) // (2 * of) if of else 0
                told = row[f"{start}_{end}_pct"]
                group.expect(told == share, where, f"{start}_{end}_pct is {told}, not {share}")
        both = row["user_data"] + row["technical_expertise"]
        group.expect(both == row["requests"], where, f"requests is not {both}")
    for column in total:
        if column == "country" or column.endswith("_pct"):
            continue
        summed = sum(row[column] for row in countries)
        told = total[column]
        group.expect(told == summed, f"{edition.name}/by-country.csv", f"{column}: {told}≠{summed}")
    names = [row["country"] for row in countries]
    group.expect(len(set(names)) == len(names), edition.name, f"a code stands twice: {names}")


def check_same(group, edition, file, found):
    """Each row and cell of a file is the same in by-country.csv; one that is left out is zero."""
    where = f"{edition.name}/{file}"
    group.expect(
        list(found) == list(edition.rows),
        where,
        f"has the rows {list(found)}, by-country.csv {list(edition.rows)}",
    )
    for name, row in edition.rows.items():
        cells = found.get(name, {})
        for column, expected in row.items():
            if column == "country" and column not in cells:
                continue
            told = cells.get(column, 0)
            group.expect(
                told == expected, f"{where}, {name}", f"{column} is {told!r}, not {expected!r}"
            )


def check_reference(group, site, editions, reference, readers):
    """Every cell of the reference in every file of the edition."""
    periods = {}
    with reference.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            period, country = row.pop("period"), row.pop("country")
            period = re.sub(r"^H([12]) (\d{4})$", r"\2-H\1", period)
            country = REFERENCE_COUNTRIES.get(country, country)
            cells = {REFERENCE_COLUMNS.get(key, key): number(cell) for key, cell in row.items()}
            periods.setdefault(period, {})[country] = cells
    for period, rows in periods.items():
        of_period = [edition for edition in editions if edition.name.split("/")[0] == period]
        if not of_period:
            group.fault(site.name, f"has no edition of {period}")
        for edition in of_period:
            for file, read in readers.items():
                where = f"{edition.name}/{file}"
                found = read(edition)
                group.expect(
                    found.keys() == rows.keys(),
                    where,
                    f"lacks or adds {found.keys() ^ rows.keys()}",
                )
                for name, cells in rows.items():
                    for column, expected in cells.items():
                        told = found.get(name, {}).get(column)
                        what = f"{column} is {told}, the reference says {expected}"
                        group.expect(told == expected, f"{where}, {name}", what)


def editions_of(site):
    """The folders of all periods and of their revisions."""
    folders = sorted(path.parent for path in site.rglob("by-country.csv"))
    return [Edition(site, folder) for folder in folders]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("site", type=Path)
    parser.add_argument("--vnu", type=Path)
    parser.add_argument("--pdf-tools", action="store_true")
    parser.add_argument("--reference", type=Path)
    args = parser.parse_args()
    site = args.site.resolve()
    editions = editions_of(site)
    readers = {
        "by-country.csv": lambda edition: edition.rows,
        "index.html": from_page,
        "requests.xlsx": from_workbook,
        "report.json": from_json,
    }
    if args.pdf_tools:
        readers["report.pdf"] = paper.read

    groups = []
    if args.vnu:
        groups.append(("markup and style", lambda group: check_markup(group, site, args.vnu)))
    add = lambda name, check, of=editions: groups.append(
        (name, lambda group: for_each(group, of, check))
    )
    add("data package", check_package)
    add("report.json by its schema", check_schema)
    add("by-country.csv adds up", check_arithmetic)
    papers = paper.with_own_file(editions)
    if args.pdf_tools:
        add("PDF file", paper.check_file, papers)
        add("PDF on paper", paper.check_text, papers)
    add("PDF structure", paper.check_structure, papers)
    for file, read in readers.items():
        if file == "by-country.csv":
            continue
        compare = lambda group, edition, file=file, read=read: check_same(
            group, edition, file, read(edition)
        )
        add(f"{file} is by-country.csv", compare)
    if args.reference:
        check = lambda group: check_reference(group, site, editions, args.reference, readers)
        groups.append(("every file is the reference", check))

    is_well = True
    for name, check in groups:
        group = Group(name)
        attempt(group, site.name, check)
        is_well &= group.print()
    return 0 if is_well else 1


def for_each(group, editions, check):
    for edition in editions:
        attempt(group, edition.name, check, edition)


def attempt(group, where, check, *of):
    """A file that can't be read is a fault of the file and ends none of the other checks."""
    try:
        check(group, *of)
    except Exception as error:  # noqa: BLE001
        group.fault(where, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    sys.exit(main())
