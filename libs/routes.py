"""Routes of several modules answered by one app."""

from fastapi import APIRouter, FastAPI


def answer(app: FastAPI | APIRouter, *routers: APIRouter) -> None:
    """Let `app` answer what these routers answer, which name their whole paths and their conditions themselves.

    FastAPI's `include_router` would add prefixes and conditions of its own, and for that analyses every route once more.
    """
    for router in routers:
        app.routes.extend(router.routes)
