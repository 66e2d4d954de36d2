"""Findings that are alike: rows of one commitment with the same figures, and what sets the numbers of other rows apart.

All that is said of a subject follows from its own figures, its name and the place where it stands, if its commitment looks at
nothing else. Rows with the same figures then have the same finding, but for names and line; rows whose numbers lie alike to
each other differ in these numbers alone. Root subjects have a sheet each, in which every figure has a place of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.number_columns import write_quotient
from dabiao.base.problems import Location
from dabiao.engine.alike_numbers import AlikeNumbers
from dabiao.engine.columns import repeated
from dabiao.engine.results import AlikeRows
from dabiao.facts.columns import Columns
from dabiao.facts.model import Part
from dabiao.rules.algebra import Leaf, Variable
from dabiao.rules.walks import variables

if TYPE_CHECKING:
    from dabiao.engine.explain import Explainer
    from dabiao.engine.measure import Measured
    from dabiao.engine.requirement import Requirement

SLICE = 20_000  # rows whose figures are taken out of their columns at once
REMARKS = ("note", "confirmed", "evidence")
"""What is remarked on a row of a table, in columns `remark WHAT`, and on a figure of a root subject."""
PLACE = ("file", "line", "column", "sheet", "cell", "raw", *REMARKS)
"""What is told of a figure of a root subject, in columns `place N WHAT`: N counts its figures from 1, and 0 is its sheet."""

_LINE = r":(\d+)$"


def find_alike(measured: Measured, explained: Explainer, table: pl.DataFrame) -> Iterator[AlikeRows]:
    """Iterate over the rows of a table of findings, by commitment and kind of subject, in order, some at once."""
    start = 0
    kinds = _Kinds(measured)
    for part in table.partition_by("commitment", "kind", maintain_order=True):
        kind, commitment = str(part["kind"].first()), measured.plan.commitments[str(part["commitment"].first())]
        one = explained.required(commitment)
        leaves = None if part["@index"].null_count() else _find_leaves(measured, explained, one)
        rows = None if leaves is None else kinds.rows(kind, leaves)
        work_out = AlikeNumbers(measured.plan, one, leaves or ())
        for offset in range(0, part.height, SLICE):
            piece = part[offset : offset + SLICE]
            if rows is None:
                yield AlikeRows(start, repeated(value=False, height=piece.height).alias("alike").to_frame())
            else:
                some = rows[piece["@index"]].with_columns(piece["verdict"].cast(pl.String).alias("verdict"))
                order, numbers = work_out(some)
                yield AlikeRows(start, some.with_columns(order), numbers)
            start += piece.height


class _Kinds:
    """What may make rows of a kind alike, beside all rows of it: each commitment takes its own."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._known: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = {}
        self._sheets: list[_Sheet | None] | None = None

    def rows(self, kind: str, leaves: Sequence[Leaf]) -> pl.DataFrame:
        """Return the columns of `AlikeRows` beside the rows of a kind, for a commitment that looks at some figures."""
        if kind not in self._known:
            self._known[kind] = (
                self._find_rows(kind),
                self._measured.tables.absences(kind).rename({"@source": "source"}),
            )
        rows, absent = self._known[kind]
        figures = [self._find_figures(leaf).alias(f"figure {leaf.measure}") for leaf in leaves]
        found = rows.with_columns(*figures)
        for leaf in leaves:
            own = absent.filter(measure=leaf.measure).drop("measure")
            if own.height:
                found = found.join(own, on=("source", "@row"), how="left", maintain_order="left").with_columns(
                    said=pl.concat_str("said", pl.lit(";"), pl.col("reason").fill_null(""))
                ).drop("reason")  # fmt: skip
        if kind == self._measured.plan.root.id:
            self._sheets = self._sheets or self._find_sheets(rows)
            found = _add_places(found, self._sheets, leaves)
        return found.drop("@row", "@one")

    def _find_figures(self, leaf: Leaf) -> pl.Series:
        """Return a figure beside the rows of its kind; as texts of exact quotients where floats do not hold all of them."""
        measured, kind = self._measured, leaf.kind
        if (kind, leaf.measure) not in measured.tables.rough or measured.plan.stated(leaf, measured.year) is not None:
            return measured.figure(kind, leaf).value
        facts = (measured.tables.fact(kind, index, leaf.measure) for index in measured.frame(kind)["@index"])
        values = (fact.value if fact else None for fact in facts)
        return pl.Series([None if value is None else write_quotient(value) for value in values], dtype=pl.String)

    def _find_sheets(self, rows: pl.DataFrame) -> list[_Sheet | None]:
        """Return the sheet of each root subject that has no line in a table; None for all others."""
        sources, found = self._measured.tables.sources, list[_Sheet | None]()
        for alike, one, source, at in rows.select("alike", "@one", "source", "@row").iter_rows():
            part = None if alike or not one or source < 0 else sources[source]
            plain = part is not None and part.kind == self._measured.plan.root.id and not isinstance(part, Columns)
            found.append((part, at, _tell_place(part.location(at))) if plain and part is not None else None)
        return found

    def _find_rows(self, kind: str) -> pl.DataFrame:
        """Return whether rows may be like others, their names and lines, and where they stand."""
        measured = self._measured
        root = measured.plan.root.id  # a table may have the subjects of several
        columns = {name: "@root" if name == root else f"@{name}" for name in measured.plan.kinds[kind].path}
        above = [pl.col(column).fill_null("").alias(f"above {name}") for name, column in columns.items()]
        rows = measured.frame(kind).select(
            pl.col("@source").alias("source"), "@row", "@weight", pl.col("@name").alias("name"), *above
        )  # fmt: skip
        places = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
        for (number,), group in rows.with_row_index("@at").partition_by("source", as_dict=True).items():
            source = measured.tables.sources[number] if number >= 0 else None
            if isinstance(source, Columns) and source.kind == kind and source.in_rows and not source.changed:
                texts = source.place_texts(group["@row"])
                first = source.location(group["@row"][0])
                if str(first) == texts[0] and first.line and not (first.column or first.cell):
                    places = places.scatter(group["@at"], texts)
        rows = self._add_remarks(kind, rows)
        return rows.with_columns(
            places.str.replace(_LINE, "").alias("file"), places.str.extract(_LINE).alias("line"),
            (pl.col("@weight") == 1.0).alias("@one"),
        ).with_columns(
            alike=pl.col("line").is_not_null() & pl.col("@one") & ~pl.col("nothing")
        ).drop("@weight", "nothing")  # fmt: skip

    def _add_remarks(self, kind: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Add what is remarked on rows of tables, `said`, which remarks there are, and whether there is nothing to report."""
        remarks = [
            (number, at, remark.note, remark.confirmed, remark.evidence, bool(remark.nothing))
            for number, source in enumerate(self._measured.tables.sources)
            if isinstance(source, Columns) and source.kind == kind
            for at, remark in source.remarks.items()
        ]
        if not remarks:
            return rows.with_columns(said=pl.lit(""), nothing=pl.lit(value=False))
        columns = [f"remark {what}" for what in REMARKS]
        schema = {"source": pl.Int32, "@row": pl.Int32, **dict.fromkeys(columns, pl.String), "nothing": pl.Boolean}
        found = pl.DataFrame(remarks, schema=schema, orient="row")
        rows = rows.join(found, on=("source", "@row"), how="left", maintain_order="left")
        there = [pl.when(pl.col(name) == "").then(pl.lit("0")).otherwise(pl.lit("1")) for name in columns]
        return rows.with_columns(
            pl.col(*columns).fill_null(""), pl.col("nothing").fill_null(value=False)
        ).with_columns(said=pl.concat_str(there))  # fmt: skip


_Sheet = tuple[Part, int, tuple[str, ...]]  # of a root subject: the facts, where it is among them, and where it stands


def _add_places(rows: pl.DataFrame, sheets: Sequence[_Sheet | None], leaves: Sequence[Leaf]) -> pl.DataFrame:
    """Add what is told of the figures of root subjects on sheets; `on_sheet` says which rows these are."""
    columns = [*(f"place {number} {what}" for number in range(len(leaves) + 1) for what in PLACE), "@said"]
    told = [None if sheet is None else _tell_places(sheet, leaves) for sheet in sheets]
    nothing = ("",) * len(columns)
    places = pl.DataFrame([one or nothing for one in told], schema=dict.fromkeys(columns, pl.String), orient="row")
    rows = rows.with_columns(*places, pl.Series("on_sheet", [one is not None for one in told]))
    own = pl.col("on_sheet")
    return rows.with_columns(
        pl.when(own).then(-1).otherwise("source").alias("source"),
        pl.when(own).then(pl.lit("")).otherwise("file").alias("file"),
        pl.when(own).then("@said").otherwise("said").alias("said"),
        alike=pl.col("alike") | own,
    ).drop("@said")  # fmt: skip


def _tell_places(sheet: _Sheet, leaves: Sequence[Leaf]) -> tuple[str, ...] | None:
    """Return what is told of a sheet, and of figures on it, and which of it there is; None if a text is not printable."""
    part, at, place = sheet
    found, reasons = [*place, *[""] * (len(PLACE) - len(place))], []
    for leaf in leaves:
        fact = part.fact(at, leaf.measure)
        remarks = ("",) * len(PLACE)
        if fact is not None:
            remarks = (*_tell_place(fact.location), fact.raw, *(getattr(fact, what) for what in REMARKS))
        found += remarks
        reasons.append(fact.absent or "" if fact else "")
    if not "".join(found).isprintable():  # a file may have a name that is no text
        return None
    return (*found, ";".join(("".join("1" if text else "0" for text in found), *reasons)))


def _tell_place(place: Location) -> tuple[str, ...]:
    return place.file, str(place.line or ""), str(place.column or ""), place.sheet, place.cell


def _find_leaves(measured: Measured, explained: Explainer, one: Requirement) -> tuple[Leaf, ...] | None:
    """Return the figures that a commitment looks at, if they are the subject's own of this year alone; None if not."""
    commitment = one.commitment
    if explained.may_look_ahead(commitment):
        return None
    if any(bound.limit is not None for bound in one.bounds):
        return None
    looked_at = variables(*commitment.forms(one.bounds), one.start, *one.since)
    before = variables(commitment.baseline)
    leaves = tuple(v for v in looked_at if isinstance(v, Leaf) and v.kind == commitment.kind and v.current)
    return leaves if leaves == looked_at and all(_is_the_same_for_all(measured, v) for v in before) else None


def _is_the_same_for_all(measured: Measured, variable: Variable) -> bool:
    """Whether a figure of the baseline year is stated by the plan, or nothing is reported of that year."""
    if not isinstance(variable, Leaf):
        return False
    known = measured.plan.stated(variable, measured.year) is not None
    return known or (variable.time == "baseline" and measured.plan.baseline not in measured.tables.years)
