"""Files of an appeal over HTTP. A file comes as the raw body; its name, percent-encoded, in the header `X-File-Name`, because
names tell of people and do not belong in URLs. It leaves by a link that works for minutes."""

from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from contracts.record import CaseNumber
from libs.identity import Act
from libs.policy.masking import mask_text
from libs.service import Asked, may
from services.intake.appeal import Appeal
from services.intake.attachments import AttachmentId, add, has_room, no_such_file
from services.intake.cabinet import Cabinet
from services.intake.commands import AddAttachment, Attached
from services.intake.desk import Desk
from services.intake.files.cleaning import MAX_BYTES, MEDIA_TYPES, too_large
from services.intake.links import LIFETIME_SECONDS, Link, Links
from services.intake.seen import sees_whole

TAKES_FILES = r"/attachments|/appeals/[^/]+/attachments"
"""The paths whose requests may be large."""
FileName = Annotated[str, Header(alias="x-file-name", min_length=1, max_length=1000)]


def routes(desk: Desk, cabinet: Cabinet, links: Links) -> APIRouter:
    router = APIRouter()

    @router.post("/attachments", status_code=201, dependencies=[may(Act.ATTACH_FILE)])
    async def upload(ask: Asked, request: Request, name: FileName) -> dict[str, Any]:
        """Before the filing, which then names the id; what no filing names within a day is thrown away."""
        return _listed(await cabinet.take(ask, unquote(name), await _body(request)))

    @router.post("/appeals/{case}/attachments", status_code=201, dependencies=[may(Act.ATTACH_FILE)])
    async def attach(ask: Asked, case: CaseNumber, request: Request, name: FileName) -> dict[str, Any]:
        """To an appeal that is there and still open."""
        has_room(await desk.adding(ask, Act.ATTACH_FILE, case))
        attached = await cabinet.take(ask, unquote(name), await _body(request), case=case)
        await desk.on_case(ask, case, AddAttachment, lambda appeal, command, now: add(appeal, command), file=attached)
        return _listed(attached)

    @router.get("/appeals/{case}/attachments", dependencies=[may(Act.READ_DOSSIER)])
    async def listed(ask: Asked, case: CaseNumber) -> list[dict[str, Any]]:
        """For whoever may read the dossier."""
        appeal = await desk.readable(ask, Act.READ_DOSSIER, case)
        return [_listed(_named(one, appeal, sees_whole(ask.caller, appeal))) for one in appeal.attachments]

    @router.post("/appeals/{case}/attachments/{file}/link", dependencies=[may(Act.READ_DOSSIER)])
    async def link(ask: Asked, case: CaseNumber, file: AttachmentId) -> dict[str, Any]:
        appeal = await desk.readable(ask, Act.READ_DOSSIER, case)
        _of(appeal, file)
        token = links.sign(Link(case=case, file=file, whole=sees_whole(ask.caller, appeal)))
        return {"url": f"/attachments/{token}", "expires_in": LIFETIME_SECONDS}

    @router.get("/attachments/{token}")
    async def fetch(token: str) -> Response:
        """The file, for whoever holds the link. It is never shown in place: a browser saves it."""
        held = links.read(token)
        appeal = await desk.appeals.get(held.case)
        if appeal is None:
            raise no_such_file()
        file = _named(_of(appeal, held.file), appeal, held.whole)
        return Response(
            await cabinet.content(file.id),
            media_type=MEDIA_TYPES[file.kind],
            headers={
                "content-disposition": f"attachment; filename=\"file.{file.kind}\"; filename*=UTF-8''{quote(file.name)}",
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
                "content-security-policy": "default-src 'none'; sandbox",
                "cross-origin-resource-policy": "same-origin",
                "referrer-policy": "no-referrer",
            },
        )

    return router


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise too_large()
    return bytes(body)


def _of(appeal: Appeal, file: str) -> Attached:
    found = next((one for one in appeal.attachments if one.id == file), None)
    if found is None:
        raise no_such_file()
    return found


def _named(file: Attached, appeal: Appeal, whole: bool) -> Attached:
    if whole or appeal.dossier is None:
        return file
    return file.model_copy(update={"name": mask_text(file.name, names=(appeal.dossier.contact.name,))})


def _listed(file: Attached) -> dict[str, Any]:
    return file.model_dump(mode="json")
