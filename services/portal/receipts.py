"""Numbers of receipts: shown big, as a picture for a telephone's camera, and kept by the browser that filed."""

import segno
from fastapi.responses import Response
from markupsafe import Markup

from services.portal.desk import Desk


async def remember_case(desk: Desk, answer: Response, case: str) -> None:
    """This browser filed the case: from now on it may follow it, signed in or not."""
    await desk.office.remember(desk.request, answer, case)


def qr_picture(address: str) -> Markup:
    """A QR code (ISO/IEC 18004) as SVG, without styles of its own, so that it passes every content policy. It repeats an
    address that stands beside it in words, hence it is hidden from screen readers."""
    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(scale=6, border=3, svgclass="qr", lineclass=None, light="#fff")
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
