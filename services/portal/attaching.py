"""Files on their way from a form to intake, which opens, strips and keeps them; and back to who may read them."""

from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from fastapi.responses import Response
from starlette.datastructures import UploadFile

from libs.identity import Caller
from libs.policy.refused import Refused
from services.portal.desk import Desk
from services.portal.form import Form

FIELD = "files"
KEPT = "attached"
"""The field that carries what was uploaded already: `id name`, one for each file."""
AT_MOST = 5
MOST_BYTES = 20 * 1024 * 1024
PASSED_ON = ("content-type", "content-disposition", "x-content-type-options", "cache-control", "content-security-policy",
             "referrer-policy", "cross-origin-resource-policy")  # fmt: skip


@dataclass(frozen=True)
class Uploaded:
    id: str
    name: str

    @property
    def carried(self) -> str:
        return f"{self.id} {self.name}"


def uploaded(form: Form) -> list[Uploaded]:
    """What a form carries of earlier uploads."""
    split = (one.partition(" ") for one in form.every(KEPT))
    return [Uploaded(id, name) for id, _, name in split]


async def keep_files(desk: Desk, caller: Caller, form: Form, path: str = "/attachments") -> None:
    """Hand the files of a form to intake. Those it took are carried by the form from now on; what is wrong with another is
    said at the field, by its name. The same file of the same form is kept once."""
    taken = uploaded(form)
    wrong: list[str] = []
    for file in form.files.pop(FIELD, ()):
        if len(taken) >= AT_MOST:
            wrong.append(desk.t(f"最多附 {AT_MOST} 个文件", f"At most {AT_MOST} files"))
            break
        try:
            one = await _kept(desk, caller, form, file, path)
        except Refused as refused:
            wrong.append(f"“{file.filename}”：{desk.says(refused)}")
        else:
            taken += [one] if one not in taken else []
    form.values[KEPT] = [one.carried for one in taken]
    if wrong:
        form.errors[FIELD] = desk.t("；", "; ").join(wrong)


async def _kept(desk: Desk, caller: Caller, form: Form, file: UploadFile, path: str) -> Uploaded:
    if (file.size or 0) > MOST_BYTES:
        raise Refused("too-large", f"a file may have {MOST_BYTES // 1024 // 1024} MB; shrink or split it", status=413)
    content = await file.read()
    name = file.filename or ""
    key = blake2b(f"{form['once']}:{name}:".encode() + content, digest_size=24).hexdigest()
    headers = {"x-file-name": quote(name), "content-type": "application/octet-stream"}
    answer = await desk.office.peers.ask(caller, "POST", "intake", path, key=key, content=content, headers=headers)
    kept = answer.json()
    return Uploaded(kept["id"], kept["name"])


async def handed_out(desk: Desk, caller: Caller, case: str, file: str) -> Response:
    """A file of a case, for who may read it: a browser saves it, never shows it in place."""
    peers = desk.office.peers
    link = await peers.post(caller, "intake", f"/appeals/{case}/attachments/{quote(file, safe='')}/link")
    answer = await peers.ask(caller, "GET", "intake", link["url"])
    kept = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    return Response(answer.content, headers=kept)
