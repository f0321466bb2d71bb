"""Honest files, and what a hostile hand makes of them: each hostile one with what must happen to it."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pikepdf
from PIL import Image, PngImagePlugin

OFFICE = "application/vnd.openxmlformats-officedocument"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORDS = "园区白天电压偏低"
SECRET = b"canary-of-a-hostile-hand"
EICAR_LIKE = b"MZ\x90\x00 this program cannot be run " + SECRET


def png(size: tuple[int, int] = (8, 6), **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, "PNG", **save)
    return out.getvalue()


def jpg(size: tuple[int, int] = (8, 6), **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, "JPEG", **save)
    return out.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], None] = lambda pdf: None, **save: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        made.pages[0].Contents = made.make_stream(b"BT /F1 12 Tf (seen) Tj ET")
        change(made)
        made.save(out, **save)
    return out.getvalue()


def packed(parts: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(*of: tuple[str, str, str, bool]) -> str:
    """Id, kind, target, whether it lies outside."""
    mode = {True: ' TargetMode="External"', False: ""}
    rows = "".join(
        f'<Relationship Id="{id}" Type="{R}/{kind}" Target="{target}"{mode[outside]}/>'
        for id, kind, target, outside in of
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def types(main: str, kind: str, *more: str) -> str:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" ContentType="application/x"/>'
        f'<Override PartName="{main}" ContentType="{kind}"/>{"".join(more)}</Types>'
    )


def docx_parts(
    body: str = "", *rels: tuple[str, str, str, bool], head: str = "", **more: bytes | str
) -> dict[str, Any]:
    """`more`: further parts, with `__` for a slash and `_dot_` for a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return {
        "[Content_Types].xml": types("/word/document.xml", f"{OFFICE}.wordprocessingml.document.main+xml"),
        "_rels/.rels": relations(("rId1", "officeDocument", "word/document.xml", False)),
        "word/document.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>'
            f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>{body}</w:body></w:document>"
        ),
        "word/_rels/document.xml.rels": relations(*rels),
        **named,
    }


def docx(*args: Any, **more: Any) -> bytes:
    return packed(docx_parts(*args, **more))


def xlsx(
    cells: str = "",
    *rels: tuple[str, str, str, bool],
    book: str = "",
    book_rels: tuple[Any, ...] = (),
    **more: bytes | str,
) -> bytes:
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return packed(
        {
            "[Content_Types].xml": types("/xl/workbook.xml", f"{OFFICE}.spreadsheetml.sheet.main+xml"),
            "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml", False)),
            "xl/workbook.xml": (
                f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets><sheet name="一" sheetId="1" r:id="rId1"/></sheets>{book}'
                "</workbook>"
            ),
            "xl/_rels/workbook.xml.rels": relations(("rId1", "worksheet", "worksheets/sheet1.xml", False), *book_rels),
            "xl/worksheets/sheet1.xml": (
                f'<worksheet xmlns="{S}" xmlns:r="{R}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{WORDS}</t>'
                f"</is></c>{cells}</row></sheetData></worksheet>"
            ),
            "xl/worksheets/_rels/sheet1.xml.rels": relations(*rels),
            **named,
        }
    )


HONEST: dict[str, bytes] = {
    "照片.jpg": jpg((640, 480)),
    "截图.png": png((640, 480)),
    "合同.pdf": pdf(),
    "说明.docx": docx(),
    "台账.xlsx": xlsx(),
}


# --- hostile ones -----------------------------------------------------------------------------------------------------


def gps() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x010F] = SECRET.decode(), "Chen Ming", "phone maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 39.0, 25.0), 3: "E", 4: (116.0, 37.0, 1.0)})
    return exif


def text_chunk() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    return info


