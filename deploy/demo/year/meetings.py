"""Reception sessions: the office prepares them, leaders hear the items, what was decided goes out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deploy.demo.year.desks import Desks
from deploy.demo.year.diary import Act, Fact, Refusal, Town, at, chance, day_of

HEARD_AT_ONCE = 6
"""A session hears no more items than this; the others get their reply soon after."""


class Meetings:
    def __init__(self, town: Town, desks: Desks) -> None:
        self.town = town
        self.desks = desks
        self._called: dict[tuple[str, str], str] = {}
        self._prepared: set[str] = set()

    def hears(self) -> Mapping[str, Any]:
        return {
            "session.proposed": self.proposed,
            "session.dated": self.dated,
            "case.listed": self.listed,
            "session.held": self.held,
        }

    async def _ask(
        self, session: str, path: str, body: Any = None, *, role: str = "office", unit: str | None = None
    ) -> Any:
        return await self.town.world.ask(
            "POST",
            "routing",
            f"/sessions/{session}{path}",
            roles={role},
            body=body,
            unit=unit,
            subject=unit or "office",
        )

    def proposed(self, fact: Fact) -> None:
        async def confirm() -> None:
            held_on = self.town.worked(max(day_of(fact["held_on"]), self.town.today() + timedelta(days=1)))
            rule = self.town.scheme(fact["scheme"]).sessions[fact["kind"]]
            body = {"held_on": held_on.isoformat(), "theme": "企业诉求协调" if rule.theme else ""}
            await self._ask(fact["case"], "/date", body)

        self.town.diary.later(0, fact["case"], confirm)

    def listed(self, fact: Fact) -> None:
        """Where nobody comes together regularly, the office calls those concerned."""
        scheme = self.town.scheme(fact["scheme"])
        kind = fact.get("kind")
        if kind is None or scheme.sessions[kind].every is not None or (scheme.scheme, kind) in self._called:
            return
        self._called[scheme.scheme, kind] = ""
        self.town.diary.later(1, f"{scheme.scheme}-{kind}", self._calling(scheme.scheme, kind))

    def _calling(self, scheme: str, kind: str) -> Act:
        async def call() -> None:
            held_on = self.town.worked(self.town.today() + timedelta(days=1), 8)
            rule = self.town.schemes.in_force(scheme, self.town.today())
            if rule is None:
                return
            session_rule = rule.sessions[kind]
            body = {"scheme": scheme, "kind": kind, "held_on": held_on.isoformat(), "place": session_rule.places[-1],
                    "theme": "企业诉求协调" if session_rule.theme else ""}  # fmt: skip
            await self.town.world.ask(
                "POST", "routing", "/sessions", roles={"office"}, body=body, key=f"{scheme}-{kind}-{held_on}"
            )

        return call

    def dated(self, fact: Fact) -> None:
        session, held_on = fact["case"], day_of(fact["held_on"])
        if session in self._prepared:
            return
        self._prepared.add(session)
        rule = self.town.scheme(fact["scheme"]).sessions[fact["kind"]]
        diary, town = self.town.diary, self.town

        def on(before: int, act: Act, order: str, hour: int = 0) -> None:
            moment = at(town.worked(held_on, -before) if before else held_on, (9, 15)[hour])
            diary.at(max(moment, town.world.now()), f"{session}-{order}", act)

        on(7 if rule.window else 3, lambda: self._announce(session, fact), "0")
        if rule.agenda:
            on(6, lambda: self._ask(session, "/directory"), "1")
            on(5, lambda: self._coordinate(session, fact), "2")
            on(4, lambda: self._submit_agenda(session, fact), "3")
            on(3, lambda: self._approve_agenda(session), "4")
            on(2, lambda: self._invite(session, fact), "5")
        on(0, lambda: self._hold(session, fact), "6", 1)

    async def _announce(self, session: str, fact: Fact) -> None:
        day = day_of(fact["held_on"])
        body = {
            "registration_from": (day - timedelta(days=20)).isoformat(),
            "registration_until": (day - timedelta(days=3)).isoformat(),
            "ways": ["线上平台", "服务窗口", "12345热线"],
        }
        await self._ask(session, "/announcement", body)

    async def _known(self, session: str) -> Fact:
        return await self.town.world.ask("GET", "routing", f"/sessions/{session}", roles={"office"})

    async def _directory(self, session: str) -> list[str]:
        found = await self.town.world.ask("GET", "routing", f"/sessions/{session}/directory", roles={"office"})
        return [entry["case"] for entry in found]

    async def _coordinate(self, session: str, fact: Fact) -> None:
        view = self.town.view(fact["scheme"])
        units = [unit.unit for unit in view.place.units if unit.kind == "department"][:4]
        await self._ask(
            session,
            "/coordination",
            {"secretary": "轮值副秘书长", "units": units, "record": "已召集相关单位协调研究。"},
        )

    async def _submit_agenda(self, session: str, fact: Fact) -> None:
        """Matters that wait for a session come first, then those whose reply is still out."""
        waiting = await self._directory(session)
        chosen = sorted(waiting, key=lambda case: (not self.desks.story_of(case).climbs, case))[:HEARD_AT_ONCE]
        if chosen:
            await self._ask(session, "/agenda", {"cases": chosen})

    async def _leader(self, session: str, scheme: str) -> str:
        leader = (await self._known(session))["leader"]
        if leader:
            return str(leader)
        leaders = [unit for unit in self.town.view(scheme).place.units if unit.kind == "leader" and not unit.vacant]
        return leaders[0].unit

    async def _approve_agenda(self, session: str) -> None:
        known = await self._known(session)
        if known["agenda_asked_by"]:
            leader = await self._leader(session, known["scheme"])
            await self._ask(session, "/agenda-approval", role="leader", unit=leader)

    async def _invite(self, session: str, fact: Fact) -> None:
        known = await self._known(session)
        guests = [case for case, item in known["items"].items() if item["standing"] == "on-agenda"]
        units = [unit.unit for unit in self.town.view(fact["scheme"]).place.units if unit.kind == "department"][:3]
        await self._ask(session, "/invitations", {"units": units, "guests": guests})

    async def _hold(self, session: str, fact: Fact) -> None:
        known = await self._known(session)
        scheme = self.town.scheme(fact["scheme"])
        rule = scheme.sessions[fact["kind"]]
        if rule.opinions:
            leader = await self._leader(session, known["scheme"])
            for case, item in known["items"].items():
                if item["standing"] == "on-agenda":
                    await self._opine(session, case, leader, scheme)
        await self._ask(session, "/holding")
        self._called.pop((scheme.scheme, fact["kind"]), None)

    async def _opine(self, session: str, case: str, leader: str, scheme: Any) -> None:
        story = self.desks.story_of(case)
        body: dict[str, Any] = {"outcome": "resolved", "text": "请牵头单位限期落实。"}
        if story.climbs >= 3 and chance(case, f"opinion-{session}") < 0.6:
            body["outcome"] = "unresolved"
        else:
            units = [unit for unit in self.town.view(scheme.ref).place.units if unit.kind == "department"]
            first = units[int(chance(case, "lead") * len(units))].unit
            body |= {
                "units": [first],
                "lead": first,
                "due_on": self.town.worked(self.town.today() + timedelta(days=1), 9).isoformat(),
            }
        try:
            await self._ask(session, f"/items/{case}/opinion", body, role="leader", unit=leader)
        except Refusal as refusal:
            if refusal.rule not in ("case-closed", "case-withdrawn"):
                raise

    def held(self, fact: Fact) -> None:
        session = fact["case"]
        rule = self.town.scheme(fact["scheme"]).sessions[fact["kind"]]
        if rule.opinions and fact["items"]:
            self.town.diary.later(1, f"{session}-7", lambda: self._put_opinions(session))
        if rule.minutes:
            self.town.diary.later(2, f"{session}-9", lambda: self._ask(session, "/minutes", {"text": "会议纪要"}))

    async def _put_opinions(self, session: str) -> None:
        known = await self._known(session)
        leader = await self._leader(session, known["scheme"])
        await self._ask(session, "/opinions-document", {"text": "企业请求协调解决事项处理意见"})
        await self._ask(session, "/opinions-document/submission")

        async def approve() -> None:
            await self._ask(
                session, "/opinions-document/approval", {"version": 1, "approved": True}, role="leader", unit=leader
            )

        self.town.diary.later(1, f"{session}-8", approve)
