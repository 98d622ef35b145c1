"""The PDF of an edition, by qpdf, poppler and pikepdf."""

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import lxml.html
import pikepdf

from common import TABLES, columns_of, heads, program


@dataclass
class Node:
    """An element of a PDF's structure, as poppler prints it."""

    kind: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list = field(default_factory=list)

    @property
    def text(self):
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def all(self, kind):
        below = [part for part in self.parts if isinstance(part, Node)]
        found = [node for part in below for node in part.all(kind)]
        return ([self] if self.kind == kind else []) + found


def structure(pdf):
    """The tree that `pdfinfo -struct-text` prints: the indent tells the depth."""
    printed, complaint, code = program("pdfinfo", "-struct-text", pdf)
    if code:
        raise ValueError(f"pdfinfo -struct-text fails: {complaint.strip()[-200:]}")
    root = Node("root")
    path = [(-1, root)]
    for line in printed.splitlines():
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        while path[-1][0] >= indent:
            path.pop()
        parent = path[-1][1]
        if not body:
            continue
        if body.startswith('"'):
            parent.parts.append(body[1:-1])
        elif body.startswith("/"):
            name, _, value = body[1:].partition(" ")
            parent.attributes[name] = value
        else:
            node = Node(re.match(r"\w+", body)[0])
            parent.parts.append(node)
            path.append((indent, node))
    return root


@cache
def tagged_tables(paper):
    """Tables 1 to 3 of the PDF: the rows of the head, and those below it."""
    tables = {}
    for table in structure(paper.path).all("Table"):
        caption = "".join(node.text for node in table.all("Caption"))
        found = re.match(r"Table (\d+)\.", caption)
        if not found or int(found[1]) not in TABLES:
            continue
        if int(found[1]) in tables:
            raise ValueError(f"{found[0]} stands twice")
        rows = [[part for part in row.parts if isinstance(part, Node)] for row in table.all("TR")]
        is_head = lambda row: all(c.attributes.get("Scope") in ("/Both", "/Column") for c in row)
        head = [row for row in rows if is_head(row)]
        tables[int(found[1])] = head, rows[len(head) :]
    missing = [table for table in TABLES if table not in tables]
    if missing:
        raise ValueError(f"the tables {missing} are not tagged as tables with a caption")
    return tables


@cache
def read(edition):
    """Tables 1 to 3 of the PDF, by their tags."""
    text = lambda cell: " ".join(cell.text.split())
    span = lambda cell, name: int(cell.attributes.get(name, 1))
    rows = {}
    for table, (head, body) in tagged_tables(edition.paper).items():
        labels = heads(
            [[(text(c), span(c, "ColSpan"), span(c, "RowSpan")) for c in row] for row in head]
        )[1:]
        for row in body:
            name, *cells = row
            kinds = [name.kind, *(cell.kind for cell in cells)]
            if kinds != ["TH"] + ["TD"] * len(cells):
                raise ValueError(f"the row {text(name)} of table {table} is tagged {kinds}")
            cells = columns_of(table, labels, [text(cell) for cell in cells])
            rows.setdefault(text(name), {}).update(cells)
    return rows


def with_own_file(editions):
    """One edition for each PDF: the latest revision has the same as its period."""
    content = lambda edition: (edition.paper, repr(edition.rows))
    return list({content(edition): edition for edition in reversed(editions)}.values())[::-1]


