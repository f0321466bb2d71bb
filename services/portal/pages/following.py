"""Following one's appeals, and what an enterprise can do with each."""

import asyncio
from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal import progress
from services.portal.attaching import AT_MOST, FIELD, handed_out, keep_files
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages.judging import after_silence, levels_of
from services.portal.receipts import qr_picture
from services.portal.typed_right import check_length

PLACES: tuple[Place, ...] = ()
TEXT_MOST = 5000
AT_ONCE = 50
"""So many of one's appeals are listed."""
URGENCY = ("supplement", "answered", "returned", "in-hand", "transferred", "screening", "second-review")
"""What waits for the enterprise comes first, what is over last."""


async def followed(desk: Desk, case: str) -> dict[str, Any]:
    """One's own appeal. Raises `Refused` (404) for any other number, whether it exists or not."""
    if case not in desk.visitor.cases:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    return await desk.get("intake", f"/appeals/{case}", case=case)


async def nothing() -> None:
    return None


async def seen(desk: Desk, case: str) -> dict[str, Any]:
    """All that the enterprise reads of its case; each part is asked for in its own name."""
    appeal = await followed(desk, case)
    moved_on = any(one["stage"] not in ("on-its-way",) for one in appeal["transfers"])
    dossier, files, answer, decisions, judgement, elsewhere = await asyncio.gather(
        desk.get_or(None, "intake", f"/appeals/{case}/dossier", case=case),
        desk.get_or([], "intake", f"/appeals/{case}/attachments", case=case),
        desk.get_or(None, "routing", f"/cases/{case}/answer", case=case),
        desk.get_or([], "routing", f"/cases/{case}/decisions", case=case),
        desk.get_or(None, "evaluation", f"/cases/{case}/judgement", case=case),
        desk.get_or(None, "intake", f"/appeals/{case}/transfer-answer", case=case) if moved_on else nothing(),
    )
    scheme = desk.scheme(appeal["scheme"])
    return {
        "case": case,
        "appeal": appeal,
        "scheme": scheme,
        "words": desk.words(appeal["scheme"]),
        "dossier": dossier,
        "files": files,
        "files_at_most": AT_MOST,
        "answer": answer if answer and answer["answer"] else None,
        "decisions": decisions,
        "judgement": judgement,
        "elsewhere": elsewhere,
        "stations": progress.stations(appeal),
        "limits": progress.limits_now(appeal, scheme),
        "missed": progress.limits_missed(appeal, scheme),
        "history": progress.history(appeal["steps"]),
        "may": what_may_be_done(appeal, scheme, judgement),
        "levels": levels_of(desk, scheme),
        "silence": after_silence(desk, scheme),
    }


def what_may_be_done(appeal: dict[str, Any], scheme: Any, judgement: dict[str, Any] | None) -> set[str]:
    """The acts that stand open now; each service decides again when one is asked for."""
    open_ = appeal["stage"] not in progress.OVER and not appeal["answered"]
    may = {"suggestion"} if appeal["stage"] not in ("withdrawn", "returned") else set[str]()
    if open_:
        may |= {"withdrawal", "files"}
    if appeal["stage"] == "supplement":
        may.add("supplement")
    if appeal["stage"] == "answered" and open_ and scheme.decisions and scheme.decisions.doubts:
        may.add("doubt")
    if judgement and judgement["may"] and "web" in scheme.rating.ways:
        may.add("judging")
    return may


async def case_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    return _private(desk.page("enterprise/case.html", form=form, **await seen(desk, case)))


def _private(answer: Any) -> Response:
    answer.headers["cache-control"] = "no-store"
    return answer


def by_urgency(appeal: dict[str, Any]) -> int:
    return URGENCY.index(appeal["stage"]) if appeal["stage"] in URGENCY else len(URGENCY)


