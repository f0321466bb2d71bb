"""The XML inside Word and Excel files."""

import re
from collections.abc import Set

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from services.intake.files.refusal import broken, refuse

RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
SHEETS = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
GONE = frozenset(
    [
        "object",
        "control",
        "OLEObject",
        "oleObject",
        "oleObjects",
        "controls",
        "altChunk",
        "subDoc",
        "attachedTemplate",
        "mailMerge",
        "docVars",
        "rsids",
        "externalReferences",
        "externalReference",
        "externalData",
        "extLst",
        "absPath",
        "legacyDrawing",
        "legacyDrawingHF",
        "fileSharing",
        "commentReference",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "webPublishItems",
        "webPublishObjects",
        "customWorkbookViews",
        "queryTableParts",
        "webPublishing",
        "smartTagPr",
        "hlinkClick",
        "hlinkHover",
    ]
)
"""Elements that embed, fetch, run, or tell of persons."""
GONE_FROM_SHEETS = frozenset(["f", "definedNames", "hyperlinks", "dataConsolidate", "oleSize", "functionGroups"])
"""Formulas fetch and run as well; what they came to stays beside them."""
LOSES_ITS_LINK = frozenset({"hyperlink", "blip", "tablePart", "sheet"})
AUTHORS = frozenset({"author", "initials", "lastModifiedBy", "userName", "userId"})
HARMLESS_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|DATE|TIME)(?:\s+\\[*@][^\\<>]{0,40})*\s*")


def parse(content: bytes) -> etree._Element:
    """Without entities, network and remarks. Raises `Refused`: `doctype`, `broken-file`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise _doctype() from None
        raise broken("document") from None
    if root.getroottree().docinfo.doctype:
        raise _doctype()
    return root


def _doctype() -> Exception:
    return refuse("doctype", "this document declares entities of its own, which none needs; save it anew")


def strip_part(root: etree._Element, ids: Set[str]) -> bytes:
    """The part without what acts or tells of persons; `ids`: the relations that are left to it."""
    for element in list(root.iter()):
        name = etree.QName(element)
        if name.localname in GONE or (name.namespace in SHEETS and name.localname in GONE_FROM_SHEETS):
            _remove(element)
        else:
            _strip(element, name.localname, ids)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _strip(element: etree._Element, local: str, ids: Set[str]) -> None:
    for attribute, value in list(element.attrib.items()):
        name = etree.QName(attribute)
        if name.namespace in RELATIONS and value not in ids:
            if local not in LOSES_ITS_LINK or local in ("tablePart", "sheet"):
                return _remove(element)
            del element.attrib[attribute]
        elif name.localname in AUTHORS:
            element.attrib[attribute] = "-"
        elif name.localname in ("descr", "title") and ("\\" in value or "/" in value):
            # Where the picture lay on its author's disk.
            element.attrib[attribute] = ""
        elif local == "fldSimple" and name.localname == "instr" and not HARMLESS_FIELD.fullmatch(value):
            element.attrib[attribute] = ""
    if local == "instrText" and not HARMLESS_FIELD.fullmatch(element.text or ""):
        element.text = ""
    return None


def _remove(element: etree._Element) -> None:
    """The element alone; the words that follow it stay."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
