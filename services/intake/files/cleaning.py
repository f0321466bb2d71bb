"""One file in, the same file without what could harm or betray out; or the rule by which it is refused."""

from typing import NamedTuple

from services.intake.files.images import clean_image
from services.intake.files.naming import Kind, display_name, kind_of
from services.intake.files.office import clean_office
from services.intake.files.pdfs import clean_pdf
from services.intake.files.refusal import refuse

MAX_BYTES = 20 * 1024 * 1024

MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BEGINS: dict[Kind, bytes] = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
}


class Cleaned(NamedTuple):
    kind: Kind
    name: str
    data: bytes


def clean(data: bytes, name: str) -> Cleaned:
    """Raises `Refused`; every rule that a file is refused by is named in this package."""
    kind = kind_of(name)
    if not data:
        raise refuse("empty-file", "this file is empty")
    if len(data) > MAX_BYTES:
        raise too_large()
    if not data.startswith(BEGINS[kind]):
        raise refuse("content-differs", f"what is in this file is no {kind}; send it under its right name")
    if kind == "pdf":
        cleaned = clean_pdf(data)
    elif kind in ("jpg", "png"):
        cleaned = clean_image(data, kind)
    else:
        cleaned = clean_office(data, kind)
    if len(cleaned) > 2 * MAX_BYTES:
        raise too_large()
    return Cleaned(kind, display_name(name, kind), cleaned)


def too_large() -> Exception:
    return refuse("too-large", f"a file may have {MAX_BYTES // 1024 // 1024} MB; shrink or split it", status=413)
