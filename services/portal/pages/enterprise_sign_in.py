"""How an enterprise signs in: its credit code and a telephone that an appeal of its named, then the code sent there."""

import json

from fastapi import APIRouter, Response
from starlette.background import BackgroundTask

from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.identity.enterprises import GOOD_FOR, pair_of
from services.portal.identity.session import Pair
from services.portal.identity.visit import page_after

KEPT = "ztc-pair"
"""What this browser keeps between the two steps: the pair that was typed, sealed."""


async def pair_page(desk: Desk, form: Form) -> Response:
    return desk.page("sign_in/enterprise.html", form=form)


async def code_page(desk: Desk, form: Form, pair: Pair) -> Response:
    return desk.page("sign_in/enterprise_code.html", form=form, phone=f"{pair.phone[:3]}****{pair.phone[-4:]}")


def typed_before(desk: Desk) -> tuple[Pair, str]:
    """The pair of the first step, and the page that was wanted. Raises `Refused` (401) when there was none just now."""
    seconds = int(GOOD_FOR.total_seconds())
    try:
        kept = json.loads(desk.office.identity.kept.open(desk.visit.kept(KEPT), seconds=seconds))
        return Pair(credit_code=kept["credit_code"], phone=kept["phone"]), kept["next"]
    except ValueError:
        raise Refused("not-signed-in", "sign in first", status=401) from None


def routes() -> APIRouter:
    router = APIRouter(prefix="/enterprise/sign-in")

    @router.get("")
    async def start(desk: AtDesk, next: str = "") -> Response:
        return await pair_page(desk, Form.filled(next=next))

    @router.post("")
    async def ask_code(desk: AtDesk) -> Response:
        """The answer is the same, and as fast, whether or not the pair is on file: what is sent is sent after it."""
        form, identity = await desk.form(), desk.office.identity

        async def act() -> Response:
            pair = pair_of(form["credit_code"], form["phone"])
            identity.enterprises.admit(pair, desk.visit.address)
            desk.visit.keep(KEPT, identity.kept.close(json.dumps({**pair.model_dump(), "next": form["next"]})))
            answer = desk.on("/enterprise/sign-in/code")
            answer.background = BackgroundTask(identity.enterprises.send_code, pair, desk.lang.value)
            return answer

        needed = {
            "credit_code": desk.t("请填写统一社会信用代码", "Type the unified social credit code"),
            "phone": desk.t("请填写手机号", "Type the mobile number"),
        }
        return await desk.carry_out(form, act, lambda form: pair_page(desk, form), needed=needed)

    @router.get("/code")
    async def code(desk: AtDesk) -> Response:
        return await code_page(desk, Form(), typed_before(desk)[0])

    @router.post("/code")
    async def give_code(desk: AtDesk) -> Response:
        form = await desk.form()
        pair, wanted = typed_before(desk)

        async def act() -> Response:
            await desk.office.identity.enterprises.check_code(pair, form["code"], desk.visit.address)
            desk.visit.keep(KEPT, None)
            await desk.visit.begin(enterprise=pair)
            return desk.on(page_after(wanted) if wanted else "/my")

        needed = {"code": desk.t("请填写验证码", "Type the code")}
        return await desk.carry_out(form, act, lambda form: code_page(desk, form, pair), needed=needed)

    return router
