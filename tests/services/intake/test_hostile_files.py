"""A corpus of hostile files: each is refused by a named rule, or what is kept of it is harmless."""

import io
import time
import zipfile

import pikepdf
import pytest
from PIL import Image

from libs.policy.refused import Refused
from services.intake.files.cleaning import BEGINS, clean
from services.intake.files.naming import display_name
from tests.services.intake.papers import DEFUSED, HONEST, REFUSED, WORDS, filled_in, pdf


def unpacked(kind: str, data: bytes) -> bytes:
    """Everything in it, readable: a canary may not hide in what is compressed."""
    if kind == "pdf":
        with pikepdf.open(io.BytesIO(data)) as read:
            return data + b"".join(_written_out(one) for one in read.objects)
    if kind in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [name.encode() + archive.read(name) for name in archive.namelist()]
        return data + b"".join(parts)
    return data


def _written_out(one: pikepdf.Object) -> bytes:
    content = b""
    if isinstance(one, pikepdf.Stream):
        filters = str(one.get("/Filter"))
        content = one.read_raw_bytes() if "DCTDecode" in filters else one.read_bytes()
    return (
        one.unparse(resolved=True) + content
        if not isinstance(one, pikepdf.Stream)
        else repr(dict(one)).encode() + content
    )


def shows_what_it_showed(kind: str, data: bytes) -> bool:
    if kind == "pdf":
        with pikepdf.open(io.BytesIO(data)) as read:
            return len(read.pages) == 1 and b"(seen)" in unpacked(kind, data)
    if kind in ("docx", "xlsx"):
        return WORDS.encode() in unpacked(kind, data)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        red, green, blue = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
        return red > 180 and green < 60 and blue < 70


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) + len(DEFUSED) >= 80


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_file_comes_through(name: str) -> None:
    cleaned = clean(HONEST[name], name)
    assert cleaned.name == name
    assert cleaned.data.startswith(BEGINS[cleaned.kind])
    assert shows_what_it_showed(cleaned.kind, cleaned.data)
    again = clean(cleaned.data, name)
    assert shows_what_it_showed(again.kind, again.data)


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_made_harmless_is_refused_by_a_named_rule(what: str) -> None:
    name, data, rule = REFUSED[what]
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        clean(data, name)
    assert (refused.value.rule, refused.value.field) == (rule, "file")
    assert refused.value.status in (413, 422)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("what", DEFUSED)
def test_what_is_kept_of_a_hostile_file_is_harmless(what: str) -> None:
    name, data, gone = DEFUSED[what]
    kind = name.rpartition(".")[2]
    before = unpacked(kind, data)
    cleaned = clean(data, name)
    after = unpacked(cleaned.kind, cleaned.data)
    assert [part for part in gone if part in after] == []
    assert shows_what_it_showed(cleaned.kind, cleaned.data)
    assert not gone or any(part in before for part in gone), "the file was harmless from the start"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\chenming\\照片.png", "照片.png"),
        ("invoice.php.png", "invoice_php.png"),
        ("photo\u202egnp.png", "photognp.png"),
        ("a\0b\r\nSet-Cookie: x.png", "abSet-Cookie_ x.png"),
        ("<script>alert(1)</script>.png", "script.png"),
        ("陈明13812345678身份证11010519491231002X.png", "陈明138xxxx5678身份证110105xxxxxxxxxx2X.png"),
        (".png", "attachment.png"),
        ("   .png", "attachment.png"),
        ("长" * 300 + ".png", "长" * 80 + ".png"),
        ("说明（一）.PNG", "说明（一）.png"),
    ],
)
def test_a_name_is_for_people_to_read_and_tells_of_nobody(given: str, shown: str) -> None:
    assert display_name(given, "png") == shown


def test_a_photo_stays_upright_without_its_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=exif)
    with Image.open(io.BytesIO(clean(out.getvalue(), "a.jpg").data)) as image:
        assert image.size == (20, 40)


def test_what_was_filled_into_a_form_stays_to_be_read() -> None:
    assert b"(filled in)" in unpacked("pdf", clean(pdf(filled_in), "a.pdf").data)
