"""The JSON of overviews and its schema: all that stands in the one is in the other, and nothing else."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dabiao.base.messages import LANGS
from dabiao.reports import overview_data, overview_schema
from jsonschema import Draft202012Validator
from test_gate import errors, strict
from test_overview import BEDS, as_json, asked, look_at_samples, write_plan, write_sheet


@cache
def validator() -> Draft202012Validator:
    """Return a validator with the schema of an overview that knows of no further keys."""
    return Draft202012Validator(strict(overview_schema.schema()))


def tell_samples(lang: str = "en") -> Any:
    """Return the JSON of all samples, read back."""
    return json.loads(json.dumps(overview_data.as_json(look_at_samples(), lang)))


@pytest.mark.parametrize("lang", LANGS)
def test_json_is_as_its_schema_says(lang: str) -> None:
    """The JSON of all samples has the keys of its schema, and no others, with something at every place."""
    found = tell_samples(lang)

    assert [] == errors(validator(), found)
    assert all(found[name] for name in ("problems", "districts", "worst", "common"))
    assert all(one[by] for one in found["districts"] for by in ("tiers", "natures", "chapters"))


def test_findings_are_those_of_a_check() -> None:
    """A finding has all keys that one of a check has, its root too, which is that of its group."""
    found = tell_samples()
    groups = [*found["worst"], *(one for common in found["common"] for one in common["districts"])]
    finding = overview_schema.schema()["$defs"]["finding"]

    assert {tuple(finding["properties"])} == {
        tuple(sorted(group["finding"], key=[*finding["properties"]].index)) for group in groups
    }
    assert [group["root"] for group in groups] == [group["finding"]["root"] for group in groups]


def test_json_of_what_was_not_judged_is_as_its_schema_says(tmp_path: Path) -> None:
    """A district without a sheet of the year, and a sheet that belongs to no plan, are within the schema, too."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区", year=2022)
    write_sheet(tmp_path, "one", "乙区")
    not_judged = as_json("overview", tmp_path, "--year", 2023)
    write_sheet(tmp_path, "none", "丙区")
    refused = as_json("overview", tmp_path)

    assert [] == errors(validator(), not_judged) + errors(validator(), refused)
    assert {"甲区": False, "乙区": True} == {one["name"]: one["judged"] for one in not_judged["districts"]}
    assert ([], 2) == (refused["districts"], refused["exit_code"])


def test_the_schema_is_printed_and_sound() -> None:
    """`dabiao schema overview` prints a sound schema named by the format, which refuses what no district is."""
    printed, found = json.loads(asked("schema", "overview").stdout), tell_samples()
    first, second = found["districts"][:2]
    first["tiers"]["effort"] = next(iter(first["tiers"].values()))
    del second["plan"]["version"]

    Draft202012Validator.check_schema(printed)
    assert ("urn:dabiao:overview:1", "dabiao/overview/1") == (printed["$id"], found["format"])
    wrong = [error.json_path for error in Draft202012Validator(printed).iter_errors(found)]
    assert ["$.districts[0].tiers", "$.districts[1].plan"] == sorted(wrong)
