"""Rules and people judging: what a judgement changes is what stands, never what was sent."""

from surveytool.judge.judgements import (
    checks_that_hold,
    exclude_answer,
    exclude_form,
    exclude_item,
    flag,
    judge_by_rule,
    renew,
    withdraw,
)
from surveytool.judge.standing import rebuild, rewrite

__all__ = [
    "checks_that_hold",
    "exclude_answer",
    "exclude_form",
    "exclude_item",
    "flag",
    "judge_by_rule",
    "rebuild",
    "renew",
    "rewrite",
    "withdraw",
]
