"""The expression language: how it is read, what it refuses, and at which column."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from dabiao.base.problems import Location, Problem, Refused
from dabiao.rules.algebra import Sum
from dabiao.rules.compile import Scope, compile_condition, compile_value
from dabiao.rules.expressions import (
    MAX_LENGTH,
    MAX_NESTING,
    Aggregate,
    Arithmetic,
    Comparison,
    Logic,
    Lookup,
    Name,
    Number,
    Tree,
    _fold,
    parse_expression,
)
from dabiao.rules.model import Value
from dabiao.rules.shape import Source
from dabiao.rules.walks import leaves
from helpers import commitment, make_plan, measure
from hypothesis import given
from hypothesis import strategies as st

PLAN = make_plan(
    measure("beds", of="home")
    + measure("nursing", of="home")
    + measure("public", "yes_no: true", of="home")
    + measure("stars", "ladder: rating", of="home")
    + measure(
        "sort", "options: [{id: day, title: {zh: 日托, en: D}}, {id: night, title: {zh: 夜托, en: N}}]", of="home"
    )
    + measure("orgs", "unit: 家, baseline: 100 家")
    + measure("people", "unit: 万人")
    + measure("pay", "unit: 元/人/月")
    + measure("rate", 'unit: "%"')
    + measure("gdp", 'unit: "%", signed: true')
    + measure("area", "unit: 平方米")
    + measure("ratio", "unit: 比值")
    + measure("law", "ladder: deliverable")
    + measure("law_text", "ladder: deliverable")
    + measure("orgs", "unit: 家", of="town")
    + measure("growth", "formula: change(orgs) / baseline(orgs)"),
    commitment("c", "measure: rate\nat_least: 80 %\ndue: 2025"),
)


def source(text: str) -> Source:
    """Return an expression at column 1 of line 1."""
    return Source(text, Location("demo", 1, 1))


def show(tree: Tree) -> str:
    """Write a tree with a bracket around every operation."""
    match tree:
        case Number(_, text):
            return text
        case Name(name):
            return name
        case Arithmetic(operator, left, right) | Comparison(operator, left, right):
            return f"({show(left)} {operator} {show(right)})"
        case Logic("not", (operand,)):
            return f"(not {show(operand)})"
        case Logic(operator, operands):
            return "(" + f" {operator} ".join(map(show, operands)) + ")"
        case Lookup(function, name):
            return f"{function}({name.name})"
        case Aggregate(function, argument, kind, where):
            of = f"{show(argument)} of " if argument else ""
            return f"{function}({of}{kind.name}{f' where {show(where)}' if where else ''})"
    raise AssertionError(tree)


def compiled(text: str, kind: str = "district", like: str = "") -> Value:
    """Compile a value; `like` is the value it is compared with."""
    scope = Scope(kind, PLAN.kinds, PLAN.measures)
    return compile_value(source(text), scope, compile_value(source(like), scope) if like else None)


def number(text: str) -> Fraction | None:
    """Return what an expression without measures comes to, in base units."""
    return compiled(text).form.number


def refusal(text: str, kind: str = "district", like: str = "", condition: bool = False) -> tuple[Problem, int]:
    """Return the problem of a broken expression, and the column where « marks it."""
    column = text.index("«") + 1
    with pytest.raises(Refused) as refused:
        if condition:
            compile_condition(source(text.replace("«", "")), Scope(kind, PLAN.kinds, PLAN.measures))
        else:
            compiled(text.replace("«", ""), kind, like)
    (problem,) = refused.value.problems
    return problem, column


@pytest.mark.parametrize(("text", "tree"), [
    ("a + b * c", "(a + (b * c))"),
    ("a - b - c", "((a - b) - c)"),
    ("a / b / c", "((a / b) / c)"),
    ("a / b * c", "((a / b) * c)"),
    ("(a + b) * c", "((a + b) * c)"),
    ("a + b >= c * d", "((a + b) >= (c * d))"),
    ("a or b and c", "(a or (b and c))"),
    ("(a or b) and c", "((a or b) and c)"),
    ("not a and b", "((not a) and b)"),
    ("not (a and b)", "(not (a and b))"),
    ("not a = b", "(not (a = b))".replace("=", "==")),
    ("not not a", "(not (not a))"),
    ("a and b and c or d", "((a and b and c) or d)"),
    ("a > 1 and b < 2 or c != 3", "(((a > 1) and (b < 2)) or (c != 3))"),
    ("-a * b", "((0 - a) * b)"),
    ("-3 + a", "(-3 + a)"),
    ("a - -3", "(a - -3)"),
    ("a=b", "(a == b)"),
    ("a==b", "(a == b)"),
    ("count(home)", "count(home)"),
    ("count(home where beds >= 50 and public)", "count(home where ((beds >= 50) and public))"),
    ("sum(beds of home where stars >= three)", "sum(beds of home where (stars >= three))"),
    ("share(a / b >= 2 % of home)", "share(((a / b) >= 2 %) of home)"),
    ("average(change(beds) of home)", "average(change(beds) of home)"),
    ("sum(a of home) / sum(b of home)", "(sum(a of home) / sum(b of home))"),
    ("count(town where count(centre) >= 1) / count(town)", "(count(town where (count(centre) >= 1)) / count(town))"),
    ("town.orgs + 'x'", "(town.orgs + x)"),
    ("baseline(orgs) + 400 个", "(baseline(orgs) + 400 个)"),
    ("  a\t+  b ", "(a + b)"),
    ("notable and order", "(notable and order)"),
])  # fmt: skip
def test_precedence(text: str, tree: str) -> None:
    """Products bind closer than sums, sums than comparisons, then not, and, or; equals group from the left."""
    assert tree == show(parse_expression(source(text)))


@pytest.mark.parametrize(("text", "value", "unit"), [
    ("50 张", Fraction(50), "张"), ("50张", Fraction(50), "张"), ("0.28 万人", Fraction(2800), "万人"),
    ("1.2 亿元", Fraction(120_000_000), "亿元"), ("2,800人", Fraction(2800), "人"), ("90 亩", Fraction(60_000), "亩"),
    ("2200 元/人/月", Fraction(2200 * 12), "元/人/月"), ("10.4 张/千人", Fraction(104, 10_000), "张/千人"),
    ("40 名/万人", Fraction(40, 10_000), "名/万人"), ("80 %", Fraction(4, 5), "%"), ("80%", Fraction(4, 5), "%"),
    ("5.5 ‰", Fraction(55, 10_000), "‰"), ("1 百分点", Fraction(1, 100), "百分点"), ("3 pp", Fraction(3, 100), "pp"),
    ("1:4", Fraction(1, 4), "1:n"), ("1 : 7", Fraction(1, 7), "1:n"), ("1.5 倍", Fraction(3, 2), "倍"),
    ("74.47 %", Fraction(7447, 10_000), "%"), ("0.29", Fraction(29, 100), ""), ("1,234,567", Fraction(1_234_567), ""),
    ("30 minute", Fraction(30), "minute"), ("500 bed", Fraction(500), "bed"), ("3 m2", Fraction(3), "m2"), ("3 m²", Fraction(3), "m2"),
    ("3 ㎡", Fraction(3), "m2"), ("2 km²", Fraction(2_000_000), "km2"), ("12 元/人·月", Fraction(144), "元/人·月"), ("80 percent", Fraction(4, 5), "%"),
    ("5 元/m2", Fraction(5), "元/m2"), ("100 CNY/person", Fraction(100), "CNY/person"), ("100 件/万人", Fraction(1, 100), "件/万人"),
    ("12 元/person*month", Fraction(144), "元/person*month"), ("３ｍ²", Fraction(3), "m2"),
    ("33分钟50秒", Fraction(203, 6), "分钟"), ("1 hour 20 minutes", Fraction(80), "hour"), ("２小时 ３０ 分", Fraction(150), "小时"),
    ("２８００ 人", Fraction(2800), "人"), ("８０ ％", Fraction(4, 5), "%"), ("１：４", Fraction(1, 4), "1:n"),
])  # fmt: skip
def test_quantities(text: str, value: Fraction, unit: str) -> None:
    """A quantity is exact, in base units, and keeps the unit it was written with."""
    found = compiled(text)
    assert (value, unit) == (found.form.number, found.unit.symbol)


def test_a_latin_name_behind_a_sign_is_a_unit_if_it_names_one() -> None:
    """10 张/m2 has one unit; 10 张/beds divides by the measure; where a measure is called as a unit, spaces tell it."""
    area = make_plan(
        measure("m2", "unit: 平方米") + measure("beds"), commitment("c", "measure: beds\nat_least: 1 张\ndue: 2025")
    )
    scope = Scope("district", area.kinds, area.measures)
    assert "张/m2" == compiled("10 张/m2").unit.symbol
    assert compile_value(source("10 张 / beds"), scope) == compile_value(source("10 张/beds"), scope)
    assert ["m2"] == [leaf.measure for leaf in leaves(compile_value(source("10 张 / m2"), scope).form)]
    with pytest.raises(Refused) as refused:
        compile_value(source("10 张/m2"), scope)
    assert ["unit-or-measure"] == [p.code for p in refused.value.problems]


def test_words_of_the_language_are_no_units() -> None:
    """A number may stand before and, or, of and where."""
    assert "((orgs > 3) and (orgs < 9))" == show(parse_expression(source("orgs > 3 and orgs < 9")))
    assert (
        "sum(3 of town)"
        == show(parse_expression(source("sum(3 of town where orgs > 3 or orgs < 1)"))).partition(" where")[0] + ")"
    )


@pytest.mark.parametrize(("wide", "plain"), [
    ("ｒａｔｅ ≥ ８０ ％", "rate >= 80 %"), ("rate≤80％", "rate <= 80 %"), ("rate ≠ 80 %", "rate != 80 %"),
    ("rate ＞ 80 %", "rate > 80 %"), ("（orgs ＋ 5）＊ 2 ＜ 9 家", "(orgs + 5) * 2 < 9 家"),
    ("orgs　／　2 ＝ 5", "orgs / 2 = 5"), ("not （rate ≥ 80 ％）", "not (rate >= 80 %)"),
])  # fmt: skip
def test_full_width(wide: str, plain: str) -> None:
    """Full-width letters, digits, signs and spaces mean the same as plain ones."""
    scope = Scope("district", PLAN.kinds, PLAN.measures)
    assert compile_condition(source(plain), scope) == compile_condition(source(wide), scope)


@given(st.text(st.sampled_from("a5 %≥≠＞ｒ（㎡½①Å가각ｶﾞé\u0301\u1100\u1161张")))
def test_folding_is_sign_by_sign(text: str) -> None:
    """A text is folded as its signs are one by one, and each folded sign has the place of the one it comes from."""
    signs = {"≥": ">=", "≤": "<=", "≠": "!="}
    one_by_one = ["".join(signs.get(part, part) for part in unicodedata.normalize("NFKC", sign)) for sign in text]
    folded, places = _fold(text)
    assert "".join(one_by_one) == folded
    assert [at for at, part in enumerate(one_by_one) for _ in part] + [len(text)] == list(places)


@pytest.mark.parametrize(("text", "value"), [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("8 - 4 - 2", 2), ("8 / 4 / 2", 1), ("-2 * 3", -6), ("2 - -3", 5),
    ("1 / 3 + 1 / 6", Fraction(1, 2)), ("0.1 + 0.2", Fraction(3, 10)), ("3 % + 2 %", Fraction(1, 20)),
    ("1 万人 / 1 人", 10_000), ("-(1 + 2)", -3), ("--1", 1),
])  # fmt: skip
def test_arithmetic(text: str, value: Fraction) -> None:
    """Arithmetic is exact: a tenth and two tenths are three tenths."""
    assert value == number(text)


def pairs(inner: st.SearchStrategy[tuple[str, Fraction]]) -> st.SearchStrategy[tuple[str, Fraction]]:
    """Join two expressions of known value by an operator."""

    def joined(left: tuple[str, Fraction], sign: str, right: tuple[str, Fraction]) -> tuple[str, Fraction]:
        a, b = left[1], right[1]
        value = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else Fraction(0)}[sign if b else "+"]
        return f"({left[0]} {sign if b else '+'} {right[0]})", value

    return st.builds(joined, inner, st.sampled_from("+-*/"), inner)


NUMBERS = st.decimals(0, 10_000, places=2).map(lambda d: (f"{d:f}", Fraction(d)))


@given(st.recursive(NUMBERS, pairs, max_leaves=12))
def test_any_arithmetic(case: tuple[str, Fraction]) -> None:
    """Whatever is written with numbers, brackets and the four operations comes to its exact rational value."""
    text, value = case
    assert value == number(text)


@pytest.mark.parametrize(("text", "code"), [
    ("orgs +«", "unexpected-in-expression"), ("orgs + «)", "unexpected-in-expression"),
    ("«", "unexpected-in-expression"), ("orgs «orgs", "unexpected-in-expression"), ("orgs «# 2", "unexpected-in-expression"),
    ("(orgs«", "expected-in-expression"), ("count(home«", "expected-in-expression"),
    ("sum(beds «home)", "expected-in-expression"), ("count(«5)", "unexpected-in-expression"),
    ("count(home where«", "unexpected-in-expression"), ("sum(beds of «)", "unexpected-in-expression"),
    ("last(«1)", "unexpected-in-expression"), ("rate > 1 % «> 2 %", "unexpected-in-expression"),
    ("rate >«> 2 %", "unexpected-in-expression"), ("«most(orgs)", "unknown-function"), ("max(orgs«)", "expected-in-expression"), ("orgs «'x", "unexpected-in-expression"),
    ("«5 e3", "bad-number"), ("orgs / «5 orgs", "unknown-unit"), ("1.5«.2", "unexpected-in-expression"), ("«1:0", "bad-number"),
    ("orgs + «3 平方来", "unknown-unit"), ("rate ≥ 80 ％ and «orgz > 3", "unknown-measure"),
    ("rate ≥ 80 % and rate ≤ 90 % or «orgz > 3", "unknown-measure"), ("（orgs ＋ «orgz） ＞ 3", "unknown-measure"),
    ("«__import__('os')", "unexpected-in-expression"), ("orgs«; orgs", "unexpected-in-expression"),
    ("orgs *«* 2", "unexpected-in-expression"), ("lambda«: 1", "unexpected-in-expression"),
])  # fmt: skip
def test_columns(text: str, code: str) -> None:
    """What is not understood is refused at its own column, whatever full-width signs stand before it."""
    problem, column = refusal(text, condition="≥" in text or "＞" in text)
    assert (code, 1, column) == (problem.code, problem.location.line, problem.location.column)


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("-", ""), ("not ", "")])
def test_nesting_limit(opening: str, closing: str) -> None:
    """An expression may be nested forty deep, and one deeper is refused."""
    assert 40 == MAX_NESTING
    parse_expression(source(opening * MAX_NESTING + "rate" + closing * MAX_NESTING))
    with pytest.raises(Refused) as refused:
        parse_expression(source(opening * (MAX_NESTING + 1) + "rate" + closing * (MAX_NESTING + 1)))
    (problem,) = refused.value.problems
    assert ("too-deep", MAX_NESTING) == (problem.code, problem.details["limit"])


def test_length_limit() -> None:
    """An expression may have two thousand characters, and one more is refused."""
    assert 2000 == MAX_LENGTH
    longest = "1" + " " * (MAX_LENGTH - 1)
    assert 1 == number(longest)
    problem, _ = refusal(f"{longest} «")
    assert ("text-too-long", MAX_LENGTH + 1) == (problem.code, problem.details["found"])


@pytest.mark.parametrize(("sign", "value"), [("+", 1000), ("-", -998), ("*", 1), ("/", 1)])
def test_longest_chain(sign: str, value: int) -> None:
    """A thousand operands in a row, as many as the length allows, are worked out like two."""
    assert value == number(sign.join(["1"] * 1000))


PRODUCTS = ["*".join(["(rate + gdp + ratio + baseline(rate) + last(rate))"] * 38), "*".join(["orgs"] * 390)]


@pytest.mark.parametrize("text", PRODUCTS, ids=["many-terms", "many-factors"])
def test_what_multiplies_out_without_end(text: str) -> None:
    """A product that multiplies out to thousands of terms is refused, not worked out for hours."""
    with pytest.raises(Refused) as refused:
        compiled(text)
    assert "too-many-terms" == refused.value.problems[0].code


def test_as_many_factors_as_are_allowed() -> None:
    """Two dozen figures are multiplied with one another, and one more is one too many."""
    assert 24 == len(compiled("*".join(["orgs"] * 24)).form.top.terms[0][0])
    with pytest.raises(Refused) as refused:
        compiled("*".join(["orgs"] * 25))
    assert ["too-many-terms"] == [problem.code for problem in refused.value.problems]


def test_as_many_terms_as_are_allowed() -> None:
    """Ten figures times twenty are two hundred terms, and worked out; with one more term they are too many."""
    figures = "".join(measure(f"x{n}", "unit: 家") for n in range(30))
    ten, twenty = (" + ".join(f"x{n}" for n in numbers) for numbers in (range(10), range(10, 30)))
    body = "measure: {} / x0\nat_least: 1 家\ndue: 2025"
    plan = make_plan(figures, commitment("c", body.format(f"({ten}) * ({twenty})")))
    (found,) = (one.value.form for one in plan.commitments.values() if one.value)
    assert 200 == len(found.top.terms)
    with pytest.raises(Refused) as refused:
        make_plan(figures, commitment("c", body.format(f"(({ten}) * ({twenty}) + x0 * x0)")))
    assert ["too-many-terms"] == [p.code for p in refused.value.problems]


def test_formulas_that_multiply_one_another() -> None:
    """Thirty formulas, each the square of the one before, are refused as one small bomb."""
    bomb = measure("x0", "unit: 家") + "".join(measure(f"x{n}", f"formula: x{n - 1} * x{n - 1}") for n in range(1, 31))
    with pytest.raises(Refused) as refused:
        make_plan(bomb, commitment("c", "measure: x0\nat_least: 1 家\ndue: 2025"))
    assert ["too-many-terms"] == [p.code for p in refused.value.problems]


def test_longest_conjunction() -> None:
    """Conditions in a row, as many as the length allows, are read as one list, not as a tower."""
    tree = parse_expression(source(" and ".join(["rate > 1"] * 153)))
    assert isinstance(tree, Logic)
    assert 153 == len(tree.operands)


@pytest.mark.parametrize(("text", "like", "code"), [
    # a bare number where it could mean two things
    ("«80", "rate", "bare-number"), ("«0.28", "people", "bare-number"), ("«1", "rate - gdp", "bare-number"),
    ("rate «> 80", "", "bare-number"), ("people «>= 2800", "", "bare-number"),
    # percent against percentage points
    ("«5 百分点", "rate", "percent-or-points"), ("«5 %", "change(rate)", "percent-or-points"),
    ("«5 %", "rate - gdp", "percent-or-points"), ("baseline(rate) «+ 5 %", "", "percent-or-points"),
    ("gdp «- 1 %", "", "percent-or-points"), ("baseline(rate) «+ 5 % * 2", "", "percent-or-points"),
    ("baseline(rate) «- 10 % / (1 + 1)", "", "percent-or-points"), ("baseline(rate) «+ 2 * 5 %", "", "percent-or-points"),
    ("«10 %", "2 * change(rate)", "percent-or-points"), ("«10 %", "change(rate) / 2", "percent-or-points"),
    ("«2 * 5 百分点", "rate", "percent-or-points"), ("«5 百分点 * 2", "rate", "percent-or-points"), ("«80", "2 * rate", "bare-number"),
    # dimensions
    ("«5 张", "orgs", "other-dimension"), ("«5 人次", "people", "other-dimension"), ("«5 亩/人", "area", "other-dimension"),
    ("orgs «+ people", "", "other-dimension"), ("orgs «- 5 张", "", "other-dimension"),
    ("orgs «> rate", "", "other-dimension"), ("«2200 元/月", "pay", "other-dimension"), ("pay * people «> 5 元", "", "other-dimension"),
    ("«10 %", "orgs", "other-dimension"), ("«count(home)", "rate", "other-dimension"),
    # steps
    ("law «+ 1", "", "no-arithmetic"), ("law «/ law_text", "", "no-arithmetic"), ("law «> 2", "", "not-comparable"),
    ("law «= rate", "", "not-comparable"), ("«3", "law", "not-comparable"), ("law >= «three", "", "unknown-step"),
    # what cannot be worked out
    ("orgs «/ 0", "", "division-by-zero"), ("orgs «/ (1 - 1)", "", "division-by-zero"), ("orgs «/ 0 %", "", "division-by-zero"),
    ("«sum(nursing / beds of home)", "", "sum-of-ratio"), ("«average(nursing / beds of home)", "", "sum-of-ratio"),
    ("«sum(stars of home)", "", "sum-of-ratio"), ("«baseline(growth)", "", "lookup-needs-reported"),
    ("«change(growth)", "", "lookup-needs-reported"), ("count(home where «beds)", "", "expected-condition"),
    ("share(«beds of home)", "", "expected-condition"), ("sum(«public and public of home)", "", "expected-value"),
    ("rate «> 1 %", "", "expected-value"), ("1 + (rate «> 1 %)", "", "expected-value"),
])  # fmt: skip
def test_unit_checks(text: str, like: str, code: str) -> None:
    """What has no meaning is refused before any data is seen, at its own column."""
    comparing = any(sign in text for sign in "<>=") and code not in ("expected-value", "expected-condition")
    problem, column = refusal(text, like=like, condition=comparing)
    assert (code, column) == (problem.code, problem.location.column)


@pytest.mark.parametrize(("text", "like"), [
    ("5", "orgs"), ("5 个", "orgs"), ("5 家", "count(home)"), ("2800 人", "people"), ("0.28 万人", "people"), ("1 公顷", "area"),
    ("1000 元/人/月", "pay"), ("12000 元/人/年", "pay"), ("0.8", "ratio"), ("80 %", "ratio"), ("1:4", "count(home) / count(town)"),
    ("80 %", "rate"), ("800 ‰", "rate"), ("gdp", "rate"), ("gdp + 1 百分点", "rate"), ("5 百分点", "rate - gdp"),
    ("5 pp", "change(rate)"), ("5 %", "growth"), ("baseline(orgs) + 400", "orgs"), ("1.5 * last(orgs)", "orgs"),
    ("issued", "law"), ("law_text", "law"), ("80 %", "share(public of home)"), ("80 %", "rate / 2"), ("rate / 2", "rate"), ("5 百分点", "change(rate) / 2"), ("50 张", "average(beds of home)"),
])  # fmt: skip
def test_what_can_be_compared(text: str, like: str) -> None:
    """Units of one dimension may be mixed, and a bare number takes the unit of a plain count."""
    assert compiled(text, like=like).dimension == compiled(like).dimension or compiled(like).dimension in ((), None)


@pytest.mark.parametrize(("text", "code", "near"), [
    ("«bed", "unknown-measure", "beds"), ("nursing / «bads", "unknown-measure", "beds"), ("«home.bed", "unknown-measure", ""),
    ("count(«centr)", "unknown-kind", "centre"), ("«cuont(centre)", "unknown-function", "count"),
    ("«averge(beds of home)", "unknown-function", "average"),
])  # fmt: skip
def test_nearest_name(text: str, code: str, near: str) -> None:
    """An unknown name comes with the nearest name that means something there."""
    kind = "town" if "centr" in text else "home"
    problem, column = refusal(text, kind)
    assert (code, column, near) == (problem.code, problem.location.column, problem.details["nearest"])


def test_names_are_of_the_kind_or_above() -> None:
    """A name means the measure of the kind judged, or else of the nearest kind above it, and never of one below."""
    assert "town.orgs" == repr(compiled("orgs", "town").form.top)
    assert "town.orgs" == repr(compiled("orgs", "centre").form.top)
    assert "district.orgs" == repr(compiled("orgs", "home").form.top)
    assert "district.orgs" == repr(compiled("district.orgs", "town").form.top)
    assert "unknown-measure" == refusal("«beds")[0].code
    assert "unknown-measure" == refusal("«home.beds", "town")[0].code
    assert "unknown-kind" == refusal("count(«district)", "town")[0].code
    assert "unknown-kind" == refusal("count(«town)", "town")[0].code


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_category_has_no_order(operator: str) -> None:
    """A category is compared by = and != only; a ladder by anything."""
    problem, column = refusal(f"sort «{operator} night", "home", condition=True)
    assert ("no-order", column) == (problem.code, problem.location.column)
    scope = Scope("home", PLAN.kinds, PLAN.measures)
    assert compile_condition(source(f"stars {operator} three"), scope)
    assert compile_condition(source("sort = night"), scope) == compile_condition(source('sort = "夜托"'), scope)
    assert compile_condition(source("day != sort"), scope)
    assert "unknown-step" == refusal("sort = «nite", "home", condition=True)[0].code


def test_two_ladders_are_not_comparable() -> None:
    """Two measures on one ladder may be compared with one another, measures on two ladders may not."""
    scope = Scope("home", PLAN.kinds, PLAN.measures)
    assert compile_condition(source("law >= law_text"), scope)
    assert "not-comparable" == refusal("stars «>= law", "home", condition=True)[0].code


def test_share_counts_its_condition_within_where() -> None:
    """A share is the count of those that pass over the count of those that are asked about at all."""
    share = compiled("share(nursing / beds >= 60 % of home where public)")
    parts = [v for v in share.form.bottom.variables if isinstance(v, Sum)]
    assert ("%", 2) == (share.unit.symbol, len(parts))
    assert share.form.top.variables[0] in parts
    assert compiled("count(home where public)").form.top.variables[0] not in parts
