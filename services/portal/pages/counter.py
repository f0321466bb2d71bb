"""The window, the hotline and supervisors (监督员) who bring in what enterprises tell them: fast entry while listening, the
receipt, answers on the spot."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here
from services.portal.peers import Unreachable

PLACES: tuple[Place, ...] = (
    Place("/counter", "登记诉求", "Enter an appeal", frozenset({"operator", "supervisor"})),
    Place("/counter/mine", "我登记的", "What I entered", frozenset({"operator"})),
)

KINDS = ("window", "hotline", "letter", "officer")
"""Channels through which somebody types for the enterprise, the busiest first."""
OUTSIDE = ("officer",)
"""Those of them that are open to who sits at no counter."""
REMEMBERED = "channel"
"""The cookie with the channel last chosen."""
YEAR_SECONDS = 31_536_000
FIELDS = (
    *("channel", "call", "enterprise", "credit_code", "name", "phone", "title", "text", "category", "district"),
    "urgent",
)


def ways_in(desk: Desk) -> here.Options:
    """`scheme:channel` for every channel here at which the visitor types."""
    kinds = KINDS if "operator" in desk.visitor.roles else OUTSIDE
    found = [
        (KINDS.index(channel.kind), f"{scheme.scheme}:{code}", desk.t(channel.zh, channel.en), scheme)
        for scheme in here.schemes(desk)
        for code, channel in scheme.channels.items()
        if channel.entered_by and channel.kind in kinds
    ]
    return [
        (value, f"{name} · {desk.t(scheme.title.zh, scheme.title.en)}")
        for _, value, name, scheme in sorted(found, key=lambda one: one[0])
    ]


def chosen_scheme(desk: Desk, channel: str) -> Scheme | None:
    """The regulation that the chosen way in belongs to."""
    name = channel.partition(":")[0]
    return next((scheme for scheme in here.schemes(desk) if scheme.scheme == name), None)


def entry_page(desk: Desk, form: Form) -> Response:
    channels = ways_in(desk)
    scheme = chosen_scheme(desk, form["channel"])
    return desk.page(
        "counter/entry.html", form=form, channels=channels, scheme=scheme,
        districts=here.districts(desk, scheme.ref) if scheme else [],
    )  # fmt: skip


def empty_entry(desk: Desk, channel: str = "") -> Form:
    known = dict(ways_in(desk))
    remembered = channel or desk.request.cookies.get(REMEMBERED, "")
    own = (value for value in known if value.partition(":")[2] in desk.visitor.roles)
    return Form.filled(channel=remembered if remembered in known else next(own, next(iter(known), None)))


def filing(form: Form, entered_by: str) -> dict[str, Any]:
    """What was typed, as intake takes it."""
    scheme, _, channel = form["channel"].partition(":")
    dossier = form.body("enterprise", "title", "text", "category", "district")
    contact = form.body("name", "phone")
    return {
        "dossier": dossier | {"credit_code": form["credit_code"].upper(), "contact": contact},
        "channel": channel,
        "scheme": scheme,
        "entered_by": entered_by,
        "call": form["call"] or None,
        "urgent": form["urgent"] == "yes",
    }


async def receipt_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    appeal, dossier = await asyncio.gather(
        desk.get("intake", f"/appeals/{case}"),
        desk.get_or(None, "intake", f"/appeals/{case}/dossier"),
    )
    scheme = desk.scheme(appeal["scheme"])
    told = [one for one in scheme.letters if one.after == "appeal.filed.v1" and one.to == "enterprise"]
    return desk.page(
        "counter/receipt.html", form=form, case=case, appeal=appeal, dossier=dossier, scheme=scheme,
        words=desk.words(appeal["scheme"]), is_sent=any("sms" in letter.by for letter in told),
        at_once=can_be_answered_at_once(scheme, appeal), place=desk.office.directory.jurisdiction_of(scheme.ref),
    )  # fmt: skip


def can_be_answered_at_once(scheme: Scheme, appeal: dict[str, Any]) -> bool:
    heard = scheme.at_once is not None and appeal["channel"] in scheme.at_once.channels
    return heard and appeal["stage"] in ("screening", "second-review", "supplement")


async def like_these(desk: Desk, form: Form) -> dict[str, Any]:
    """Open appeals like what is being typed, and how such ended before. What cannot be said now is left out."""
    scheme = chosen_scheme(desk, form["channel"])
    if scheme is None:
        return {"open": [], "before": None}
    typed = form.body("title", "text")
    category = form["category"] if form["category"] in scheme.categories else ""
    draft = typed | {"scheme": scheme.scheme, "limit": 8}
    draft |= {"category": category} if category else {}
    draft |= {"credit_code": form["credit_code"]} if len(form["credit_code"]) == CODE_LENGTH else {}
    question = typed | {"scheme": scheme.scheme, "category": category}
    can_ask = bool(category and form["title"] and form["text"])
    found, before = await asyncio.gather(
        look_up(desk, "/appeals/open-like", draft),
        look_up(desk, "/appeals/similar", question) if can_ask else asyncio.sleep(0, None),
    )
    return {"open": found or [], "before": before}


CODE_LENGTH = 18


async def look_up(desk: Desk, path: str, body: Any) -> Any:
    """What intake finds for something half typed; None where it cannot tell."""
    try:
        return await desk.post("intake", path, body)
    except (Refused, Unreachable):
        return None


def routes() -> APIRouter:
    router = APIRouter(prefix="/counter", dependencies=[desk_of("operator", "supervisor")])

    @router.get("")
    async def entry(desk: AtDesk, channel: str = "") -> Response:
        return entry_page(desk, empty_entry(desk, channel))

    @router.post("")
    async def enter(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            filed = await desk.post("intake", "/appeals", filing(form, desk.visitor.name), key=form.once)
            answer = desk.then(
                f"/counter/receipts/{filed['case']}", "已登记，受理编号如下", "Entered; here is its receipt number"
            )
            answer.set_cookie(REMEMBERED, form["channel"], max_age=YEAR_SECONDS, httponly=True, samesite="lax")
            return answer

        async def again(form: Form) -> Response:
            return entry_page(desk, form)

        needed = {
            "channel": desk.t("请选择受理渠道", "Choose the channel"),
            "enterprise": desk.t("请填写企业名称", "Enter the enterprise's name"),
            "credit_code": desk.t("请填写统一社会信用代码", "Enter the credit code"),
            "name": desk.t("请填写联系人姓名", "Enter the contact's name"),
            "phone": desk.t("请填写联系人手机号码", "Enter the contact's mobile number"),
            "title": desk.t("请用一句话概括诉求", "Say in one line what it is about"),
            "text": desk.t("请记录诉求内容", "Write down what the enterprise says"),
        }
        return await desk.carry_out(form, act, again, needed=needed, fields=FIELDS)

    @router.post("/enterprises")
    async def find_enterprise(desk: AtDesk) -> Response:
        """A list to choose from, while the name or the code is being typed."""
        typed = (await desk.form())["enterprise"]
        found = await look_up(desk, "/enterprises/search", {"text": typed, "limit": 8}) if len(typed) > 1 else None
        return desk.part("counter/enterprises.html", found=found, typed=typed)

    @router.post("/lists")
    async def lists(desk: AtDesk) -> Response:
        """What can be chosen under the regulation of the channel that was just chosen."""
        form = await desk.form()
        scheme = chosen_scheme(desk, form["channel"])
        found = here.districts(desk, scheme.ref) if scheme else []
        return desk.part("counter/lists.html", typed=form, scheme=scheme, districts=found)

    @router.post("/similar")
    async def similar(desk: AtDesk) -> Response:
        return desk.part("counter/similar.html", **await like_these(desk, await desk.form()))

    @router.get("/receipts/{case}")
    async def receipt(desk: AtDesk, case: CaseNumber) -> Response:
        return await receipt_page(desk, case)

    @router.post("/receipts/{case}/answer")
    async def answer_at_once(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("intake", f"/appeals/{case}/answer-at-once", form.body("how", "answer"), key=form.once)
            return desk.then(
                "/counter",
                f"{case} 已当场答复并记录，可登记下一件",
                f"{case} is answered and on record; on to the next",
            )

        needed = {
            "how": desk.t("请选择答复方式", "Choose how it was answered"),
            "answer": desk.t("请记录答复内容", "Write down what was answered"),
        }
        return await desk.carry_out(form, act, lambda form: receipt_page(desk, case, form), needed=needed)

    @router.get("/mine")
    async def mine(desk: AtDesk) -> Response:
        entered = await desk.get("intake", "/appeals", limit=100)
        return desk.page("counter/mine.html", entered=[one for one in entered if here.runs(desk, one["scheme"])])

    return router
