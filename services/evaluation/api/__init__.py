"""What can be asked of evaluation over HTTP, by who asks: enterprises and callers, overseers, protected tracks."""

from fastapi import APIRouter

from libs.policy.directory import Directory
from libs.routes import answer
from libs.service import Service
from services.evaluation.api import accountability, cases, oversight, protected, ratings
from services.evaluation.invitation import Codes
from services.evaluation.stores import Stores


def routes(service: Service, stores: Stores, codes: Codes, directory: Directory) -> APIRouter:
    router = APIRouter()
    answer(
        router,
        ratings.routes(service, stores, codes),
        cases.routes(service, stores, directory),
        oversight.routes(service, stores),
        accountability.routes(service, stores, directory),
        protected.routes(service, stores),
    )
    return router
