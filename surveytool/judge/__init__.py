"""Rules and people judging: what a judgement changes is what stands, never what was sent."""

from surveytool.judge.judgements import exclude_answer, exclude_form, exclude_item, judge_by_rule, withdraw
from surveytool.judge.standing import rebuild, rewrite

__all__ = ["exclude_answer", "exclude_form", "exclude_item", "judge_by_rule", "rebuild", "rewrite", "withdraw"]
