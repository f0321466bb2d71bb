"""Pictures: decoded and encoded again, so that only pixels are left. No EXIF, no place, no comment, nothing appended."""

from io import BytesIO

from PIL import Image, ImageOps

from services.intake.files.naming import Kind
from services.intake.files.refusal import broken, refuse

MAX_PIXELS = 50_000_000
"""A telephone's camera makes 12 to 50 million."""
FORMATS = {"jpg": "JPEG", "png": "PNG"}
_SCAN = 0xDA
_REMARKS = frozenset({0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE})
"""All application segments but JFIF's, the colour profile's and Adobe's, without which colours would be others."""
# The limit is our own and asked before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


def clean_image(data: bytes, kind: Kind, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """The picture as it is to be seen. Raises `Refused`: `broken-file`, `too-many-pixels`."""
    try:
        with Image.open(BytesIO(data), formats=[FORMATS[kind]]) as opened:
            if opened.width * opened.height > max_pixels:
                raise refuse(
                    "too-many-pixels", f"a picture may have {max_pixels // 1_000_000} million pixels; shrink it"
                )
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            pixels = upright.convert(_mode(upright, kind))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError, MemoryError):
        raise broken("picture") from None
    pixels.info = {}
    written = BytesIO()
    pixels.save(written, FORMATS[kind], **({"quality": 88, "optimize": True} if kind == "jpg" else {}))
    return written.getvalue()


def _mode(image: Image.Image, kind: Kind) -> str:
    if image.mode in ("1", "L", "I;16", "I", "F") and "transparency" not in image.info:
        return "L"
    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return "RGBA" if kind == "png" and see_through else "RGB"


def without_remarks(jpeg: bytes) -> bytes:
    """A JPEG's bytes as they are, but for the segments in which EXIF, XMP, IPTC and remarks stand: for pictures inside a
    PDF, which are not decoded. What is no JPEG is given back as it is."""
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, at = bytearray(jpeg[:2]), 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _SCAN:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if marker not in _REMARKS:
            kept += jpeg[at : at + 2 + length]
        at += 2 + length
    return bytes(kept + jpeg[at:])
