"""Numbers and units as reports write them: read exactly, refused by name, written back without a lie."""

from __future__ import annotations

from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.base.quantities import (
    BadNumber,
    Difference,
    decimal_text,
    exact_text,
    normalise,
    parse_quantity,
    quantity_text,
)
from dabiao.base.units import ONE_TO, PERCENT, SCALES, UnknownUnit, known_units, make_units_table, parse_unit
from helpers import commitment, judge, make_plan, measure, sheet_text, verdicts
from hypothesis import given
from hypothesis import strategies as st


def base(text: str) -> Fraction:
    """Return what a text with a unit comes to in base units."""
    quantity = parse_quantity(text)
    assert quantity.unit is not None
    return quantity.number * quantity.scale * quantity.unit.factor


SAME = [
    ("0.28 万人", "2800 人"), ("0.28万人", "2,800 名"), ("1.2 亿元", "12000 万元"), ("3 千张", "3000 张"),
    ("1 百万元", "100 万元"), ("2 千万元", "0.2 亿元"), ("5 十万元", "500000 元"), ("90 亩", "60000 平方米"), ("15 亩", "1 公顷"),
    ("1 平方公里", "100 公顷"), ("1 亩", "1 mu"), ("9 家", "9 个"), ("9 所", "9 处"), ("80 %", "0.8 比值"), ("80 %", "800 ‰"),
    ("5 百分点", "5 个百分点"), ("5 百分点", "5 pp"), ("2 倍", "2 比值"), ("30 张/千人", "300 张/万人"), ("30 张/千人", "30 张每千人"),
    ("3 张/百人", "30 张/千人"), ("12 元/人/月", "144 元/人/年"), ("12 元/人·月", "12 元/人/月"), ("2 小时", "120 分钟"), ("1 天", "1440 分钟"),
    ("1 年", "12 个月"), ("60 秒", "1 分钟"), ("33分钟50秒", "2030 秒"), ("33 分 50 秒", "2030 秒钟"), ("1小时20分", "80 minutes"),
    ("１小时２０分钟３０．５秒", "4830.5 秒"), ("2天3小时", "51 hours"), ("1年6个月", "18 个月"), ("1 hour 20 minutes", "80 分钟"), ("1:4", "25 %"), ("1：4", "2:8"), ("1∶3.5", "2:7"), ("6 场", "6 次"), ("5 米/天", "5 米/日"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_quantity_in_other_units(one: str, other: str) -> None:
    """Scale words, synonyms and derived units come to exactly the same quantity of the same dimension."""
    assert base(one) == base(other)
    assert parse_quantity(one).unit.dimension == parse_quantity(other).unit.dimension  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张", "个"),
        ("人", "人次"),
        ("人", "户"),
        ("元", "人"),
        ("亩", "公里"),
        ("张/千人", "张"),
        ("张", "%"),
        ("次", "人次"),
        ("分", "分钟"),
    ],
)
def test_different_things_have_different_dimensions(one: str, other: str) -> None:
    """Beds are not homes, visits are not people, scores are not minutes."""
    assert parse_unit(one).dimension != parse_unit(other).dimension


