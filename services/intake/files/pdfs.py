"""PDF: rewritten without scripts, actions, embedded files, forms and metadata."""

import logging
from io import BytesIO
from typing import Any

import pikepdf

from services.intake.files.images import without_remarks
from services.intake.files.refusal import broken, refuse

MAX_PAGES = 500
_JPEG = pikepdf.Name.DCTDecode
DEEPEST = 200
# Its warnings quote the file.
logging.getLogger("pikepdf").setLevel(logging.CRITICAL)

ACTIONS = frozenset(
    [
        "/JavaScript",
        "/Launch",
        "/URI",
        "/SubmitForm",
        "/ResetForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/GoTo3DView",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/Hide",
        "/Named",
        "/SetOCGState",
        "/Trans",
        "/RichMediaExecute",
        "/Thread",
    ]
)
"""All that a PDF may be told to do, but for going to one of its own pages."""
ANNOTATIONS = frozenset(
    ["/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/Widget", "/Projection"]
)
"""Marks on a page that carry a file, a film or a form."""
KEYS = frozenset(
    [
        "/AA",
        "/OpenAction",
        "/JS",
        "/JavaScript",
        "/EmbeddedFiles",
        "/EmbeddedFile",
        "/EF",
        "/AF",
        "/Metadata",
        "/PieceInfo",
        "/RichMediaContent",
        "/XFA",
        "/AcroForm",
        "/URI",
        "/Collection",
        "/Perms",
        "/Extensions",
        "/SpiderInfo",
        "/WebCapture",
        "/LastModified",
    ]
)
"""What a dictionary anywhere may not have."""


def clean_pdf(data: bytes) -> bytes:
    """The pages, and nothing that acts or tells who wrote them. Raises `Refused`: `encrypted`, `broken-file`,
    `too-many-pages`."""
    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            pages = len(pdf.pages)
            if pages == 0:
                raise broken("PDF")
            if pages > MAX_PAGES:
                raise refuse("too-many-pages", f"a PDF may have {MAX_PAGES} pages; send a part of it")
            for name in ("/Info", "/ID"):
                if name in pdf.trailer:
                    del pdf.trailer[name]
            if "/AcroForm" in pdf.Root:
                # What somebody filled in is drawn on its page; the form that held it goes.
                pdf.flatten_annotations("screen")
            for indirect in pdf.objects:
                _scrub(indirect)
                _scrub_picture(indirect)
            written = BytesIO()
            pdf.save(
                written,
                encryption=False,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                deterministic_id=True,
            )
    except pikepdf.PasswordError:
        raise refuse("encrypted", "this PDF asks for a password; send it without one") from None
    except (
        pikepdf.PdfError,
        pikepdf.DataDecodingError,
        ValueError,
        TypeError,
        KeyError,
        RecursionError,
        OverflowError,
    ):
        raise broken("PDF") from None
    return written.getvalue()


def _scrub(value: Any, depth: int = 0) -> None:
    """One object and what stands directly in it; what it refers to is visited by itself."""
    if depth > DEEPEST:
        raise broken("PDF")
    if isinstance(value, pikepdf.Array):
        for at in reversed(range(len(value))):
            if _is_barred(value[at]):
                del value[at]
            elif not value[at].is_indirect if isinstance(value[at], pikepdf.Object) else False:
                _scrub(value[at], depth + 1)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for key in list(value.keys()):
            if key in KEYS or _is_barred(value[key]):
                del value[key]
            elif isinstance(value[key], pikepdf.Object) and not value[key].is_indirect:
                _scrub(value[key], depth + 1)
        if _is_action(value):
            for key in list(value.keys()):
                del value[key]


def _scrub_picture(value: Any) -> None:
    if isinstance(value, pikepdf.Stream) and value.get("/Filter") in ("/DCTDecode", pikepdf.Array([_JPEG])):
        raw = value.read_raw_bytes()
        if (kept := without_remarks(raw)) != raw:
            parameters = value.get("/DecodeParms")
            known = parameters if isinstance(parameters, pikepdf.Dictionary | pikepdf.Array) else None
            value.write(kept, filter=_JPEG, decode_parms=known)


def _is_barred(value: Any) -> bool:
    if not isinstance(value, pikepdf.Dictionary):
        return False
    return _is_action(value) or _name(value, "/Subtype") in ANNOTATIONS or _name(value, "/Type") in {"/Filespec", "/F"}


def _is_action(value: Any) -> bool:
    return _name(value, "/S") in ACTIONS


def _name(value: Any, key: str) -> str:
    found = value.get(key)
    return str(found) if isinstance(found, pikepdf.Name) else ""
