"""Filing in three steps: the matter, the enterprise, a last look. What was typed travels in the forms, nowhere else."""

from hashlib import blake2b
from typing import Any

from fastapi import APIRouter, Response

from libs.policy.refused import Refused
from services.portal.attaching import AT_MOST, FIELD, keep_files, uploaded
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.mechanisms import CHANNEL, UNSURE, Mechanism, answers_for, open_mechanisms
from services.portal.peers import Unreachable
from services.portal.receipts import remember_case
from services.portal.typed_right import (
    check_length,
    check_phone,
    credit_code_says,
    tidy_credit_code,
    tidy_phone,
)

MATTER = ("category", "title", "text")
ENTERPRISE = ("enterprise", "credit_code", "name", "phone")
TITLE_MOST = 100
TEXT_MOST = 5000
NAME_MOST = 100
LIKE_FROM_LETTERS = 8
"""So much of the matter is typed before it is looked for."""


def mechanism_of(desk: Desk, name: str) -> Mechanism | None:
    """The one that was chosen, or the only one there is; None while a choice is open. Raises `Refused` (404) where no
    mechanism hears the page."""
    every = open_mechanisms(desk.office.service.schemes, desk.office.directory, desk.today)
    if not every:
        raise Refused("nobody-hears", "no mechanism takes appeals from this page today", status=404)
    if len(every) == 1:
        return every[0]
    return next((one for one in every if one.scheme.scheme == name), None)


async def like_matters(desk: Desk, form: Form, mechanism: Mechanism) -> dict[str, Any] | None:
    """How like matters ended; None while too little is typed, or where nobody can say."""
    category = form["category"]
    if category not in mechanism.scheme.categories or len(form["title"] + form["text"]) < LIKE_FROM_LETTERS:
        return None
    body = {
        "scheme": mechanism.scheme.scheme,
        "category": category,
        "title": (form["title"] or form["text"])[:TITLE_MOST],
        "text": (form["text"] or form["title"])[:TEXT_MOST],
    }
    try:
        return await desk.office.peers.post(desk.visitor.as_enterprise(), "intake", "/appeals/similar", body)
    except (Refused, Unreachable):
        return None


def check_matter(desk: Desk, form: Form, mechanism: Mechanism) -> None:
    form.lacks(
        {
            "category": desk.t("请选择类别；拿不准就选“说不清”", "Choose a category; if in doubt, “I am not sure”"),
            "title": desk.t("请用一句话写明诉求标题", "Give the matter a title of one sentence"),
            "text": desk.t("请写明遇到的问题和希望怎样解决", "Say what the problem is and what should be done"),
        }
    )
    if form["category"] and form["category"] not in (*mechanism.scheme.categories, UNSURE):
        form.errors["category"] = desk.t("没有这个类别，请重新选择", "There is no such category; choose again")
    check_length(form, "title", TITLE_MOST, desk.t)
    check_length(form, "text", TEXT_MOST, desk.t)


def check_enterprise(desk: Desk, form: Form) -> None:
    form.values["credit_code"] = [tidy_credit_code(form["credit_code"])]
    form.values["phone"] = [tidy_phone(form["phone"])]
    form.lacks(
        {
            "enterprise": desk.t("请填写营业执照上的企业全称", "Give the enterprise's full name, as on its licence"),
            "credit_code": desk.t("请填写统一社会信用代码", "Give the unified social credit code"),
            "name": desk.t("请填写联系人姓名", "Say whom to reach"),
            "phone": desk.t("请填写联系人手机号码", "Give the contact's mobile number"),
        }
    )
    check_length(form, "enterprise", NAME_MOST, desk.t)
    check_length(form, "name", NAME_MOST, desk.t)
    if "credit_code" not in form.errors and (says := credit_code_says(form["credit_code"], desk.t)):
        form.errors["credit_code"] = says
    check_phone(form, "phone", desk.t)


async def matter_page(desk: Desk, form: Form, mechanism: Mechanism, *, looked: bool = False) -> Response:
    like = await like_matters(desk, form, mechanism) if looked else None
    return _step(desk, "matter", form, mechanism, like=like, looked=looked)


def enterprise_page(desk: Desk, form: Form, mechanism: Mechanism) -> Response:
    return _step(desk, "enterprise", form, mechanism)


async def check_page(desk: Desk, form: Form, mechanism: Mechanism) -> Response:
    like = await like_matters(desk, form, mechanism)
    return _step(desk, "check", form, mechanism, like=like)


def _step(desk: Desk, name: str, form: Form, mechanism: Mechanism, **shown: Any) -> Response:
    answer = desk.page(
        f"enterprise/file_{name}.html",
        form=form,
        status=422 if form.bad else 200,
        mechanism=mechanism,
        scheme=mechanism.scheme,
        words=desk.words(mechanism.scheme.ref),
        units=answers_for(desk.office.directory, mechanism.scheme),
        unsure=UNSURE,
        matter=MATTER,
        about=ENTERPRISE,
        attached=uploaded(form),
        files_at_most=AT_MOST,
        **shown,
    )
    answer.headers["cache-control"] = "no-store"
    return answer