def check_file(group, edition):
    """The file is sound, and says of itself what a reader's program has to know."""
    pdf = edition.path("report.pdf")
    where = f"{edition.name}/report.pdf"
    printed, complaint, code = program("qpdf", "--check", pdf)
    group.expect(code == 0, where, f"qpdf --check: {(complaint or printed).strip()}")
    facts = dict(line.partition(":")[::2] for line in program("pdfinfo", pdf)[0].splitlines())
    fact = lambda name: facts.get(name, "").strip()
    group.expect(fact("Tagged") == "yes", where, "is not tagged")
    group.expect(fact("Title"), where, "has no title")
    group.expect(fact("JavaScript") == "no", where, "holds a script")
    group.expect(fact("Encrypted") == "no", where, "is encrypted")
    group.expect(int(fact("Pages") or 0) >= 2, where, f"has {fact('Pages')} pages")
    meta = program("pdfinfo", "-meta", pdf)[0]
    wanted = {"pdfaid:part": "2", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    for name, value in wanted.items():
        # A property may be written as an element or as an attribute.
        said = re.search(rf"""{name}(?:>|\s*=\s*["'])\s*([^<"']*)""", meta)
        group.expect(said and said[1].strip() == value, where, f"{name} is not {value}")
    language = re.search(r"<dc:language>.*?<rdf:li>([^<]+)</rdf:li>", meta, re.DOTALL)
    group.expect(language, where, "names no language in its metadata")
    _, _, *fonts = program("pdffonts", pdf)[0].splitlines()
    group.expect(fonts, where, "has no font")
    for font in fonts:
        embedded, _, unicode = font[-28:].split()[:3] if len(font) > 28 else ("", "", "")
        is_whole = embedded == unicode == "yes"
        group.expect(is_whole, where, f"a font is not embedded or has no Unicode: {font}")


def structure_elements(pdf):
    """All elements of the structure tree in order, with the standard name of their kind."""
    roles = pdf.Root.StructTreeRoot.get("/RoleMap", {})
    waiting = [pdf.Root.StructTreeRoot]
    while waiting:
        element = waiting.pop()
        if "/S" in element:
            kind = str(element.S)
            yield str(roles.get(kind, kind)), element
        kids = element.get("/K", [])
        kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        waiting += [kid for kid in reversed(kids) if isinstance(kid, pikepdf.Dictionary)]


def below(element, kind, roles):
    """How many elements of a kind are below one, itself left out."""
    kids = element.get("/K", [])
    kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    kids = [kid for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    is_kind = lambda kid: str(roles.get(str(kid.S), str(kid.S))) == kind
    return sum(is_kind(kid) + below(kid, kind, roles) for kid in kids)


def check_structure(group, edition):
    """Headings, tables, figures and language, as a screen reader meets them."""
    where = f"{edition.name}/report.pdf"
    with pikepdf.open(edition.path("report.pdf")) as pdf:
        root = pdf.Root
        group.expect(str(root.get("/Lang", "")), where, "names no language")
        group.expect(
            bool(root.get("/MarkInfo", {}).get("/Marked")), where, "is not marked as tagged"
        )
        shows_title = root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")
        group.expect(bool(shows_title), where, "does not show its title")
        roles = root.StructTreeRoot.get("/RoleMap", {})
        elements = list(structure_elements(pdf))
        levels = [int(kind[2:]) for kind, _ in elements if re.fullmatch(r"/H\d", kind)]
        group.expect(levels[:1] == [1] and levels.count(1) == 1, where, f"headings {levels}")
        group.expect(2 in levels, where, "has no heading of the second level")
        for before, after in pairwise(levels):
            group.expect(after <= before + 1, where, f"heading {after} follows heading {before}")
        figures = [element for kind, element in elements if kind == "/Figure"]
        has_chart = len(edition.rows) > 1
        group.expect(figures or not has_chart, where, "has no figure")
        for at, figure in enumerate(figures, 1):
            described = len(str(figure.get("/Alt", "")).strip()) >= 10
            group.expect(described, where, f"figure {at} has no description")
        tables = [element for kind, element in elements if kind == "/Table"]
        group.expect(len(tables) >= 4, where, f"has {len(tables)} tables, fewer than 4")
        counts = []
        for at, table in enumerate(tables, 1):
            tr, th, td = (below(table, kind, roles) for kind in ("/TR", "/TH", "/TD"))
            group.expect(tr and th and td, where, f"table {at} has {tr} TR, {th} TH, {td} TD")
            counts.append(tr)
    page = lxml.html.parse(str(edition.path("index.html"))).getroot()
    for at, told in zip(TABLES, counts):
        head = len(page.get_element_by_id(f"t{at}").xpath("./thead/tr"))
        expected = head + len(edition.rows)
        what = f"table {at} has {told} rows, not {head} of its head and {len(edition.rows)}"
        group.expect(told == expected, where, what)


def check_text(group, edition):
    """On paper, as text is read off the page: each row of tables 1 to 3 in one line."""
    text = program("pdftotext", "-layout", edition.paper.path, "-")[0]
    tagged = tagged_tables(edition.paper)
    for table, names in TABLES.items():
        after = re.split(rf"\bTable {table}\. ", text, maxsplit=1)[-1]
        lines = re.split(rf"\bTable {table + 1}\. ", after, maxsplit=1)[0].splitlines()
        lines = [" ".join(line.split()) for line in lines]
        # Columns that all are zero are left out; how many stand there, the tags tell.
        _, body = tagged[table]
        width = len(body[0]) - 1
        for name, row in edition.rows.items():
            columns = list(names.values())[:width]
            cells = [f"{row[c]:,}" + ("%" if c.endswith("_pct") else "") for c in columns]
            end = " ".join(cells)
            # A long name takes two lines; its numbers stand in one of them.
            heads_found = [line[: -len(end)].strip() for line in lines if line.endswith(f" {end}")]
            is_there = any(head and name.startswith(head) for head in heads_found)
            where = f"{edition.name}/report.pdf, table {table}"
            group.expect(is_there, where, f"no line reads {name} {end}")
