"""Word and Excel files: taken apart, and put together again of the parts that only show something.

No macros, embedded objects, external links, templates, fields that fetch, formulas (their results stay), comments,
authors and properties. What pointed at a part that is gone, goes too.
"""

import re
import stat
from io import BytesIO
from posixpath import basename, dirname, join, normpath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from libs.policy.refused import Refused
from services.intake.files.images import clean_image
from services.intake.files.naming import Kind
from services.intake.files.office_xml import parse, strip_part
from services.intake.files.refusal import broken, refuse

MAX_PARTS = 1000
MAX_UNPACKED = 60 * 1024 * 1024
MAX_PART = 16 * 1024 * 1024
MAX_RATIO = 100
"""Unpacked to packed, beyond the first megabytes: honest sheets stay far below."""
FREE_OF_RATIO = 4 * 1024 * 1024
MAX_PICTURES = 50
PICTURE_PIXELS = 20_000_000

TYPES = "[Content_Types].xml"
ROOT_RELS = "_rels/.rels"
_OFFICE = "application/vnd.openxmlformats-officedocument"
MAIN: dict[str, Kind] = {
    f"{_OFFICE}.wordprocessingml.document.main+xml": "docx",
    f"{_OFFICE}.spreadsheetml.sheet.main+xml": "xlsx",
}
_WORD = (
    r"word/(?:(?:document|header|footer)\d*|styles|settings|numbering|fontTable|webSettings|footnotes|endnotes)\.xml"
)
_EXCEL = r"xl/(?:workbook|styles|sharedStrings|worksheets/sheet\d+|tables/table\d+|drawings/drawing\d+)\.xml"
_BOTH = r"(?:word|xl)/(?:theme/theme\d+|charts/(?:chart|style|colors)\d+)\.xml"
SHOWING = re.compile(f"{_WORD}|{_EXCEL}|{_BOTH}")
PICTURE = re.compile(r"(?:word|xl)/media/[A-Za-z0-9_-]+\.(png|jpe?g)", re.IGNORECASE)
_EXTENSIONS = frozenset({"xml", "rels", "png", "jpg", "jpeg"})


def clean_office(data: bytes, kind: Kind) -> bytes:
    """The document's showing parts. Raises `Refused`: `broken-file`, `zip-bomb`, `part-name`, `encrypted`, `macros`,
    `doctype`, `content-differs`."""
    parts = _unpack(data)
    types = parse(parts.pop(TYPES))
    if _kind(types) != kind:
        raise refuse("content-differs", f"this is no {kind}; send it under its right name")
    for name in [name for name in parts if PICTURE.fullmatch(name)]:
        if (picture := _picture(name, parts[name])) is None:
            del parts[name]
        else:
            parts[name] = picture
    rels = {name: parts.pop(name) for name in list(parts) if name.endswith(".rels")}
    written = {ROOT_RELS: _relations("", rels.get(ROOT_RELS, b""), parts)[0]}
    for name, content in parts.items():
        relations, ids = _relations(name, rels.get(_rels_of(name), b""), parts)
        written[name] = content if PICTURE.fullmatch(name) else strip_part(parse(content), ids)
        if ids:
            written[_rels_of(name)] = relations
    return _pack({TYPES: _types(types, written), **written})


def _unpack(data: bytes) -> dict[str, bytes]:
    """The parts that may stay, and their relations."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, len(data))
            wanted = [entry for entry in entries if _may_stay(entry.filename)]
            parts = {entry.filename: _read(archive, entry) for entry in wanted}
    except (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, RuntimeError):
        raise broken("document") from None
    except Exception as error:  # zlib's own
        if isinstance(error, Refused):
            raise
        raise broken("document") from None
    if TYPES not in parts or ROOT_RELS not in parts:
        raise broken("document")
    return parts


def _check(entries: list[ZipInfo], packed: int) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MAX_PARTS or len({name.casefold() for name in names}) != len(names):
        raise refuse("part-name", "this document has too many parts, or two of one name; save it anew")
    for entry in entries:
        name = entry.orig_filename
        if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or ":" in name:
            raise refuse("part-name", "this document has parts outside itself; save it anew")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise refuse("part-name", "this document has a part that points elsewhere; save it anew")
        if entry.flag_bits & 0x1:
            raise refuse("encrypted", "this document asks for a password; send it without one")
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise broken("document")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or (unpacked > FREE_OF_RATIO and unpacked > MAX_RATIO * packed):
        raise refuse("zip-bomb", "unpacked this document is far too large; send a smaller one")


def _may_stay(name: str) -> bool:
    if name in (TYPES, ROOT_RELS) or SHOWING.fullmatch(name) or PICTURE.fullmatch(name):
        return True
    owner = join(dirname(dirname(name)), basename(name).removesuffix(".rels"))
    return name.endswith(".rels") and SHOWING.fullmatch(owner) is not None


def _read(archive: ZipFile, entry: ZipInfo) -> bytes:
    """What an archive says of its sizes is not believed."""
    with archive.open(entry) as part:
        content = part.read(MAX_PART + 1)
    if len(content) > MAX_PART:
        raise refuse("zip-bomb", "unpacked this document is far too large; send a smaller one")
    return content


def _kind(types: etree._Element) -> Kind | None:
    told = {element.get("ContentType", "") for element in types}
    if any("macroEnabled" in content_type for content_type in told):
        raise refuse("macros", "documents with macros are not taken; save it without them")
    return next((MAIN[content_type] for content_type in sorted(told) if content_type in MAIN), None)


def _picture(name: str, data: bytes) -> bytes | None:
    kind: Kind = "png" if name.lower().endswith("png") else "jpg"
    try:
        return clean_image(data, kind, max_pixels=PICTURE_PIXELS)
    except Refused:
        return None


def _rels_of(part: str) -> str:
    return join(dirname(part), "_rels", f"{basename(part)}.rels")


def _relations(part: str, content: bytes, parts: dict[str, bytes]) -> tuple[bytes, set[str]]:
    """The relations that lead to a part that stays, and their ids."""
    if not content:
        return b"", set()
    root, ids = parse(content), set[str]()
    for relation in list(root):
        target = relation.get("Target", "")
        resolved = normpath(target.lstrip("/") if target.startswith("/") else join(dirname(part), target))
        if relation.get("TargetMode", "Internal") == "Internal" and resolved in parts:
            ids.add(relation.get("Id", ""))
        else:
            root.remove(relation)
    return _bytes(root), ids


def _types(types: etree._Element, parts: dict[str, bytes]) -> bytes:
    for element in list(types):
        extension, part = element.get("Extension"), element.get("PartName", "").lstrip("/")
        if (extension is not None and extension.lower() not in _EXTENSIONS) or (
            extension is None and part not in parts
        ):
            types.remove(element)
    return _bytes(types)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _pack(parts: dict[str, bytes]) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)
    return written.getvalue()
