"""Pictures: decoded and encoded again, so that only pixels are left. No EXIF, no place, no comment, nothing appended."""

from io import BytesIO

from PIL import Image, ImageOps

from services.intake.files.naming import Kind
from services.intake.files.refusal import broken, refuse

MAX_PIXELS = 50_000_000
"""A telephone's camera makes 12 to 50 million."""
FORMATS = {"jpg": "JPEG", "png": "PNG"}
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
