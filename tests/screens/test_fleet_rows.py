"""Which rows the fleet has, and in which order. Pure: a mirror in, ids out."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from backend.model.filter import parse
from backend.model.resources import Changes
from backend.model.words import Activity, Service, Severity
from screens.fleet_rows import DARK, OUTLET, SITE, FleetRows, refused, trouble_of
from tests.screens.frozen import ago, alarm, frozen_mirror


def rows_of(mirror=None) -> FleetRows:
    """The rows of the frozen network."""
    rows = FleetRows(mirror or frozen_mirror())
    rows.rebuild()
    rows.arrange()
    return rows


def change(rows: FleetRows, **objects) -> set[str]:
    """One message of the feed; what it touched."""
    taken = []
    ended = rows.mirror.listen(taken.append)
    message = Changes(seq=rows.mirror.seq + 1, sent=datetime.now().astimezone(), **objects)
    assert rows.mirror.apply(message)
    ended()
    return rows.update(taken[0])


def test_trouble_first_quiet_sites_last() -> None:
    """The site with the S1 leads; sites without trouble are one line each, by name."""
    rows = rows_of()
    sites = [row for row in rows.order if row.startswith(SITE)]
    assert sites[0] == SITE + "site-00"
    assert rows.order[1] == DARK + "site-00"
    names = [rows.groups[site[2:]].name for site in sites[10:]]
    assert names == sorted(names, key=str.casefold)
    last = rows.order[-1]
    assert last.startswith(SITE)


def test_only_trouble_has_rows() -> None:
    """Of Malmö's 24 outlets two are rows: the faulted one, and the one whose card was refused."""
    rows = rows_of()
    shown = [row for row in rows.order if row.startswith(OUTLET) and rows.home[row[2:]] == "site-01"]
    assert shown == [OUTLET + "NK-04217:2", OUTLET + "NK-10006:1"]


def test_opening_and_folding_a_site() -> None:
    """All of a site's outlets, or none."""
    rows = rows_of()
    rows.open.add("site-01")
    assert sum(rows.home.get(row[2:]) == "site-01" for row in rows.arrange() if row.startswith(OUTLET)) == 24
    rows.open.clear()
    rows.folded.add("site-01")
    assert not any(rows.home.get(row[2:]) == "site-01" for row in rows.arrange() if row.startswith(OUTLET))


def test_trouble_only() -> None:
    """Quiet sites go."""
    rows = rows_of()
    rows.trouble_only = True
    assert all(rows.groups[row[2:]].trouble for row in rows.arrange() if row.startswith(SITE))


def test_filter_shows_what_passes_under_its_sites() -> None:
    """A filter lists every outlet that passes, in trouble or not; other sites are gone."""
    rows = rows_of()
    rows.filter = parse("state:charging site:malmö")
    rows.refilter()
    found = rows.arrange()
    assert found[0] == SITE + "site-01"
    assert len(found) == 11
    assert all(rows.mirror.outlets[row[2:]].activity is Activity.CHARGING for row in found[1:])


def test_change_moves_its_site_only() -> None:
    """A new fault at a quiet site: that site's rows, and no others, are touched; it joins those in trouble."""
    rows = rows_of()
    outlet = copy(next(o for o in rows.mirror.outlets.values() if o.site == "site-20"))
    outlet.activity, outlet.since = Activity.FAULTED, ago()
    touched = change(rows, outlets=[outlet])
    assert touched == {OUTLET + outlet.outlet, SITE + "site-20", DARK + "site-20"}
    assert OUTLET + outlet.outlet in rows.arrange()


def test_an_alarm_of_the_site_leads() -> None:
    """An S1 on a quiet site puts it first; when it is normal again it goes back."""
    rows = rows_of()
    new = alarm(99, Severity.S1, "site_dark", "site-23", ago())
    change(rows, alarms=[new])
    assert rows.groups["site-23"].alarm is new
    assert rows.arrange().index(SITE + "site-23") < 4
    gone = copy(new)
    gone.state = "normal"
    change(rows, alarms=[gone])
    assert rows.groups["site-23"].alarm is None
    assert rows.arrange()[-1].startswith(SITE)


def test_outlets_come_and_go() -> None:
    """A new outlet gets its row, a removed one loses it, one that moves changes its site."""
    rows = rows_of()
    new = copy(rows.mirror.outlets["NK-04217:2"])
    new.outlet, new.site = "NK-04217:3", "site-02"
    change(rows, outlets=[new])
    assert "NK-04217:3" in rows.groups["site-02"].members
    moved = copy(new)
    moved.site = "site-03"
    change(rows, outlets=[moved])
    assert "NK-04217:3" not in rows.groups["site-02"].members
    assert "NK-04217:3" in rows.groups["site-03"].trouble
    change(rows, gone={"outlets": ["NK-04217:3"]})
    assert "NK-04217:3" not in rows.groups["site-03"].members


def test_out_of_service_is_no_trouble() -> None:
    """An outlet that is not in service counts for nothing, whatever it says."""
    outlet = copy(frozen_mirror().outlets["NK-04217:2"])
    assert trouble_of(outlet) is not None
    outlet.service = Service.OUT_OF_SERVICE
    assert trouble_of(outlet) is None


def test_refused_only_while_the_car_waits() -> None:
    """A refusal before the car came, or after it left, is no trouble now."""
    outlet = copy(next(o for o in frozen_mirror().outlets.values() if o.refused_at is not None))
    assert refused(outlet)
    outlet.since = ago(minutes=1)
    assert not refused(outlet)
    outlet.since, outlet.activity = None, Activity.IDLE
    assert not refused(outlet)


def test_flat_sorts() -> None:
    """One list by name, by age, by power; turned round."""
    rows = rows_of()
    rows.flat, rows.sort = True, "name"
    labels = [rows.mirror.outlets[row[2:]].label for row in rows.arrange()]
    assert labels == sorted(labels)
    rows.turned = True
    assert [rows.mirror.outlets[row[2:]].label for row in rows.arrange()] == sorted(labels, reverse=True)
    rows.turned, rows.sort = False, "kw"
    powers = [rows.mirror.outlets[row[2:]].power_w or 0 for row in rows.arrange()]
    assert powers == sorted(powers, reverse=True)
