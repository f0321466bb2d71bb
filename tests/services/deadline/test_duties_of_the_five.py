"""When each duty of the five regulations is due around 10 November 2026: counted by hand from the texts.

15 November is a Sunday and 31 October a Saturday; both are put off to the Monday after (§3.12). The columns: row, scheme,
duty, period, last day."""

from datetime import date

import pytest
from story import CN, SCHEMES

from libs.policy.duty import DutyRule

DUE = """
000-01 county-reception-day   reception-days           2026-11    2026-11-30
000-27 county-reception-day   inspection               2026-Q4    2026-12-31
000-28 county-reception-day   column                   2026-11    2026-11-10
000-33 county-reception-day   joint-meeting            2026-Q4    2026-12-31
001-45 chaozhou-direct-line   summary-to-leaders       2026-11    2026-11-16
001-51 chaozhou-direct-line   follow-up                2026-11    2026-11-30
002-06 kaihua-call-and-answer half-monthly-talk        2026-11-A  2026-11-16
002-31 kaihua-call-and-answer service-report           2026-Q4    2026-12-31
002-32 kaihua-call-and-answer officers-shown           2026-Q4    2026-12-31
002-37 kaihua-call-and-answer annual-assessment        2026       2026-12-31
003-02 suqian-enterprises     chief-officers-collected 2026-11    2026-11-30
003-03 suqian-enterprises     chief-officers-solved    2026-11    2026-11-30
003-07 suqian-window          bad-ratings              2026-11    2026-11-10
003-09 suqian-enterprises     contact                  2026-11    2026-11-30
003-13 suqian-enterprises     leaders-visits           2026-Q4    2026-12-31
003-14 suqian-enterprises     visit                    2026-Q4    2026-12-31
003-15 suqian-enterprises     visits-verified          2026-H2    2026-12-31
003-16 suqian-enterprises     talk                     2026-Q4    2026-12-31
003-21 suqian-12345           hotline-circular         2026-11    2026-11-10
003-22 suqian-12345           trends                   2026-11    2026-11-30
003-35 suqian-enterprises     ledger                   2026-11    2026-11-25
003-36 suqian-enterprises     analysis-meeting         2026-11    2026-11-30
003-40 suqian-enterprises     forum                    2026-H2    2026-12-31
003-41 suqian-mayor-line      special-inspection       2026-Q4    2026-12-31
003-43 suqian-enterprises     stars                    2026-H2    2026-12-31
004-06 cadres-and-enterprises service                  2026-11    2026-11-30
004-08 cadres-and-enterprises operations               2026-11    2026-11-30
004-12 cadres-and-enterprises efficiency-checks        2026-12-31 2026-12-31
004-15 cadres-and-enterprises lists                    2026-10-31 2026-11-02
004-16 cadres-and-enterprises full-service             2026-11-30 2026-11-30
004-20 cadres-and-enterprises open-and-secret-checks   2026-11    2026-11-30
004-21 cadres-and-enterprises policy-inspection        2026-11    2026-11-30
004-25 cadres-and-enterprises own-plan                 2026-10-31 2026-11-02
"""


def rule_of(scheme: str, duty: str) -> tuple[DutyRule, date]:
    law = SCHEMES.in_force(scheme, date(2026, 11, 10))
    assert law is not None
    return law.duties[duty], law.in_force.from_


@pytest.mark.parametrize("line", DUE.strip().splitlines())
def test_each_duty_is_due_when_its_text_says(line: str) -> None:
    _row, scheme, duty, period, last = line.split()
    rule, since = rule_of(scheme, duty)
    term = rule.term_on(since, date(2026, 11, 10))
    assert (term.period, rule.days(term, CN)[1].isoformat()) == (period, last)


def test_the_ledger_of_november_is_octobers() -> None:
    """003-35, §3.12: 前一个月 on 25 November."""
    rule, since = rule_of("suqian-enterprises", "ledger")
    assert rule.term_on(since, date(2026, 11, 10)).about == "2026-10"
