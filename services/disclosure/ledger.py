"""The public ledger (公开台账) as JSON, CSV and Atom. Pure: rows of allow-listed fields in, text out, dates without times."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from libs.policy.publication import PublicField
from libs.policy.scheme import Scheme
from libs.policy.words import Wording
from services.disclosure.domain import Entry, Shown, shown

ATOM = "http://www.w3.org/2005/Atom"
BOM = "\ufeff"
"""Without it the usual spreadsheet programs read Chinese as something else."""

_WORDS = {
    "satisfied": "满意",
    "dissatisfied": "不满意",
    "defaulted": "逾期未评价，默认满意",
    "unrated": "未能联系，未评价",
    "finally-decided": "已作最后处理决定",
    "called-back": "回访确认办结",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Row(NamedTuple):
    """One published entry and the scheme it is shown by."""

    entry: Entry
    scheme: Scheme

    def fields(self) -> dict[PublicField, Shown]:
        return shown(self.entry, self.scheme)

    def words(self) -> dict[PublicField, str]:
        """The same as people read it: the scheme's Chinese words instead of codes."""
        return {field: _in_words(field, value, self) for field, value in self.fields().items()}


def _in_words(field: PublicField, value: Shown, row: Row) -> str:
    scheme = row.scheme
    named: Mapping[PublicField, Mapping[str, Wording]] = {
        "channel": dict(scheme.channels),
        "category": scheme.categories,
        "level": dict(scheme.levels),
        "outcome": scheme.outcomes,
    }
    if value is None:
        return ""
    if field == "unit" and row.entry.wording:
        return row.entry.wording.unit_name
    if field in ("rating", "rated_again", "closed"):
        return _WORDS[str(value)]
    if field in named and value in named[field]:
        return named[field][str(value)].zh
    return value.isoformat() if isinstance(value, date) else str(value)


def as_json(rows: Sequence[Row], *, following: str | None) -> str:
    """`next`: the cursor of the page that follows, null on the last."""
    entries = [as_told(row) for row in rows]
    return json.dumps({"entries": entries, "next": following}, ensure_ascii=False, default=date.isoformat)


def as_told(row: Row) -> dict[str, Shown]:
    """An entry's fields, and the regulation that names them."""
    return {"scheme": row.scheme.ref, **row.fields()}


def as_csv(rows: Sequence[Row], *, columns: Mapping[PublicField, Wording]) -> str:
    """UTF-8 with a byte order mark. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow([cell(wording.zh) for wording in columns.values()])
    for row in rows:
        words = row.words()
        writer.writerow([cell(words.get(field, "")) for field in columns])
    return out.getvalue()


def cell(text: str) -> str:
    """As a spreadsheet shall read it: as text, never as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def columns_of(schemes: Sequence[Scheme]) -> dict[PublicField, Wording]:
    """Every field that one of the schemes shows, in the order in which they name them."""
    columns: dict[PublicField, Wording] = {}
    for scheme in schemes:
        for field, wording in scheme.publication.fields.items():
            columns.setdefault(field, wording)
    return columns


def as_atom(rows: Sequence[Row], *, title: str) -> str:
    """A feed of the newest entries. Atom (RFC 4287) wants instants: each day is given as its 0:00 in China."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", "urn:zhitongche:ledger")
    _add(feed, "title", title)
    _add(feed, "updated", max((_changed(row.entry) for row in rows), default=_instant(date(1970, 1, 1))))
    for row in rows:
        words = row.words()
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", f"urn:zhitongche:entry:{row.entry.number}")
        _add(entry, "title", " ".join(words[field] for field in ("category", "outcome") if words.get(field)))
        _add(entry, "updated", _changed(row.entry))
        _add(ET.SubElement(entry, f"{{{ATOM}}}author"), "name", words.get("unit") or row.scheme.title.zh)
        names = row.scheme.publication.fields
        _add(entry, "content", "\n".join(f"{names[field].zh}：{word}" for field, word in words.items() if word))
    return ET.tostring(feed, encoding="unicode", xml_declaration=False)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _changed(entry: Entry) -> str:
    return _instant(entry.revised_on or entry.published_on or date(1970, 1, 1))


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"
