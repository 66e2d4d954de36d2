"""The decision variables: how many units of each action begin for each subject in each year."""

from __future__ import annotations

from collections.abc import Sequence

from dabiao.budget.affine import ZERO, Affine, make_constant
from dabiao.budget.forecast import Forecast, Site
from dabiao.budget.programme import Programme


class Decisions:
    """The number of units begun at each site by the end of each year, as variables of a programme."""

    def __init__(self, programme: Programme, forecast: Forecast, sites: Sequence[Site]) -> None:
        self.programme = programme
        self.sites = sites
        self.begun: dict[tuple[int, int], Affine] = {}
        self._by: dict[tuple[int, int], Affine] = {}
        self.last = forecast.plan.last
        for site in sites:
            self._add_site(site)

    def _add_site(self, site: Site) -> None:
        """Add the variables of a site: units begun by the end of each year."""
        programme, action = self.programme, site.action
        years = range(action.earliest, self.last - action.lead + 1)
        most = site.most
        if most is None:
            most = (action.most_a_year or 1) * len(years)
        before = ZERO
        for passed, year in enumerate(years, 1):
            can = most if action.most_a_year is None else min(most, action.most_a_year * passed)
            by = programme.of(programme.add_variable(0, can))
            step = by - before
            if before.factors:
                programme.require(step)
            if action.most_a_year is not None and before.factors:
                programme.require(make_constant(action.most_a_year) - step)
            self.begun[site.number, year] = step
            self._by[site.number, year] = by
            before = by

    def years(self, site: Site) -> range:
        """Return the years in which a site's action can begin."""
        return range(site.action.earliest, self.last - site.action.lead + 1)

    def by(self, site: Site, year: int) -> Affine:
        """Return how many units have begun by the end of a year."""
        years = self.years(site)
        if not years or year < years[0]:
            return ZERO
        return self._by[site.number, min(year, years[-1])]

    def in_effect(self, site: Site, year: int) -> Affine:
        """Return how many units are in effect in a year."""
        return self.by(site, year - site.action.lead)

    def taking_effect(self, site: Site, year: int) -> Affine:
        """Return how many units take effect in a year."""
        return self.begun.get((site.number, year - site.action.lead), ZERO)
