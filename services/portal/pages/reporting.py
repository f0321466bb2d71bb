"""Reporting retaliation or officials' conduct: read by few, kept apart, and found nowhere else. 003-25, 004-13"""

from typing import Any, NamedTuple

from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError

from contracts.record import CaseNumber
from libs.policy.directory import Unit
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.typed_right import check_length, check_phone, tidy_phone

TEXT_MOST = 5000
POLICE = "police"
KINDS = {
    "retaliation": (
        "因提出诉求、作出差评而遭到打击报复、刁难",
        "Retaliation or harassment after an appeal or a bad rating",
    ),
    "conduct": (
        "机关单位或工作人员作风问题：推诿、拖延、吃拿卡要、乱作为",
        "Conduct of offices or officials: shirking, delay, asking for favours, abuse",
    ),
}
READERS = {"retaliation": "discipline", "conduct": "conduct"}
"""Whose inspectors alone read a kind of report."""


class Track(NamedTuple):
    """A kind of report that a scheme takes, and who reads it."""

    kind: str
    scheme: str
    reader: Unit

    @property
    def code(self) -> str:
        return f"{self.kind}:{self.scheme}"


def open_tracks(desk: Desk) -> list[Track]:
    """Where reports are taken today."""
    directory = desk.office.directory
    found: list[Track] = []
    for name in desk.office.service.schemes.names():
        scheme = desk.office.service.schemes.in_force(name, desk.today)
        if scheme is None or name not in directory.by_scheme:
            continue
        audiences = directory.by_scheme[name].audiences
        found += [
            Track(kind, name, directory.by_unit[audiences[READERS[kind]]])
            for kind in scheme.oversight.reports
            if READERS[kind] in audiences
        ]
    return found


def report_page(desk: Desk, form: Form | None = None) -> Response:
    tracks = open_tracks(desk)
    places = {desk.office.directory.by_scheme[track.scheme].jurisdiction for track in tracks}
    units = [
        (unit.unit, desk.t(unit.zh, unit.en))
        for place in desk.office.directory.jurisdictions
        if place.jurisdiction in places
        for unit in place.units
        if unit.kind != "leader"
    ]
    several = len({track.scheme for track in tracks}) > len({track.kind for track in tracks})
    choices = [(track.code, _called(desk, track, several)) for track in tracks]
    police = desk.t("强迫交易、暴力讨债、黑恶势力等治安案件", "Forced deals, violent debt collection, gangs")
    answer = desk.page(
        "enterprise/report.html", form=form, tracks=tracks, units=units, choices=[*choices, (POLICE, police)]
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _called(desk: Desk, track: Track, several: bool) -> str:
    place = desk.office.directory.by_scheme[track.scheme]
    return desk.t(*KINDS[track.kind]) + (f" · {desk.t(place.zh, place.en)}" if several else "")


def reporting_of(form: Form, track: Track | None) -> dict[str, Any]:
    """What intake is told; nothing of the person where none is given."""
    body: dict[str, Any] = form.body("text", "about", "case", "enterprise")
    kind, scheme = (track.kind, track.scheme) if track else (POLICE, "")
    if form["name"]:
        body["reporter"] = form.body("name", "phone")
    return body | {"track": kind, "scheme": scheme}


def check(desk: Desk, form: Form, tracks: list[Track]) -> None:
    form.values["phone"] = [tidy_phone(form["phone"])]
    form.values["case"] = [form["case"].upper()]
    form.lacks(
        {
            "what": desk.t("请选择要反映的问题", "Choose what it is about"),
            "text": desk.t("请写明时间、单位和经过", "Say when, who and what happened"),
        }
    )
    if form["what"] and form["what"] not in (POLICE, *(track.code for track in tracks)):
        form.errors["what"] = desk.t("请选择要反映的问题", "Choose what it is about")
    check_length(form, "text", TEXT_MOST, desk.t)
    if form["case"] and not _is_case_number(form["case"]):
        form.errors["case"] = desk.t(
            "受理编号形如 ZT-7K3M9QXA2B4D6F8H，请核对，也可以不填",
            "A number looks like ZT-7K3M9QXA2B4D6F8H; compare it, or leave it out",
        )
    if form["name"] or form["phone"]:
        form.lacks(
            {
                "name": desk.t("填写了电话，也请填写称呼", "You gave a phone; say also whom to ask for"),
                "phone": desk.t("填写了姓名，也请填写手机号码", "You gave a name; give also a mobile number"),
            }
        )
        check_phone(form, "phone", desk.t)


def _is_case_number(text: str) -> bool:
    try:
        TypeAdapter(CaseNumber).validate_python(text)
    except ValidationError:
        return False
    return True


def routes() -> APIRouter:
    router = APIRouter(prefix="/report")

    @router.get("")
    async def begin(desk: AtDesk) -> Response:
        desk.visitor.as_enterprise()
        return report_page(desk)

    @router.post("")
    async def send(desk: AtDesk) -> Response:
        """The number is shown once, on the answer itself: neither an address nor a cookie nor a list ever holds it."""
        form = await desk.form()
        tracks = open_tracks(desk)
        track = next((one for one in tracks if one.code == form["what"]), None)
        if form["what"] == POLICE:
            form.errors["what"] = desk.t(
                "这类情况请立即拨打 110 或到就近派出所报警，本页不受理，也没有留存您填写的内容。",
                "For this call 110 or go to the nearest police station at once. This page does not take it, and kept "
                "nothing of it.",
            )
        else:
            check(desk, form, tracks)

        async def again(form: Form) -> Response:
            return report_page(desk, form)

        async def act() -> Response:
            made = await desk.office.peers.post(
                desk.visitor.as_enterprise(form["once"]), "intake", "/reports", reporting_of(form, track), key=form.once
            )
            answer = desk.page("enterprise/reported.html", report=made["report"], track=track)
            answer.headers["cache-control"] = "no-store"
            return answer

        if form.bad or track is None:
            answer = await again(form)
            answer.status_code = 422
            return answer
        return await desk.carry_out(form, act, again)

    return router
