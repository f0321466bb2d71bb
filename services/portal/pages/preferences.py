"""Language and type size: kept in cookies, for whoever looks."""

from fastapi import APIRouter, Response

from services.portal.desk import AtDesk

YEAR_SECONDS = 31_536_000


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/preferences")
    async def prefer(desk: AtDesk) -> Response:
        form = await desk.form()
        back = form["back"]
        answer = desk.on(back if back.startswith("/") and not back.startswith("//") else "/")
        for name, allowed in (("lang", ("zh", "en")), ("large", ("yes", "no"))):
            if form[name] in allowed:
                answer.set_cookie(name, form[name], max_age=YEAR_SECONDS, httponly=True, samesite="lax")
        return answer

    return router
