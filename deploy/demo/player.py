"""Plays the quarter: moves business time from act to act and from due moment to due moment, and lets everybody do
their part. People act over HTTP, the parties' systems over AMQP, letters arrive by SMS and e-mail."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import httpx

from contracts.catalogue import Service
from deploy.demo.outside import (
    RATING_LINK,
    FactsTap,
    MailServer,
    PartySystems,
    SmsProvider,
    is_letter,
    letters_go_out_by,
    outside_opens,
)
from deploy.demo.postbag import Postbag
from deploy.demo.script import FIRST_DAY, HOURS, LAST_DAY, Plan, at
from deploy.system import System, Wave
from libs.identity import Role
from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI
from services.notification.templates import ASKED_FOR, load_templates

Act = Callable[[], Awaitable[None]]
RECEIPT_TRIES = 20
RECEIPT_AGAIN_SECONDS = 0.2
PARTIES = {"hotline": "hotline_12345", "web": "web_qiye"}
TYPISTS = {"hotline": "话务员12号", "window": "窗口3号"}


class Stuck(RuntimeError):
    """Something is due and does not get done, or an act was refused that should not have been."""


class Due(NamedTuple):
    at: datetime
    order: str
    number: int
    act: Act


class Player:
    """Plays `plans` on a system with a stepped clock.

    `told` hears after each instant when it is, how many appeals are filed and how many acts are done.
    """

    def __init__(
        self,
        plans: list[Plan],
        calendar: Calendar,
        *,
        told: Callable[[datetime, int, int], None] = lambda now, filed, acts: None,
        tap: type[FactsTap] = FactsTap,
    ) -> None:
        self._plans = {plan.key: plan for plan in plans}
        self._by_phone = {plan.contact["phone"]: plan for plan in plans}
        self._calendar = calendar
        self._told = told
        self._tap_kind = tap
        self._acts: list[Due] = []
        self._number = 0
        self._done = 0
        self.cases: dict[str, Plan] = {}
        self._codes: dict[str, str] = {}
        self._receipts: set[asyncio.Task[None]] = set()
        self._offers: dict[str, list[str]] = {}
        self._offered_once: set[str] = set()
        self._refused_once: set[str] = set()
        self._unexpected: list[str] = []
        self.postbag = Postbag(load_templates() | load_templates(ASKED_FOR), self._now)
        self.sms = SmsProvider(self._sms_taken, self.postbag)
        self.mail = MailServer(self._mail_arrived, self.postbag)

    def settings(self) -> dict[Service, dict[str, str]]:
        """What the services must know of the demo's world."""
        return letters_go_out_by(self.sms, self.mail)

    # Playing ----------------------------------------------------------------------------------------------------------

    async def listen(self, system: System) -> None:
        """Before any service says its first fact."""
        self._system = system
        self.tap = self._tap_kind(system.broker.url("zhitongche"))
        await outside_opens(system, self.tap, self.sms, self.mail)

    async def play(self, system: System) -> FactsTap:
        """Until the last day is over and everything is at rest. Raises `Stuck` with what hangs.

        Provider and mail server stay, and appeals that are not of the plans, a visitor's, are left to the visitor.
        """
        directory = system.directory
        units = {unit.unit: system.party_url(unit.unit) for unit in directory.units if unit.door}
        channels = {channel.party: system.party_url(channel.party) for channel in directory.channels}
        self._units = PartySystems("unit_system.py", units, self._unit_told)
        self._channels = PartySystems("channel_system.py", channels, self._channel_told)
        try:
            await asyncio.gather(self._units.start(), self._channels.start())
            self._write_diary()
            await self._live_through(at(LAST_DAY + timedelta(days=1), 0))
        finally:
            await asyncio.gather(self._units.stop(), self._channels.stop())
        return self.tap

    async def _live_through(self, end: datetime) -> None:
        while True:
            wave = await self._system.quiet(outside=self._outside_rests)
            now = self._now()
            self._told(now, len(self.cases), self._done)
            moments = [self._acts[0].at] if self._acts else []
            if wave.next_due is not None:
                if wave.next_due <= now:
                    raise Stuck(f"something has been due since {wave.next_due.isoformat()} and is not done")
                moments.append(wave.next_due)
            moment = min(moments, default=end)
            if moment >= end:
                return
            self._system.step_to(moment)
            while self._acts and self._acts[0].at <= moment:
                await heapq.heappop(self._acts).act()
                self._done += 1

    def rests(self, wave: Wave) -> bool:
        """Whether no receipt is on its way; when the quarter is over, that is all that can be outside."""
        return not self._receipts

    def _outside_rests(self, wave: Wave) -> bool:
        if self._unexpected:
            raise Stuck("; ".join(self._unexpected))
        door = wave.figures["gateway"]
        sent = self._units.sent + self._channels.sent
        heard = self._units.heard + self._channels.heard
        ordered = self._units.ordered + self._channels.ordered
        return ordered == sent == door["from_parties"] and heard == door["to_parties"] and not self._receipts

    def _now(self) -> datetime:
        assert self._system.clock
        return self._system.clock.now()

    def _on(self, moment: datetime, order: str, act: Act) -> None:
        """Do something at a moment; acts of one moment are done in the order of `order`."""
        self._number += 1
        heapq.heappush(self._acts, Due(max(moment, self._now()), order, self._number, act))

    def _later(self, working_days: int, hour: int = 0) -> datetime:
        """The n-th working day from today at one of the demo's hours; the same day means the next of them."""
        now = self._now().astimezone(SHANGHAI)
        day = self._calendar.add_working_days(now.date(), working_days) if working_days else now.date()
        if working_days == 0:
            for coming in HOURS:
                if coming > now.hour and self._calendar.is_working_day(day):
                    return at(day, coming)
            day = self._calendar.add_working_days(day, 1)
        return at(day, HOURS[hour])

    async def _ask(
        self, method: str, service: Service, path: str, roles: set[Role], body: Any = None, **who: Any
    ) -> Any:
        answer = await self._system.ask(method, service, path, roles=roles, body=body, **who)
        return _expected(answer)

    # Enterprises and those who type for them --------------------------------------------------------------------------

    def _write_diary(self) -> None:
        for plan in self._plans.values():
            self._on(plan.filed_at, plan.key, lambda plan=plan: self._file(plan))
        day = FIRST_DAY
        while day <= LAST_DAY:
            if self._calendar.is_working_day(day):
                self._on(at(day, HOURS[1]), "calls", self._work_off_calls)
            day += timedelta(days=1)
        for month, approved in (
            ("2026-01", date(2026, 2, 5)),
            ("2026-02", date(2026, 3, 5)),
            ("2026-03", date(2026, 4, 7)),
        ):
            self._on(at(approved, 15), "summary", lambda month=month: self._approve(month))

    async def _file(self, plan: Plan) -> None:
        if plan.way in PARTIES:
            more = {"entered_by": TYPISTS["hotline"], "call": f"call-{plan.key}"} if plan.way == "hotline" else {}
            await self._channels.order(PARTIES[plan.way], "submit", message_id=plan.key, dossier=plan.dossier, **more)
            return
        body = {"dossier": plan.dossier, "channel": plan.way}
        roles: set[Role] = {"enterprise"}
        if plan.way == "window":
            body["entered_by"] = TYPISTS["window"]
            roles = {"operator"}
        receipt = await self._ask("POST", "intake", "/appeals", roles, body, key=plan.key, subject=plan.way)
        self._filed(receipt["case"], plan)

    def _channel_told(self, said: dict[str, Any]) -> None:
        message = said["message"]
        if message["type"] == "message.refused.v1":
            self._unexpected.append(f"{said['party']}: {message}")
        elif message["of"] in self._plans:
            self._filed(message["case"], self._plans[message["of"]])

    def _filed(self, case: str, plan: Plan) -> None:
        if case in self.cases:
            return
        self.cases[case] = plan
        if plan.kind.withdrawn == "early":
            self._on(self._later(0), case, lambda: self._withdraw(case, plan))
        elif plan.kind.enterprise == "unregistered":
            self._on(self._later(1, 1), case, lambda: self._review(case, plan))
        else:
            self._on(self._later(1 + len(case) % 2, 0), case, lambda: self._screen(case, plan))

    async def _withdraw(self, case: str, plan: Plan) -> None:
        if plan.way in PARTIES:
            await self._channels.order(PARTIES[plan.way], "withdraw", message_id=f"{plan.key}-withdraw", case=case)
        else:
            await self._ask("POST", "intake", f"/appeals/{case}/withdrawal", {"enterprise"}, case=case)

    # The office -------------------------------------------------------------------------------------------------------

    async def _review(self, case: str, plan: Plan) -> None:
        body = {"matches": plan.kind.verified, "registered_in": plan.district, "reason": "经核查登记档案"}
        await self._ask("POST", "intake", f"/appeals/{case}/review", {"registry-reviewer"}, body)
        if plan.kind.verified:
            self._on(self._later(1), case, lambda: self._screen(case, plan))

    async def _screen(self, case: str, plan: Plan) -> None:
        if plan.kind.supplement != "none":
            body = {"text": "请补充能说明问题发生时间和影响的材料"}
            await self._ask("POST", "intake", f"/appeals/{case}/supplement-request", {"screener"}, body)
            if plan.kind.supplement == "given":
                self._on(self._later(3), case, lambda: self._supplement(case, plan))
        elif plan.kind.screening in ("litigation", "not-local"):
            body = {"reason": plan.kind.screening, "explanation": "经甄别不属于受理范围，请循其他途径反映"}
            await self._ask("POST", "intake", f"/appeals/{case}/return", {"screener"}, body)
        else:
            await self._accept(case, plan)

    async def _supplement(self, case: str, plan: Plan) -> None:
        text = "补充：问题自去年十二月起出现，现附说明。"
        if plan.way in PARTIES:
            await self._channels.order(
                PARTIES[plan.way], "supplement", message_id=f"{plan.key}-supplement", case=case, text=text
            )
        else:
            path = f"/appeals/{case}/supplement"
            await self._ask("POST", "intake", path, {"enterprise"}, {"text": text}, case=case)
        self._on(self._later(1), case, lambda: self._accept(case, plan))

    async def _accept(self, case: str, plan: Plan) -> None:
        body: dict[str, Any] = {"category": plan.category, "district": plan.district, "level": plan.kind.level}
        if plan.kind.co_handler:
            body["co_handlers"] = ["shi_gongxin" if plan.category != "industry" else "shi_ziran"]
        if plan.kind.screening == "override":
            body["override"] = "企业主要生产基地在本市，经分管负责同志同意受理"
        await self._ask("POST", "intake", f"/appeals/{case}/acceptance", {"screener"}, body)
        if plan.kind.withdrawn == "late":
            self._on(self._later(2), case, lambda: self._withdraw(case, plan))

    async def _work_off_calls(self) -> None:
        """The hotline works off the list of letters that only a call can deliver, and reads them out."""
        for call in await self._ask("GET", "notification", "/calls", {"operator"}):
            if call["case"] not in self.cases:
                continue
            words = await self._ask("GET", "notification", f"/calls/{call['letter']}", {"operator"})
            reached = self.cases[call["case"]].kind.reach != "never"
            body = {"letter": call["letter"], "way": "call", "delivered": reached}
            await self._ask("POST", "notification", "/receipts", {"operator"}, body)
            if reached:
                self._link_arrived(str(words))

    async def _approve(self, month: str) -> None:
        """The leader approves the month's summary, where there is one to approve."""
        body = {"leader": "市政务服务数据管理局分管负责人", "scheme": "chaozhou-direct-line@2021-11-08"}
        answer = await self._system.ask(
            "POST", "disclosure", f"/summaries/{month}/approval", roles={"leader"}, body=body
        )
        if answer.is_error and answer.json()["rule"] not in ("no-such-summary", "not-drafted"):
            _expected(answer)

    # Units ------------------------------------------------------------------------------------------------------------

    def _unit_told(self, said: dict[str, Any]) -> None:
        party, message = said["party"], said["message"]
        if message["type"] == "message.refused.v1" and message["rule"] != "second-objection":
            self._unexpected.append(f"{party}: {message}")
        if message.get("case") not in self.cases:
            return
        refused = message["type"] == "assignment.objection_decided.v1" and message["outcome"] == "refused"
        if refused and message["dispatch"] not in self._refused_once:
            self._refused_once.add(message["dispatch"])
            self._on(self._later(0), message["case"], lambda: self._after_refused_objection(party, message))
        if message["type"] == "assignment.offered.v1":
            self._offered(party, message)

    def _offered(self, party: str, offer: dict[str, Any]) -> None:
        case, kind = offer["case"], self.cases[offer["case"]].kind
        offers = self._offers.setdefault(case, [])
        if offer["dispatch"] in self._offered_once:
            # Sent back after a review: the county still has it and goes on.
            return
        self._offered_once.add(offer["dispatch"])
        if offer["role"] == "lead":
            offers.append(offer["dispatch"])
        if offer["task"] == "final-decision":
            self._on(self._later(3), case, lambda: self._decide(party, offer))
            return
        objects = {"object-granted": 1, "object-again": 1, "object-refused": 1, "object-twice": 2}.get(kind.unit, 0)
        if offer["rung"] == "department" and offer["role"] == "lead" and len(offers) <= objects:
            self._on(self._later(0), case, lambda: self._object(party, offer))
        elif kind.unit == "silent" and offer["role"] == "lead":
            self._on(self._later(6), case, lambda: self._reply(party, offer))
        elif kind.withdrawn == "late":
            self._on(self._later(0), case, lambda: self._unit(party, "take", offer))
        else:
            self._on(self._later(0), case, lambda: self._take(party, offer))

    async def _unit(self, party: str, do: str, offer: dict[str, Any], **fields: Any) -> None:
        self._number += 1
        names = {
            "case": offer["case"],
            "dispatch": offer["dispatch"],
            "message_id": f"{do}-{offer['case']}-{self._number}",
        }
        await self._units.order(party, do, **names, **fields)

    async def _take(self, party: str, offer: dict[str, Any]) -> None:
        await self._unit(party, "take", offer)
        case, answer = offer["case"], self.cases[offer["case"]].kind.answer
        if offer["role"] == "co-handler":
            self._on(self._later(3), case, lambda: self._reply(party, offer))
        elif answer == "late":
            self._on(self._later(12), case, lambda: self._reply(party, offer))
        elif answer == "unresolved" or (answer in ("climb", "sent-back") and offer["rung"] == "county"):
            self._on(self._later(5), case, lambda: self._declare_unresolved(party, offer))
        else:
            self._on(self._later(2), case, lambda: self._unit(party, "progress", offer, text="已联系企业核实情况。"))
            self._on(self._later(4 + len(party) % 4), case, lambda: self._reply(party, offer))

    async def _reply(self, party: str, offer: dict[str, Any]) -> None:
        matter = self.cases[offer["case"]].matter
        await self._unit(party, "reply", offer, outcome="solved", result=matter["result"], answer=matter["answer"])

    async def _decide(self, party: str, offer: dict[str, Any]) -> None:
        talk = "与企业负责人当面沟通，说明了办理依据并听取意见。"
        answer = "经与贵司沟通研究，维持原处理意见，并增加专员每月回访。"
        await self._unit(party, "decide", offer, talk=talk, answer=answer)
        second = self.cases[offer["case"]].kind.second_rating
        if second:
            self._on(self._later(2), offer["case"], lambda: self._rate(offer["case"], second, "second-rating"))

    async def _object(self, party: str, offer: dict[str, Any]) -> None:
        proposed = "shi_jiaotong" if party != "shi_jiaotong" else "shi_gongxin"
        await self._unit(party, "object", offer, reason="该事项不属于本单位职责", proposed=proposed)
        self._on(self._later(0), offer["case"], lambda: self._settle_dispute(party, offer, proposed))

    async def _settle_dispute(self, party: str, offer: dict[str, Any], proposed: str) -> None:
        case, kind = offer["case"], self.cases[offer["case"]].kind
        body: dict[str, Any] = {"dispatch": offer["dispatch"], "unit": proposed, "reason": "按职责分工研究决定"}
        if kind.unit == "object-twice" and len(self._offers[case]) == 2:
            body["unit"] = "shi_zhengshu"
            await self._ask("POST", "routing", f"/cases/{case}/designation", {"superior"}, body)
        else:
            body["grant"] = kind.unit in ("object-granted", "object-twice")
            await self._ask("POST", "routing", f"/cases/{case}/dispute-decision", {"administrator"}, body)

    async def _after_refused_objection(self, party: str, decided: dict[str, Any]) -> None:
        if self.cases[decided["case"]].kind.unit == "object-again":
            await self._unit(party, "object", decided, reason="仍认为不属于本单位职责", proposed="shi_gongxin")
        self._on(self._later(5), decided["case"], lambda: self._reply(party, decided))

    async def _declare_unresolved(self, party: str, offer: dict[str, Any]) -> None:
        case = offer["case"]
        await self._unit(party, "unresolved", offer, opinion="经研究，现有权限和政策下无法单独解决，建议上级协调。")
        if offer["rung"] == "county":
            self._on(self._later(2), case, lambda: self._review_climb(party, offer))

    async def _review_climb(self, party: str, offer: dict[str, Any]) -> None:
        climbs = self.cases[offer["case"]].kind.answer == "climb"
        body = {
            "dispatch": offer["dispatch"],
            "climbs": climbs,
            "reason": "经审核属实" if climbs else "仍属县区职能范围",
        }
        await self._ask("POST", "routing", f"/cases/{offer['case']}/climb-review", {"office"}, body)
        if not climbs:
            self._on(self._later(4), offer["case"], lambda: self._reply(party, offer))

    # Letters arrive ---------------------------------------------------------------------------------------------------

    def _sms_taken(self, sms: dict[str, Any]) -> None:
        """The provider has a short message; its receipt follows."""
        plan = self._by_phone.get(sms["to"])
        delivered = plan is None or plan.kind.reach == "sms"
        if is_letter(sms):
            task = asyncio.create_task(self._receipt(sms["id"], delivered))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        if delivered and sms["template"] == "rating-invitation":
            self._link_arrived(sms["params"]["link"])

    async def _receipt(self, id: str, delivered: bool) -> None:
        """The provider tells what became of a message, and again until it is taken, as providers do."""
        letter, _, way = id.rpartition(":")
        body = {
            "letter": letter,
            "way": way,
            "delivered": delivered,
            "reason": "arrived" if delivered else "unreachable",
        }
        said = "no answer"
        for _ in range(RECEIPT_TRIES):
            with suppress(httpx.TransportError):
                answer = await self._system.ask(
                    "POST", "notification", "/receipts", roles={"provider"}, body=body, key=f"receipt-{id}"
                )
                if not answer.is_error:
                    return
                said = f"{answer.status_code} {answer.text}"
            await asyncio.sleep(RECEIPT_AGAIN_SECONDS)
        self._unexpected.append(f"the receipt of {id} was not taken: {said}")

    def _mail_arrived(self, mail: dict[str, Any]) -> None:
        self._link_arrived(mail["text"])

    def _link_arrived(self, text: str) -> None:
        """The enterprise reads its invitation; it rates on the next day, a working day or not, or never."""
        found = RATING_LINK.search(text)
        if found is None or found["case"] in self._codes or found["case"] not in self.cases:
            return
        case = found["case"]
        self._codes[case] = found["code"]
        rating = self.cases[case].kind.rating
        if rating != "silent":
            tomorrow = self._now().astimezone(SHANGHAI).date() + timedelta(days=1)
            self._on(at(tomorrow, HOURS[1]), case, lambda: self._rate(case, rating, "rating"))

    async def _rate(self, case: str, rating: str, path: str) -> None:
        body = {"code": self._codes[case], "rating": rating}
        await self._ask("POST", "evaluation", f"/cases/{case}/{path}", {"enterprise"}, body, case=case)


def _expected(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise Stuck(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer.json()