async def where_it_is_wrong(desk: Desk, form: Form, mechanism: Mechanism) -> Response | None:
    """The first step with something to mend; None when all is right."""
    check_matter(desk, form, mechanism)
    if form.bad:
        return await matter_page(desk, form, mechanism)
    check_enterprise(desk, form)
    return enterprise_page(desk, form, mechanism) if form.bad else None


def key_of(form: Form) -> str:
    """The same filing sent again is the same; what was changed after going back is another."""
    fields = [f"{name}={form[name]}" for name in ("once", "scheme", *MATTER, *ENTERPRISE)]
    typed = "\x00".join([*fields, *(one.id for one in uploaded(form))])
    return blake2b(typed.encode(), digest_size=24).hexdigest()


def filing_of(form: Form, mechanism: Mechanism) -> dict[str, Any]:
    """What intake is asked to take in."""
    dossier = form.body("enterprise", "credit_code", "title", "text")
    if form["category"] != UNSURE:
        dossier["category"] = form["category"]
    return {
        "dossier": {**dossier, "contact": form.body("name", "phone")},
        "channel": CHANNEL,
        "scheme": mechanism.scheme.scheme,
        "attachments": [one.id for one in uploaded(form)],
    }


async def send(desk: Desk, form: Form, mechanism: Mechanism) -> Response:
    filed = await desk.office.peers.post(
        desk.visitor.as_enterprise(form["once"]), "intake", "/appeals", filing_of(form, mechanism), key=key_of(form)
    )
    case = filed["case"]
    answer = desk.then(f"/my/{case}/receipt", "诉求已提交，请记下受理编号", "Filed. Keep the number of the receipt")
    await remember_case(desk, answer, case)
    return answer


def routes() -> APIRouter:
    router = APIRouter(prefix="/file")

    @router.get("")
    async def begin(desk: AtDesk, to: str = "") -> Response:
        desk.visitor.as_enterprise()
        mechanism = mechanism_of(desk, to)
        if mechanism is None:
            every = open_mechanisms(desk.office.service.schemes, desk.office.directory, desk.today)
            return desk.page("enterprise/file_where.html", mechanisms=every)
        return await matter_page(desk, Form.filled(scheme=mechanism.scheme.scheme), mechanism)

    @router.get("/{step}")
    async def again(desk: AtDesk, step: str) -> Response:
        """A step asked for by its address has nothing typed: it begins anew."""
        return desk.on("/file")

    @router.post("/similar")
    async def similar(desk: AtDesk) -> Response:
        """While the matter is being typed."""
        form = await desk.form()
        mechanism = mechanism_of(desk, form["scheme"])
        like = await like_matters(desk, form, mechanism) if mechanism else None
        return desk.part(
            "enterprise/like.html",
            like=like,
            looked=False,
            words=desk.words(mechanism.scheme.ref if mechanism else None),
        )

    @router.post("/{step}")
    async def on(desk: AtDesk, step: str) -> Response:
        """What was typed at a step, and where to go from it."""
        form = await desk.form()
        mechanism = mechanism_of(desk, form["scheme"])
        if mechanism is None:
            return desk.on("/file")
        if form.files:
            await keep_files(desk, desk.visitor.as_enterprise(form["once"]), form)
            if FIELD in form.errors:
                return await check_page(desk, form, mechanism)
        match form["go"] or step:
            case "to-matter":
                return await matter_page(desk, form, mechanism)
            case "to-enterprise":
                return enterprise_page(desk, form, mechanism)
            case "look":
                return await matter_page(desk, form, mechanism, looked=True)
            case "matter":
                check_matter(desk, form, mechanism)
                return await matter_page(desk, form, mechanism) if form.bad else enterprise_page(desk, form, mechanism)
            case "enterprise":
                return await where_it_is_wrong(desk, form, mechanism) or await check_page(desk, form, mechanism)
            case "send":
                return await finish(desk, form, mechanism)
            case _:
                return desk.on("/file")

    async def finish(desk: Desk, form: Form, mechanism: Mechanism) -> Response:
        if wrong := await where_it_is_wrong(desk, form, mechanism):
            return wrong

        async def again(form: Form) -> Response:
            """A refusal goes back to the step whose field it is about."""
            if form.errors.keys() & set(MATTER):
                return await matter_page(desk, form, mechanism)
            if form.errors.keys() & set(ENTERPRISE):
                return enterprise_page(desk, form, mechanism)
            return await check_page(desk, form, mechanism)

        return await desk.carry_out(form, lambda: send(desk, form, mechanism), again)

    return router