def png_of_size(width: int, height: int) -> bytes:
    """Announces many pixels and has hardly a byte of them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def _script(made: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=SECRET.decode())
    made.Root.OpenAction = made.make_indirect(action)
    made.Root.AA = pikepdf.Dictionary(WC=action)
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["a", action])))


def _annotated(subtype: str, action: dict[str, Any] | None = None, **more: Any) -> Callable[[pikepdf.Pdf], None]:
    def change(made: pikepdf.Pdf) -> None:
        mark = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(subtype), Rect=pikepdf.Array([0, 0, 9, 9]), **more
        )
        if action is not None:
            mark.A = pikepdf.Dictionary(**action)
        made.pages[0].Annots = pikepdf.Array([made.make_indirect(mark)])

    return change


def _embedded(made: pikepdf.Pdf) -> None:
    made.attachments["evil.exe"] = pikepdf.AttachedFileSpec(made, EICAR_LIKE, filename="evil.exe")


def _described(made: pikepdf.Pdf) -> None:
    made.docinfo["/Author"] = SECRET.decode()
    with made.open_metadata() as metadata:
        metadata["dc:creator"] = [SECRET.decode()]


def _form(made: pikepdf.Pdf) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=made.make_stream(b"<xdp>" + SECRET + b"</xdp>"))


def filled_in(made: pikepdf.Pdf) -> None:
    """A form whose field says something, and runs a script."""
    shown = made.make_stream(
        b"BT (filled in) Tj ET",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=pikepdf.Array([0, 0, 50, 20]),
    )
    field = made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="name", V="filled in", F=4,
            Rect=pikepdf.Array([0, 0, 50, 20]), AP=pikepdf.Dictionary(N=shown),
            AA=pikepdf.Dictionary(K=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=SECRET.decode())),
        )
    )  # fmt: skip
    made.pages[0].Annots = pikepdf.Array([field])
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))


def _chained(made: pikepdf.Pdf) -> None:
    deep = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=SECRET.decode())
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=pikepdf.Array(), Next=pikepdf.Array([deep]))
    made.pages[0].AA = pikepdf.Dictionary(O=deep)


def _photographed(made: pikepdf.Pdf) -> None:
    photo = made.make_stream(
        jpg(exif=gps(), comment=SECRET), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=8, Height=6,
        ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=photo))


def _many_pages(made: pikepdf.Pdf) -> None:
    for _ in range(600):
        made.add_blank_page(page_size=(9, 9))


def wrong_sizes() -> bytes:
    """An archive that says of its largest part that it is small."""
    parts = docx_parts(word__styles_dot_xml=b"<a>" + b" " * 30_000_000 + b"</a>")
    data = bytearray(packed(parts))
    size = struct.pack("<I", 30_000_007)
    return bytes(data).replace(size, struct.pack("<I", 100))


def with_flag(data: bytes, flag: int) -> bytes:
    """Every part marked in the central directory."""
    changed, at = bytearray(data), 0
    while (at := changed.find(b"PK\x01\x02", at)) >= 0:
        changed[at + 8] |= flag
        at += 4
    return bytes(changed)


HYPERLINK = '<w:p><w:hyperlink r:id="rId9"><w:r><w:t>这里</w:t></w:r></w:hyperlink></w:p>'
FIELD = "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r>{}<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
INSTRUCTION = "<w:r><w:instrText>{}</w:instrText></w:r>"
SECRET_TEXT = SECRET.decode()
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
FILE_ENTITY = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

REFUSED: dict[str, tuple[str, bytes, str]] = {
    "nothing at all": ("a.pdf", b"", "empty-file"),
    "a program": ("a.exe", EICAR_LIKE, "file-kind"),
    "a program behind a picture's name": ("photo.jpg.exe", EICAR_LIKE, "file-kind"),
    "a program called a picture": ("photo.jpg", EICAR_LIKE, "content-differs"),
    "a name that reads backwards": ("photo\u202egpj.exe", EICAR_LIKE, "file-kind"),
    "a name cut by a null byte": ("photo.exe\0.svg", png(), "file-kind"),
    "no ending": ("photo", png(), "file-kind"),
    "SVG": ("a.svg", b"<svg onload='alert(1)'/>", "file-kind"),
    "SVG called PNG": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "content-differs"),
    "HTML called PDF": ("a.pdf", b"<html><script>alert(1)</script>", "content-differs"),
    "HTML before a PDF": ("a.pdf", b"<script>alert(1)</script>" + pdf(), "content-differs"),
    "PNG called JPEG": ("a.jpg", png(), "content-differs"),
    "GIF called PNG": ("a.png", b"GIF89a" + bytes(20), "content-differs"),
    "a PDF called Word": ("a.docx", pdf(), "content-differs"),
    "an archive before the picture": ("a.png", docx() + png(), "content-differs"),
    "old Word called new": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "content-differs"),
    "Excel called Word": ("a.docx", xlsx(), "content-differs"),
    "any archive called Word": ("a.docx", packed({"a.txt": SECRET}), "broken-file"),
    "a picture cut off": ("a.png", png((90, 90))[:60], "broken-file"),
    "a JPEG cut off": ("a.jpg", jpg((900, 900))[:700], "broken-file"),
    "a picture's head alone": ("a.png", b"\x89PNG\r\n\x1a\n", "broken-file"),
    "billions of pixels": ("a.png", png_of_size(60_000, 60_000), "too-many-pixels"),
    "just too many pixels": ("a.png", png_of_size(10_000, 5_001), "too-many-pixels"),
    "a PDF's head alone": ("a.pdf", b"%PDF-1.7\n", "broken-file"),
    "a PDF of noise": ("a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 20, "broken-file"),
    "a PDF with a password": ("a.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
    "a PDF of 601 pages": ("a.pdf", pdf(_many_pages), "too-many-pages"),
    "a zip bomb": ("a.docx", packed(docx_parts(word__media__a_dot_bin=bytes(50_000_000))), "zip-bomb"),
    "a bomb of many parts": (
        "a.docx", packed(docx_parts(**{f"word__x{n}_dot_bin": bytes(2_000_000) for n in range(31)})), "zip-bomb"
    ),
    "a bomb that lies about its size": ("a.docx", wrong_sizes(), "broken-file"),
    "thousands of parts": (
        "a.xlsx", packed({f"xl/{n}": b"" for n in range(1001)}), "part-name"
    ),
    "a part outside": ("a.docx", docx() and packed({**docx_parts(), "../../evil.sh": SECRET}), "part-name"),
    "a part at the root of the disk": ("a.docx", packed({**docx_parts(), "/etc/passwd": SECRET}), "part-name"),
    "a part with a drive": ("a.docx", packed({**docx_parts(), "C:\\evil.bat": SECRET}), "part-name"),
    "two parts of one name": ("a.docx", packed({**docx_parts(), "WORD/document.xml": SECRET}), "part-name"),
    "a Word file with a password": ("a.docx", with_flag(docx(), 1), "encrypted"),
    "an archive cut off": ("a.docx", docx()[:-30], "broken-file"),
    "macros declared": (
        "a.docx", packed({**docx_parts(), "[Content_Types].xml": types("/word/document.xml", MACRO_TYPE)}), "macros"
    ),
    "an external entity": ("a.docx", docx("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", head=FILE_ENTITY), "doctype"),
    "a billion laughs": ("a.docx", docx("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>", head=LAUGHS), "doctype"),
    "an external entity in the types": (
        "a.docx",
        packed({**docx_parts(), "[Content_Types].xml": FILE_ENTITY.replace("w [", "Types [") + types("/word/document.xml", "x")}),
        "doctype",
    ),
    "XML that ends too early": ("a.docx", packed({**docx_parts(), "word/document.xml": "<w:document"}), "broken-file"),
    "more than 20 MB": ("a.pdf", b"%PDF-1.7\n" + bytes(20 * 1024 * 1024), "too-large"),
}  # fmt: skip
"""Name, content, and the rule it is refused by."""

DEFUSED: dict[str, tuple[str, bytes, tuple[bytes, ...]]] = {
    "where a photo was taken": ("a.jpg", jpg(exif=gps()), (b"Exif", SECRET, b"Chen Ming")),
    "a remark in a JPEG": ("a.jpg", jpg(comment=b"<?php " + SECRET), (SECRET, b"<?php")),
    "a colour profile with words": ("a.jpg", jpg(icc_profile=SECRET * 9), (SECRET, b"ICC_PROFILE")),
    "an archive behind a JPEG": ("a.jpg", jpg() + packed({"evil": SECRET}), (SECRET, b"PK\x03\x04", b"evil")),
    "a script behind a PNG": ("a.png", png() + b"<script>" + SECRET, (SECRET, b"<script>")),
    "words in a PNG": ("a.png", png(pnginfo=text_chunk()), (SECRET, b"Author", b"xmp")),
    "where a PNG was taken": ("a.png", png(exif=gps()), (b"eXIf", SECRET)),
    "a folder in the name": ("../../etc/passwd.png", png(), ()),
    "a page's name in the name": ("invoice.php.png", png(), ()),
    "a PDF that runs scripts": ("a.pdf", pdf(_script), (b"/JavaScript", b"/JS", b"/OpenAction", SECRET)),
    "a PDF that starts a program": (
        "a.pdf", pdf(_annotated("/Link", {"S": pikepdf.Name.Launch, "F": SECRET_TEXT})), (b"/Launch", SECRET)
    ),
    "a PDF that calls home": (
        "a.pdf", pdf(_annotated("/Link", {"S": pikepdf.Name.URI, "URI": SECRET_TEXT})), (b"/URI", SECRET)
    ),
    "a PDF that sends a form": (
        "a.pdf", pdf(_annotated("/Link", {"S": pikepdf.Name.SubmitForm, "F": SECRET_TEXT})), (b"/SubmitForm", SECRET)
    ),
    "a program behind another action": ("a.pdf", pdf(_chained), (b"/Launch", SECRET, b"/AA")),
    "a file in a PDF": ("a.pdf", pdf(_embedded), (b"/EmbeddedFile", b"evil.exe", b"cannot be run", SECRET)),
    "a file pinned to a page": ("a.pdf", pdf(_annotated("/FileAttachment", NM=SECRET_TEXT)), (b"/FileAttachment", SECRET)),
    "a form of XML": ("a.pdf", pdf(_form), (b"/XFA", b"/AcroForm", SECRET)),
    "a field that runs scripts": ("a.pdf", pdf(filled_in), (b"/JavaScript", b"/Widget", b"/AcroForm", SECRET)),
    "who wrote a PDF": ("a.pdf", pdf(_described), (SECRET, b"/Metadata", b"/Author")),
    "where a photo in a PDF was taken": ("a.pdf", pdf(_photographed), (b"Exif", SECRET)),
    "an archive behind a PDF": ("a.pdf", pdf() + packed({"evil": SECRET}), (SECRET, b"PK\x03\x04")),
    "a PDF only its owner may change": (
        "a.pdf", pdf(_described, encryption=pikepdf.Encryption(owner="o", user="")), (b"/Encrypt", SECRET)
    ),
    "macros in Word": (
        "a.docx", docx("", ("rId5", "vbaProject", "vbaProject.bin", False), word__vbaProject_dot_bin=SECRET),
        (b"vbaProject", SECRET),
    ),
    "an external template": (
        "a.docx",
        docx(
            word__settings_dot_xml=f'<w:settings xmlns:w="{W}" xmlns:r="{R}"><w:attachedTemplate r:id="rId1"/></w:settings>',
            word___rels__settings_dot_xml_dot_rels=relations(("rId1", "attachedTemplate", f"http://{SECRET_TEXT}", True)),
        ),
        (SECRET, b"attachedTemplate"),
    ),
    "an external link in Word": (
        "a.docx", docx(HYPERLINK, ("rId9", "hyperlink", f"http://{SECRET_TEXT}", True)), (SECRET, b"rId9", b"External")
    ),
    "an embedded object": (
        "a.docx",
        docx(
            '<w:p><w:r><w:object><o:OLEObject xmlns:o="urn:o" r:id="rId9"/></w:object></w:r></w:p>',
            ("rId9", "oleObject", "embeddings/oleObject1.bin", False),
            word__embeddings__oleObject1_dot_bin=SECRET,
        ),
        (SECRET, b"OLEObject", b"embeddings"),
    ),
    "HTML drawn in": (
        "a.docx",
        docx('<w:altChunk r:id="rId9"/>', ("rId9", "aFChunk", "evil.html", False), word__evil_dot_html=SECRET),
        (SECRET, b"altChunk"),
    ),
    "a field that starts a program": (
        "a.docx", docx(FIELD.format(INSTRUCTION.format(f'DDEAUTO c:\\\\cmd "{SECRET_TEXT}"'))), (b"DDE", SECRET)
    ),
    "such a field in pieces": (
        "a.docx", docx(FIELD.format(INSTRUCTION.format("DD") + INSTRUCTION.format(f"EAUTO {SECRET_TEXT}"))),
        (SECRET, b"EAUTO"),
    ),
    "a simple field that fetches": (
        "a.docx", docx(f'<w:p><w:fldSimple w:instr="INCLUDEPICTURE http://{SECRET_TEXT}"/></w:p>'), (SECRET, b"INCLUDE")
    ),
    "who wrote and commented": (
        "a.docx",
        docx(
            f'<w:p><w:ins w:id="1" w:author="{SECRET_TEXT}"><w:r><w:t>加</w:t></w:r></w:ins></w:p>',
            docProps__core_dot_xml=SECRET,
            docProps__app_dot_xml=SECRET,
            word__comments_dot_xml=SECRET,
        ),
        (SECRET, b"docProps", b"comments"),
    ),
    "an archive in the archive": ("a.docx", docx(word__inner_dot_zip=packed({"evil": SECRET})), (SECRET, b"inner.zip")),
    "data of its own": ("a.docx", docx(customXml__item1_dot_xml=SECRET), (SECRET, b"customXml")),
    "where a picture in Word was taken": (
        "a.docx",
        docx("", ("rId9", "image", "media/image1.jpg", False), word__media__image1_dot_jpg=jpg(exif=gps())),
        (SECRET, b"Exif"),
    ),
    "a program called a picture in Word": (
        "a.docx", docx("", ("rId9", "image", "media/a.png", False), word__media__a_dot_png=EICAR_LIKE), (SECRET, b"a.png")
    ),
    "a formula that starts a program": (
        "a.xlsx", xlsx(f'<c r="B1"><f>cmd|\'/c {SECRET_TEXT}\'!A0</f><v>7</v></c>'), (SECRET, b"cmd|")
    ),
    "a formula that calls home": (
        "a.xlsx", xlsx(f'<c r="B1"><f>WEBSERVICE("http://{SECRET_TEXT}")</f><v>7</v></c>'), (SECRET, b"WEBSERVICE")
    ),
    "another workbook": (
        "a.xlsx",
        xlsx(
            book='<externalReferences><externalReference r:id="rId8"/></externalReferences>',
            book_rels=(("rId8", "externalLink", "externalLinks/externalLink1.xml", False),),
            xl__externalLinks__externalLink1_dot_xml=SECRET,
        ),
        (SECRET, b"externalReference", b"externalLink"),
    ),
    "a name that opens itself": (
        "a.xlsx", xlsx(book=f"<definedNames><definedName name='Auto_Open'>{SECRET_TEXT}</definedName></definedNames>"),
        (SECRET, b"Auto_Open"),
    ),
    "a sheet of macros": (
        "a.xlsx",
        xlsx(
            book='<sheets><sheet name="m" sheetId="2" r:id="rId8"/></sheets>',
            book_rels=(("rId8", "xlMacrosheet", "macrosheets/sheet1.xml", False),),
            xl__macrosheets__sheet1_dot_xml=SECRET,
        ),
        (SECRET, b"macrosheets", b"rId8"),
    ),
    "a connection to a database": ("a.xlsx", xlsx(xl__connections_dot_xml=SECRET), (SECRET, b"connections")),
    "something before the end of an archive": ("a.xlsx", xlsx() + SECRET, (SECRET,)),
}  # fmt: skip
"""Name, content, and what is no longer in it afterwards."""