WRITTEN = [
    ("２，８００ 人", Fraction(2800), "人"), ("１２％", Fraction(12), "%"), ("－3.5", Fraction(-7, 2), None), ("−3.5", Fraction(-7, 2), None),
    ("–3", Fraction(-3), None), ("+4", Fraction(4), None), ("＋４", Fraction(4), None), (" 5 张 ", Fraction(5), "张"), ("5　张", Fraction(5), "张"),
    ("１２．５％", Fraction(25, 2), "%"), (".5", Fraction(1, 2), None), ("007", Fraction(7), None), ("1,234,567.89", Fraction(123456789, 100), None),
    ("1，234", Fraction(1234), None), ("12 %", Fraction(12), "%"), ("12\u00a0%", Fraction(12), "%"), ("0.10", Fraction(1, 10), None),
    ("0.1234567890123456789012345678901234567", Fraction(1234567890123456789012345678901234567, 10**37), None), ("100 m²", Fraction(100), "m2"),
    ("12 万人", Fraction(12), "万人"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number", "symbol"), WRITTEN)
def test_numbers_as_people_write_them(text: str, number: Fraction, symbol: str | None) -> None:
    """Full-width digits and signs, thousands separators and odd spaces are understood exactly."""
    quantity = parse_quantity(text)
    assert number == quantity.number
    assert symbol == (quantity.unit.symbol if quantity.unit else None)


@pytest.mark.parametrize("word", SCALES)
def test_a_bare_scale_word_multiplies_exactly(word: str) -> None:
    """1.2万 is 12,000 of whatever the measure counts: the number takes no unit of its own."""
    quantity = parse_quantity(f"1.2{word}")
    assert (Fraction(12, 10), None, SCALES[word]) == (quantity.number, quantity.unit, quantity.scale)
    assert Fraction(12, 10) * SCALES[word] == base(f"1.2{word}元")


@given(st.integers(0, 999), st.integers(0, 59), st.integers(0, 59), st.booleans())
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, short: bool) -> None:
    """Hours, minutes and seconds in one figure come to exactly their sum; 分 are minutes there, and points of a score alone."""
    text = f"{hours}小时{minutes}{'分' if short else '分钟'}{seconds}秒"
    assert Fraction(3600 * hours + 60 * minutes + seconds, 60) == base(text)
    assert "小时" == parse_quantity(text).unit.symbol  # type: ignore[union-attr]
    assert (("score", 1),) == parse_quantity(f"{minutes}分").unit.dimension  # type: ignore[union-attr]


NO_NUMBERS = [
    "", " ", "NaN", "nan", ".nan", "inf", "-inf", "∞", "1e400", "1E5", "1e-5", "1e", "12,34", "1,234,5", "1,,234", ",123", "12,", "1.",
    "1.2.3", "1..2", "--5", "+-5", "—", "/", "-", "%", "张", "约100", "应调尽调", "1:0", "0:0", ":4", "1 234,5.",
    "33分钟60秒", "1小时1天", "5分3分", "2023年6月", "3日5小时", "1分钟0.5小时", "九", "1" * 41, "0." + "1" * 40,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Not-a-number, exponents, misplaced separators and words are refused, never read as something near."""
    with pytest.raises(BadNumber):
        parse_quantity(text)


@pytest.mark.parametrize(
    "text",
    [
        "5 张 个",
        "5 张张",
        "5%%",
        "5 % 张",
        "5 foo",
        "1,2345",
        "5-",
        "1:",
        "1:4:5",
        "0x10",
        "1_000",
        "5 元//人",
        "5 /人",
        "5 张/",
        "10-20 张",
        "5 张2",
        "5 张左右",
        "≥5",
        "5'",
        "5 1/2",
        "3张5秒",
        "6月3日",
        "5元3角",
        "1小时20",
        "1.5小时20分",
        "-1小时20分",
    ],
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    """Two units, half a quotient, stray digits and trailing words are refused."""
    with pytest.raises((UnknownUnit, BadNumber)):
        parse_quantity(text)


@pytest.mark.parametrize(
    "text", ["", " ", "__import__", "1", "张;人", "张**2", "张 人", "%张", "[bed]", "bed)", "人" * 200]
)
def test_text_that_names_no_unit(text: str) -> None:
    """Whatever is no unit is refused as such, whatever signs it holds."""
    with pytest.raises(UnknownUnit):
        parse_unit(text)


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    """No text makes the reader fail otherwise than by refusing it, and what it reads is a number."""
    try:
        quantity = parse_quantity(text)
    except (BadNumber, UnknownUnit):
        return
    assert isinstance(quantity.number, Fraction)
    assert quantity == parse_quantity(normalise(text))


def test_a_unit_nearly_right_is_suggested() -> None:
    """A misspelt unit is refused with the nearest one that exists."""
    with pytest.raises(UnknownUnit) as refused:
        parse_unit("平方未")
    assert refused.value.nearest == "平方米"
    assert all(parse_unit(name) for name in known_units())


def test_what_a_measure_accepts_a_target_and_a_sheet_accept(tmp_path: Path) -> None:
    """Every unit that there is, and so every unit that is suggested, can be written for a measure, in its target and in a sheet."""
    names = [name for name in known_units() if name[0] not in SCALES]
    measures = "".join(measure(f"m{number}", f'unit: "{name}"') for number, name in enumerate(names))
    targets = (f'measure: m{number}\nat_most: "1 {name}"\ndue: 2025' for number, name in enumerate(names))
    plan = make_plan(measures, "".join(commitment(f"c-{number}", text) for number, text in enumerate(targets)))
    facts = "\n".join(f'm{number}: "1{name}"' for number, name in enumerate(names))
    assert {"met"} == set(verdicts(judge(plan, tmp_path, sheet_text(facts))).values())


@pytest.mark.parametrize("unit", ["万元", "%", "‰", "百分点", "1:4", "分钟", "张/千人"])
def test_zero_needs_no_unit(unit: str, tmp_path: Path) -> None:
    """Zero is zero in every unit of a measure: in a sheet, in a target, in a baseline and in a condition."""
    shown = "比值" if unit == "1:4" else unit
    measures = measure("m", f'unit: "{shown}", baseline: 0, min: 0')
    tests = commitment("c", "measure: m\nat_most: 0\ndue: 2025") + commitment("h", "holds: m = 0\ndue: 2025")
    found = judge(make_plan(measures, tests), tmp_path, sheet_text("m: 0"))
    assert {"met"} == set(verdicts(found).values())
    fraction = judge(make_plan(measures, tests), tmp_path, sheet_text("m: '0.00'"))
    assert {"met"} == set(verdicts(fraction).values())


def test_the_table_of_units_is_what_pint_makes_of_the_definitions() -> None:
    """`make generated` has nothing to change."""
    assert make_units_table() == resources.files("dabiao.base").joinpath("units.json").read_text(encoding="utf-8")


def test_every_unit_can_be_declared_reported_and_written_in_a_target(tmp_path: Path) -> None:
    """Whatever a measure accepts as its unit, its target and a sheet accept too, alone and in a quotient."""
    units = [
        *known_units(),
        *(f"{name}/万人" for name in known_units()),
        *(f"元/{name}" for name in known_units() if name not in "%‰"),
    ]
    units = [name for name in units if not name.startswith(("%/", "‰/"))]
    plan = make_plan(
        "".join(measure(f"figure{i}", f'unit: "{name}", signed: true, whole: false') for i, name in enumerate(units)),
        "".join(
            commitment(f"c{i}", f"measure: figure{i}\nat_least: 3.5 {name}\ndue: 2025") for i, name in enumerate(units)
        ),
    )
    sheet = sheet_text("\n".join(f'figure{i}: "3.5 {name}"' for i, name in enumerate(units)))
    found = verdicts(judge(plan, tmp_path, sheet))
    assert {"met"} == set(found.values())
    assert len(units) == len(found)


def test_percentages_points_and_scales_are_told_apart() -> None:
    """Only % and ‰ are percentages, only 百分点 are points, and only a scale word makes a unit scaled."""
    assert [True, True, False, False] == [parse_unit(u).is_percentage for u in ("%", "‰", "百分点", "比值")]
    assert [False, True, True] == [parse_unit(u).is_points for u in ("%", "百分点", "pp")]
    assert [True, True, False, False] == [parse_unit(u).is_scaled for u in ("万人", "亿元", "人", "百分点")]
    assert [True, True, False, False] == [parse_unit(u).counts_wholes for u in ("张", "户", "元", "张/千人")]


# ---------------------------------------------------------------- writing numbers

NUMBERS = st.builds(Fraction, st.integers(-(10**15), 10**15), st.integers(1, 10**7))


@pytest.mark.parametrize(
    ("number", "against", "text"),
    [
        ("79.996", "80", "79.996"), ("79.99996", "80", "79.99996"), ("239.9999999/3", "80", "79.99999997"), ("80", "80", "80"),
        ("240.0000001/3", "80", "80.00000003"), ("200/3", None, "66.67"), ("200/3", "66.67", "66.667"), ("0", None, "0"), ("-1/3", "0", "-0.33"),
        ("1/100000", "0", "0.00001"), ("-1/100000", "0", "-0.00001"), ("1234567.5", None, "1,234,567.5"), ("100", None, "100"),
        ("0.0001", None, "0.0001"), ("74.47", "74.47", "74.47"), ("79.96", "80", "79.96"), ("57.8125", None, "57.8125"),
        ("79.99999999999999", "80", "79.99999999999999"), ("79.99999999999999", None, "79.99999999999999"),
        ("123456789012345678901234567890", None, "123,456,789,012,345,678,901,234,567,890"),
        ("0.123456789012345678901234567891", None, "0.123456789012345678901234567891"), ("-1/30000", None, "-0.00003"),
        ("239.99999999999999999/3", "80", "79.9999999999999…"), ("240.00000000000000001/3", "80", "80.0000000000000…"),
        ("1/3000000000000000000", None, "0.0000000000000…"),
    ],
)  # fmt: skip
def test_a_shown_number_stays_on_its_side(number: str, against: str | None, text: str) -> None:
    """79.996 against 80 is never written as 80, nor 66.6667 as 66.67 against 66.67."""
    top, _, bottom = number.partition("/")
    value = Fraction(top) / Fraction(bottom or 1)
    assert text == decimal_text(value, None if against is None else Fraction(against))


@given(number=NUMBERS, target=st.integers(-(10**6), 10**6), places=st.integers(0, 4))
def test_display_never_crosses_the_target(number: Fraction, target: int, places: int) -> None:
    """What is shown compares with the target as the number itself does, and is near the number."""
    against = Fraction(target, 10**places)
    text = decimal_text(number, against).replace(",", "")
    shown = Fraction(text.removesuffix("…"))
    if not text.endswith("…"):
        assert (number > against) - (number < against) == (shown > against) - (shown < against)
    assert abs(shown - number) <= Fraction(1, 200)


@given(distance=st.integers(1, 10**18), target=st.integers(1, 100), sign=st.sampled_from([-1, 1]))
def test_display_near_the_target_is_never_the_target(distance: int, target: int, sign: int) -> None:
    """However near a number is to its target, the shown text is not the target's unless it is the target."""
    number = target + Fraction(sign, distance * 3)
    assert str(target) != decimal_text(number, Fraction(target))
    assert str(target) == decimal_text(Fraction(target), Fraction(target))


@given(whole=st.integers(-(10**38), 10**38), places=st.integers(0, 38))
def test_decimals_that_can_be_reported_are_written_in_full(whole: int, places: int) -> None:
    """A decimal of as many digits as a report can hold is written exactly and reads back as itself."""
    number = Fraction(whole, 10**places)
    text = decimal_text(number)
    assert number == Fraction(text.replace(",", ""))
    assert len(text.replace(",", "")) > 40 or number == parse_quantity(text.replace(",", "")).number


@given(
    number=st.builds(Fraction, st.integers(-(10**30), 10**30), st.integers(1, 10**30)),
    distance=st.none() | st.builds(Fraction, st.integers(-9, 9), st.integers(1, 10**30)),
)
def test_what_is_shown_is_the_value_or_says_that_it_is_cut(number: Fraction, distance: Fraction | None) -> None:
    """A shown number is the number, or rounded on its side of target and zero, or its first digits and an ellipsis."""
    target = None if distance is None else number + distance
    text = decimal_text(number, target).replace(",", "")
    shown = Fraction(text.removesuffix("…"))
    last = Fraction(1, 10 ** len(text.removesuffix("…").partition(".")[2]))
    if text.endswith("…"):
        assert abs(shown) < abs(number) < abs(shown) + last
        return
    assert abs(shown - number) <= last / 2
    for other in (Fraction(0), target):
        assert other is None or (number > other) - (number < other) == (shown > other) - (shown < other)


@given(number=NUMBERS)
def test_exact_text_reads_back(number: Fraction) -> None:
    """The number in a JSON report is exact: as a decimal where it ends, else as a fraction."""
    text = exact_text(number)
    top, slash, bottom = text.partition("/")
    assert number == Fraction(top) / Fraction(bottom or 1)
    ends = number.denominator == 1 or 10**60 % number.denominator == 0
    assert ends == (not slash)
    assert "e" not in text.lower()


@given(value=NUMBERS.map(abs), symbol=st.sampled_from(["%", "张", "万人", "亿元", "张/千人", "亩", "百分点"]))
def test_a_quantity_is_shown_in_its_unit(value: Fraction, symbol: str) -> None:
    """A value in base units is shown with its unit and reads back as nearly the same value."""
    shown = parse_unit(symbol)
    text = quantity_text(value, shown)
    assert text.endswith(" " + symbol)
    assert abs(base(text.replace("…", "")) - value) <= shown.factor / 200


@pytest.mark.parametrize(
    ("value", "against", "text"),
    [("1/4", None, "1:4"), ("2/7", None, "1:3.5"), ("0", None, "0"), ("1/3.999", "1/4", "1:3.999")],
)
def test_a_ratio_is_shown_as_one_to_n(value: str, against: str | None, text: str) -> None:
    """A ratio of staff to residents is written as 1:4, and 1:3.999 is not rounded to it."""

    def number(written: str) -> Fraction:
        top, _, bottom = written.partition("/")
        return Fraction(top) / Fraction(bottom or 1)

    assert text == quantity_text(number(value), ONE_TO, number(against) if against else None)


@given(numerator=st.integers(10**8, 10**12), percent=st.integers(1, 99))
def test_a_ratio_just_short_of_its_target_is_not_shown_as_it(numerator: int, percent: int) -> None:
    """A share a hair off its target in per cent is not printed as the target."""
    target = Fraction(percent, 100)
    assert f"{percent} %" != quantity_text(target - Fraction(1, numerator * 7), PERCENT, target)
    assert f"1:{percent}" != quantity_text(1 / (percent + Fraction(1, numerator * 7)), ONE_TO, Fraction(1, percent))


@pytest.mark.parametrize(
    ("value", "symbol", "chinese", "english"),
    [
        ("0.0133", "%", "1.33 百分点", "1.33 pp"), ("0.005", "‰", "5 ‰", "5 ‰"), ("0.0005", "百分点", "0.05 百分点", "0.05 pp"),
        ("5", "张", "5 张", "5 张"),
    ],
)  # fmt: skip
def test_a_difference_has_the_unit_of_differences(value: str, symbol: str, chinese: str, english: str) -> None:
    """Percentages differ by points, said in the language; 5 ‰ are not called 5 percentage points."""
    difference = Difference(Fraction(value), parse_unit(symbol))
    assert (chinese, english) == (difference.say("zh"), difference.say("en"))


@pytest.mark.parametrize("form", ["rate - other", "change(rate)", "rate - last(rate)"])
def test_a_difference_of_percentages_is_shown_in_points(form: str) -> None:
    """What a percentage has risen by is so many percentage points, each of them a hundredth."""
    measures = measure("rate", 'unit: "%"') + measure("other", 'unit: "%"')
    value = (
        make_plan(measures, commitment("c", f"measure: {form}\nat_least: 3 百分点\ndue: every_year"))
        .commitments["c"]
        .value
    )

    assert value is not None
    assert ("百分点", Fraction(1, 100), True) == (value.unit.symbol, value.unit.factor, value.points)


@pytest.mark.parametrize(
    ("form", "is_refused"),
    [
        ("rate + 5 %", True), ("5 % + rate", True), ("rate + 5 % * 2", True), ("rate + 2 * 5 %", True),
        ("rate + 10 % / 2", True), ("rate + 2 * 5 百分点", False), ("rate + 2 倍 * 5 %", True),
        ("rate + (2 % + 3 %)", True), ("rate - 5 %", True),
        ("rate + other", False), ("2 * rate + other", False), ("other + rate * 2", False), ("rate / 2 + other", False),
        ("(rate + other) + rate", False), ("rate + 5 百分点", False), ("rate * 5 % + other", False),
        ("(1 + count(home) / count(town)) * 5 % + rate", False), ("5 % / (1 + count(home) / count(town)) + rate", False),
    ],
)  # fmt: skip
def test_only_a_percentage_that_is_written_down_is_ambiguous(form: str, *, is_refused: bool) -> None:
    """5 %, also as a product, a part or a sum of numbers, is not added to a rate; rates are, however they are made."""
    measures = measure("rate", 'unit: "%"') + measure("other", 'unit: "%"')
    codes = []
    try:
        make_plan(measures, commitment("c", f"measure: {form}\nat_least: 50 %\ndue: every_year"))
    except Refused as refused:
        codes = [problem.code for problem in refused.problems]

    assert ["percent-or-points"] * is_refused == codes


@pytest.mark.parametrize("form", ["max(rate of home)", "sum(rate of home)", "rate_here"])
def test_a_percentage_with_percent_added_is_refused(form: str) -> None:
    """Whoever adds 5 % to a reported percentage has to say whether points are meant, also of the largest of several."""
    measures = measure("rate", 'unit: "%"', "home") + measure("rate_here", 'unit: "%"')
    with pytest.raises(Refused) as refused:
        make_plan(measures, commitment("c", f"measure: {form} + 5 %\nat_least: 50 %\ndue: every_year"))

    assert ["percent-or-points"] == [problem.code for problem in refused.value.problems]
