"""law C18: whether a database is guarded is told, table by table, with what is to be done."""

import pytest

from habeas.errors import ConfigurationError, NotFoundError

pytestmark = pytest.mark.postgres


def gaps(firm, sql_map=None):
    """What is told of each table that has a gap."""
    connector = firm.connect(sql_map) if sql_map else firm.connect()
    return {each.place: each.gap.what for each in connector.guards() if each.gap}


def test_each_table_is_said_to_be_marked_only_guarded_or_moved_away(firm):
    """law C18d: a warning names the command; once it has been run, nothing is left to warn of."""
    before = firm.connect().guards()
    marked = {each.place for each in before if each.gap and each.gap.what.startswith("marked only")}
    assert marked == {"people", "notes", "orders", "orders_aside", "lines", "labels"}
    assert all("habeas connectors guard crm" in each.gap.remedy for each in before)
    assert gaps(firm)["parcels"] == f"moved to parcels_kept, which {firm.name('web')} can reach"
    firm.guard("web")
    how = {each.place: (each.how, each.gap) for each in firm.connect().guards()}
    assert how == dict.fromkeys(marked, ("guarded", None)) | {"parcels": ("moved away", None)}


def test_a_role_that_is_not_guarded_against_is_named(firm, firm_map):
    """law C18d: by grants of its own or of a group it may become; whoever heeds the mark is named in the map."""
    firm.guard("web")
    firm.run("CREATE ROLE @group; GRANT SELECT ON notes TO @group")
    assert gaps(firm) == {}
    firm.make_role("reports", "LOGIN NOINHERIT")
    firm.run("GRANT @group TO @reports")
    assert gaps(firm) == {"notes": f"not guarded against {firm.name('group')}"}
    assert gaps(firm, f"heeded_by: [@group]\n{firm_map}") == {}
    firm.guard("web", "group")
    assert gaps(firm) == {}
    firm.run("ALTER ROLE @web BYPASSRLS")
    assert gaps(firm)["notes"] == f"not guarded against {firm.name('web')}"


@pytest.mark.parametrize(
    ("undone", "told"),
    [
        ("ALTER TABLE notes DISABLE TRIGGER habeas_guard", {"notes": "switched off"}),
        ("ALTER TABLE notes DISABLE ROW LEVEL SECURITY", {"notes": "switched off"}),
        ("DROP POLICY habeas_guard ON notes", {"notes": "marked only"}),
        ("DROP TRIGGER habeas_guard ON orders_aside", {"orders_aside": "marked only"}),
        ("ALTER TABLE notes OWNER TO @web", {"notes": "not guarded against"}),
        ("GRANT SELECT ON parcels_kept TO PUBLIC", {"parcels": "can reach"}),
        ("DROP TABLE lines; CREATE VIEW lines AS SELECT 1 AS id, 1 AS order_id, '' AS text", {"lines": "no table"}),
    ],
)
def test_a_guard_that_has_been_taken_away_is_missed(firm, undone, told):
    """law C18d: by an upgrade, a restored backup, somebody's hand."""
    firm.guard("web")
    assert gaps(firm) == {}
    firm.run(undone)
    found = gaps(firm)
    assert found.keys() == told.keys()
    assert all(part in found[place] for place, part in told.items())


def test_a_guard_made_for_another_map_is_told_of(firm, firm_map):
    """What restricts the rows now is not what the policy asks for."""
    firm.guard("web")
    firm.run("ALTER TABLE people ADD COLUMN gone BOOLEAN")
    changed = gaps(firm, firm_map.replace("blocked_at", "gone"))
    assert changed == dict.fromkeys(("people", "notes"), "guarded by another map than the one in use")


def test_programs_that_heed_the_mark_themselves_are_taken_at_their_word(firm, firm_map):
    """`heeded_by: all`: no warning; what is moved has to be out of reach all the same."""
    told = firm.connect(f"heeded_by: all\n{firm_map}").guards()
    assert {each.place for each in told if each.gap} == {"parcels"}
    assert {each.how for each in told if each.place != "parcels"} == {
        "left to the programs, which heed the mark as the map says"
    }


def test_a_view_that_shows_what_is_restricted_is_told_of_and_made_to_ask_as_its_reader(firm, act):
    """law C18d: a view reads as its owner; one whose readers have no rights to its tables is left to a person."""
    firm.make_role("reports")
    firm.run("CREATE VIEW mails AS SELECT email FROM people; CREATE MATERIALIZED VIEW copy AS SELECT email FROM people")
    firm.run("GRANT SELECT ON mails TO @web")
    script = firm.guard("web")
    assert "ALTER VIEW public.mails SET (security_invoker = true);\n" in script
    assert "-- public.copy shows restricted rows of public.people: leave them out of it by hand.\n" in script
    act(firm.connect(), "restrict")
    assert firm.rows("SELECT * FROM mails", role="web") == [("bo@example.org",)]
    assert gaps(firm) == {}
    firm.run("ALTER VIEW mails RESET (security_invoker); GRANT SELECT ON mails TO @reports")
    assert gaps(firm)["people"] == f"public.mails shows it to {firm.name('reports')}, {firm.name('web')}"
    assert f"-- grant {firm.name('reports')} what it reads" in firm.guard("web")
    firm.run("GRANT SELECT ON copy TO @web; REVOKE ALL ON mails FROM @web, @reports")
    assert gaps(firm)["people"] == f"public.copy shows it to {firm.name('web')}"


def test_a_role_that_no_policy_binds_or_that_is_our_own_is_refused(firm):
    """In one line that says what to change; without any, the candidates are named."""
    firm.make_role("owner", "LOGIN SUPERUSER")
    crm = firm.connect()
    for role, told in (("owner", "no policy holds for"), ("habeas", "Habeas itself signs in as")):
        with pytest.raises(ConfigurationError, match=told):
            crm.guard_script([firm.name(role)])
    with pytest.raises(NotFoundError, match="no role nobody"):
        crm.guard_script(["nobody"])
    with pytest.raises(ConfigurationError, match=f"--role.*reach its tables: {firm.name('web')}$"):
        crm.guard_script([])
    firm.run("GRANT @web TO @habeas")
    with pytest.raises(ConfigurationError, match="would no longer see what it restricted"):
        crm.guard_script([firm.name("web")])