def routes() -> APIRouter:
    router = APIRouter(prefix="/my")

    @router.get("")
    async def mine(desk: AtDesk) -> Response:
        asked = (
            desk.get_or(None, "intake", f"/appeals/{case}", case=case) for case in sorted(desk.visitor.cases)[:AT_ONCE]
        )
        known = [one for one in await asyncio.gather(*asked) if one]
        known.sort(key=lambda one: one["filed_at"], reverse=True)
        known.sort(key=by_urgency)
        rows = [
            {
                "appeal": one,
                "words": desk.words(one["scheme"]),
                "limit": next(iter(progress.limits_now(one, desk.scheme(one["scheme"]))), None),
                "last": next(iter(progress.history(one["steps"])), None),
            }
            for one in known
        ]
        return _private(desk.page("enterprise/mine.html", rows=rows))

    @router.get("/{case}")
    async def show(desk: AtDesk, case: CaseNumber) -> Response:
        if not desk.visitor.cases and not desk.visitor.signed_in:
            return desk.on(f"/enterprise/sign-in?next=/my/{case}")
        return await case_page(desk, case)

    @router.get("/{case}/receipt")
    async def receipt(desk: AtDesk, case: CaseNumber) -> Response:
        appeal = await followed(desk, case)
        scheme = desk.scheme(appeal["scheme"])
        address = f"{desk.office.public_url}/my/{case}"
        return _private(
            desk.page(
                "enterprise/receipt.html",
                case=case,
                appeal=appeal,
                scheme=scheme,
                words=desk.words(appeal["scheme"]),
                limits=progress.limits_now(appeal, scheme),
                address=address,
                picture=qr_picture(address),
                place=desk.office.directory.by_scheme[scheme.scheme],
            )
        )

    @router.get("/{case}/withdrawal")
    async def ask_to_withdraw(desk: AtDesk, case: CaseNumber) -> Response:
        return await withdrawal_page(desk, case)

    @router.post("/{case}/withdrawal")
    async def withdraw(desk: AtDesk, case: CaseNumber) -> Response:
        await followed(desk, case)
        form = await desk.form()

        async def act() -> Response:
            await desk.post("intake", f"/appeals/{case}/withdrawal", case=case, key=form.once)
            return desk.then(f"/my/{case}", "诉求已撤回", "The appeal is withdrawn")

        return await desk.carry_out(form, act, partial(withdrawal_page, desk, case))

    @router.get("/{case}/attachments/{file}")
    async def fetch(desk: AtDesk, case: CaseNumber, file: str) -> Response:
        await followed(desk, case)
        return await handed_out(desk, desk.caller(case), case, file)

    @router.post("/{case}/attachments")
    async def attach(desk: AtDesk, case: CaseNumber) -> Response:
        """More files, as long as the case is open."""
        await followed(desk, case)
        form = await desk.form()

        async def act() -> Response:
            await keep_files(desk, desk.caller(case), form, f"/appeals/{case}/attachments")
            if form.bad:
                answer = await case_page(desk, case, form)
                answer.status_code = 422
                return answer
            return desk.then(f"/my/{case}", "附件已上传", "The files are in")

        needed = {FIELD: desk.t("请选择要上传的文件", "Choose the files")}
        return await desk.carry_out(form, act, partial(case_page, desk, case), needed=needed)

    def says_something(what: str, needed: tuple[str, str], done: tuple[str, str]) -> None:
        """An act that sends a text; its field has its own name, so that what is missing is said there."""

        @router.post(f"/{{case}}/{what}", name=what)
        async def say(desk: AtDesk, case: CaseNumber) -> Response:
            await followed(desk, case)
            form = await desk.form()
            check_length(form, what, TEXT_MOST, desk.t)

            async def act() -> Response:
                body = {"text": form[what]}
                await desk.post("intake", f"/appeals/{case}/{what}", body, case=case, key=form.once)
                return desk.then(f"/my/{case}", *done)

            return await desk.carry_out(form, act, partial(case_page, desk, case), needed={what: desk.t(*needed)})

    says_something(
        "supplement",
        ("请写明补充的内容", "Write what was asked for"),
        ("补充内容已提交，工作人员将继续核实", "Sent; checking goes on"),
    )
    says_something(
        "doubt",
        ("请写明对答复的疑问", "Say what you doubt about the answer"),
        ("疑问已提交，承办单位将继续办理", "Sent; the unit goes on with it"),
    )
    says_something(
        "suggestion",
        ("请写下您的意见建议", "Write your suggestion"),
        ("感谢您的意见建议，已转相关部门", "Thank you; your suggestion was passed on"),
    )
    return router


async def withdrawal_page(desk: Desk, case: str, form: Form | None = None) -> Response:
    appeal = await followed(desk, case)
    words = desk.words(appeal["scheme"])
    return _private(desk.page("enterprise/withdrawal.html", form=form, case=case, appeal=appeal, words=words))
