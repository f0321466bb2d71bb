"""Codes by which an enterprise signs in: sent to who asked for one just now, at any hour, and not kept."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from libs.identity import Act
from libs.policy.refused import Refused
from libs.service import Asked, may
from services.notification.sending import PostRoom
from services.notification.templates import Template

TEMPLATES = {"zh": "sign-in-code", "en": "sign-in-code-en"}


class SignInCode(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    phone: Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    language: Literal["zh", "en"] = "zh"


def code_routes(post: PostRoom, templates: Mapping[str, Template]) -> APIRouter:
    """Raises `KeyError` when a language has no template."""
    words = {language: templates[name] for language, name in TEMPLATES.items()}
    router = APIRouter()

    @router.post("/sign-in-codes", status_code=202, dependencies=[may(Act.SEND_SIGN_IN_CODE)])
    async def send(ask: Asked, body: SignInCode) -> dict[str, bool]:
        """The same request (`Idempotency-Key`) again is the same message to the provider."""
        result = await post.send_at_once(ask.id, words[body.language], {"code": body.code}, body.phone)
        if result.outcome not in ("sent", "delivered", "unknown"):
            raise Refused("not-sent", "the short message could not be sent now; try again", status=503)
        return {"sent": True}

    return router
