"""Who is written to when Suqian serves enterprises: the scheme's letters after what happens."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.events import CaseAnswered, CaseProgressed
from contracts.record import derive_id
from libs.files import load_schemes
from services.notification import domain

REF = "suqian-enterprises@2024-02-23"
SCHEME = load_schemes(Path("deploy/schemes"))[REF]


@pytest.mark.parametrize(
    ("kind", "fields", "template"),
    [
        (CaseProgressed, {"subject": "d1", "unit": "shi_gongdian"}, "progressed"),
        (CaseAnswered, {"unit": "shi_gongdian", "outcome": "solved"}, "answered"),
    ],
)
def test_the_enterprise_hears_how_its_matter_goes_and_how_it_ended(kind: Any, fields: Any, template: str) -> None:
    """003-12: 对线上收集企业问题和建议办理情况及时反馈企业"""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    event = kind(id=derive_id(template), cause="", scheme=REF, at=at, case="ZT-7K3M9QXA2B4D6F8H", **fields)
    assert [(one.audience, one.template) for one in domain.called_for(event, SCHEME)] == [("enterprise", template)]
