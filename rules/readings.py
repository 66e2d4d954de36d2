"""What words of plan documents mean as arithmetic: one table for all plans, which docs/readings.md explains.

A commitment whose phrase has such a word follows the table, or says in its own `reading` why it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dabiao.base.problems import Term
from dabiao.rules.model import Commitment, Plan

_STEP = re.compile(r"(?:>=|=|==)\s*([a-z][a-z0-9_]*)")
_LASTING = re.compile(
    "持续|继续|坚持|始终|保持|常态化|长期|每年|每季|每月|随时|日常|不间断|不断|一直|经常|稳定|历年|年均|当年"
)
_EXCLUDED = re.compile(r"\(\?!.*?\)")
_FOR_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\(\?:(.*?)\)"), lambda found: f"（{found[1]}）".replace("|", "\0")),
    (re.compile(r"\[(.*?)\]"), lambda found: "/".join(found[1])),
    (re.compile(r"\.(?:\{.*?\})?"), lambda _: "…"),
)
_TRIED = {"drafted", "studied", "piloted", "trial", "prepared"}
_BEGUN = {"none", "planned"}


@dataclass(frozen=True, slots=True)
class UsualReading:
    """How certain words are read in every plan.

    `words` is a pattern of the words. `follows` tells whether a commitment reads them so; None where only a person can tell.
    """

    id: str
    words: re.Pattern[str]
    follows: Callable[[Commitment], bool] | None = None

    @property
    def meaning(self) -> Term:
        """The arithmetic the words stand for."""
        return Term(f"reading.{self.id}")

    @property
    def shown_words(self) -> str:
        """The words as a reader would write them, without what must not follow them."""
        shown = _EXCLUDED.sub("", self.words.pattern).replace("\\d{4}年?", "某年")
        for pattern, text in _FOR_READERS:
            shown = pattern.sub(text, shown)
        return shown.replace("|", "、").replace("\0", "、")

    def is_in(self, commitment: Commitment) -> bool:
        """Whether the cited phrase has one of the words."""
        return self.words.search(commitment.cite.phrase) is not None


@dataclass(frozen=True, slots=True)
class ReadingUse:
    """A reading of the table and the commitments whose phrases have one of its words."""

    usual: UsualReading
    commitments: tuple[Commitment, ...]


def find_readings(plan: Plan) -> tuple[ReadingUse, ...]:
    """Return which commitments use which reading of the table, in its order."""
    return tuple(
        ReadingUse(usual, tuple(c for c in plan.commitments.values() if usual.is_in(c))) for usual in USUAL_READINGS
    )


def departs(usual: UsualReading, commitment: Commitment) -> bool:
    """Whether a commitment reads words of the table otherwise, without a `reading` that says why."""
    if usual.follows is None or commitment.manual or commitment.reading is not None:
        return False
    return usual.is_in(commitment) and not usual.follows(commitment)


def _asked_steps(commitment: Commitment) -> set[str]:
    """Return the steps of ladders that a commitment asks for, by the words written."""
    targets = {bound.target.text for bound in commitment.bounds if commitment.steps}
    return targets | {step for text in commitment.expressions() for step in _STEP.findall(text)}


def _is_tried(commitment: Commitment) -> bool:
    """Whether what is explored has to be drafted or tried, not only planned, and not yet in general force."""
    steps = _asked_steps(commitment)
    return bool(steps & _TRIED) or not commitment.steps


def _is_more_than_planned(commitment: Commitment) -> bool:
    return not _asked_steps(commitment) & _BEGUN


def _has_no_ceiling(commitment: Commitment) -> bool:
    """Whether more than promised is never a failure."""
    return all(bound.operator in (">=", ">") for bound in commitment.bounds)


def _counts_new(commitment: Commitment) -> bool:
    """Whether what is counted came after the baseline year."""
    return any(word in text for text in commitment.expressions() for word in ("change(", "total(", "new_"))


def _is_steady(commitment: Commitment) -> bool:
    """Whether no single year is asked for strictly more than the year before."""
    return commitment.against != "last_year" or commitment.direction not in ("increase", "decrease")


def _is_whole(commitment: Commitment) -> bool:
    """Whether all of them are asked for, not one."""
    return not any("count(" in text and re.search(r">=\s*1\b", text) for text in commitment.expressions())


def _is_gradual(commitment: Commitment) -> bool:
    return commitment.strength != "unstated"


USUAL_READINGS: tuple[UsualReading, ...] = (
    UsualReading("explored", re.compile("探索"), _is_tried),
    UsualReading("piloted", re.compile("试点"), _is_more_than_planned),
    UsualReading("made", re.compile("建立|制定|出台|印发|编制|制订"), _is_more_than_planned),
    UsualReading("improved", re.compile("完善|健全|加强|强化|优化|深化|发挥|巩固")),
    UsualReading("carried-out", re.compile("落实|贯彻|执行"), _is_more_than_planned),
    UsualReading("promoted", re.compile("推进|推动"), _is_more_than_planned),
    UsualReading(
        "in-step",
        re.compile("同步(?!推进|开展|实施|建设|规划|落实|进行|设计|考虑|配套|交付|验收)|协调适应|相适应"),
        _has_no_ceiling,
    ),
    UsualReading("levels", re.compile("[二两三四]级(?!以上|甲|医|标准|及|公|医院|指标)|三个层面"), _is_whole),
    UsualReading("some", re.compile("一批"), _counts_new),
    UsualReading("steadily", re.compile("稳步|不断|逐年|持续(?:提高|提升|增长|扩大|壮大|增加|改善)"), _is_steady),
    UsualReading("gradually", re.compile("逐步"), _is_gradual),
    UsualReading("strive", re.compile("力争"), _has_no_ceiling),
    UsualReading("promptly", re.compile("及时")),
    UsualReading("mostly", re.compile("基本(?:覆盖|实现|建成|形成|满足|普及|健全|完善|消除|达到)")),
    UsualReading("first", re.compile("优先")),
    UsualReading("all", re.compile("全覆盖|全部|应.尽.|每一|全面覆盖")),
    UsualReading("wider", re.compile("扩大.{0,8}(?:范围|覆盖面)|拓宽|拓展")),
    UsualReading("curbed", re.compile("遏制")),
    UsualReading("fewer", re.compile("减少|降低|压缩|缩小")),
    UsualReading("banned", re.compile("严禁|禁止|杜绝|不得")),
    UsualReading("lasting", re.compile("持续(?!提高|提升|增长|扩大|壮大|增加|改善)|继续|坚持|始终|常态化")),
    UsualReading("before", re.compile(r"\d{4}年?(?:之前|以前|前)")),
    UsualReading("encouraged", re.compile("鼓励|引导")),
    UsualReading("triggered", re.compile("取缔|取消|追究|约谈|清退")),
)
"""The readings, in the order of docs/readings.md; the messages `reading.ID` say what each stands for."""


def is_stated_to_last(commitment: Commitment) -> bool:
    """Whether the phrase says that something holds all the time: else a due time of every year is implied."""
    return _LASTING.search(commitment.cite.phrase) is not None
