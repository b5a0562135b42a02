"""What the register and the systems do not know of each other."""

from importlib import resources
from pathlib import Path

import pytest

from connectors.customs_files.connector import FileStoreConnector
from connectors.mailing_list.describing import describe as describe_lists
from connectors.sql.describing import describe
from connectors.sql.map import SqlMap, load_map
from habeas.domain.descriptions import Described
from habeas.domain.register import Matter, Register, load_register
from habeas.domain.register_comparison import compare
from habeas.ports import Describes


@pytest.fixture(scope="module")
def ccg() -> Register:
    with resources.as_file(resources.files("habeas.sample") / "register.yaml") as path:
        return load_register(Path(path))


def mapped(name: str) -> list[Described]:
    with resources.as_file(resources.files("connectors") / name / "map.yaml") as path:
        return list(describe(load_map(Path(path))))


@pytest.fixture
def systems(tmp_path) -> dict[str, list[Described]]:
    files = FileStoreConnector(tmp_path)
    assert isinstance(files, Describes)
    return {
        "crm": mapped("crm"),
        "billing": mapped("billing"),
        "mailing_list": list(describe_lists()),
        "customs_files": list(files.describe()),
    }


def problems(register, systems, **more):
    return [(each.about, each.what) for each in compare(register, systems, **more) if each.weight == "problem"]


def test_the_sample_fits_the_register_made_for_it(ccg, systems):
    assert problems(ccg, systems) == []
    notes = [each.about for each in compare(ccg, systems) if each.weight == "note"]
    by_hand = [f"recipient {each.id}" for each in ccg.recipients]
    assert notes == ["categories.usage", "retention.uk-customs-records", *by_hand]


def test_tables_tell_the_relations_and_dates_of_their_parents():
    """An invoice is its account's: whose it is and when the customer left is said there."""
    by_name = {each.collection: each for each in mapped("billing")}
    assert by_name["payments"].relations == {"customer"}
    assert by_name["payments"].anchors == {"customer_ceased", "issued", "paid"}
    assert {each.collection: each.relations for each in mapped("crm")}["logins"] is None


def test_a_column_by_which_people_are_known_has_a_category():
    raw = {
        "title": "People",
        "key": ["id"],
        "identifiers": {"email": "mail", "phone": ["tel"], "account_number": "id"},
        "categories": {"identity": ["name"]},
        "ignored": ["tel"],
    }
    (people,) = describe(SqlMap.model_validate({"tables": {"people": raw}}))
    assert people.fields == {"name": "identity", "mail": None}


BASICS = {"name": "identity", "phone": "contact"}


@pytest.mark.parametrize(
    ("described", "about", "what"),
    [
        (Described("t", {"mail": None}), "crm.t.mail", "has no category"),
        (Described("t", {"mail": "contakt"}), "crm.t.mail", "'contakt' is not in the register; did you mean 'contact'?"),
        (Described("t", BASICS, frozenset({"custumer"})), "crm.t", "relation 'custumer' is not in the register; did you mean 'customer'?"),
        (Described("t", BASICS, None), "retention.customer-basics", "no system tells 'customer_ceased', from which it counts"),
        (Described("t", {"at": "usage"}, None, frozenset({"customer_ceased"})), "retention.customer-basics", "nothing uses it"),
        (Described("t", BASICS, frozenset({"prospect"}), frozenset({"customer_ceased"})), "retention.customer-basics", "nothing uses it"),
    ],
)  # fmt: skip
def test_each_misfit_is_told(ccg, described, about, what):
    assert any(each == about and what in told for each, told in problems(ccg, {"crm": [described]}))


def test_a_category_needs_a_purpose(ccg):
    fewer = ccg.model_copy(update={"purposes": tuple(each for each in ccg.purposes if "usage" not in each.categories)})
    assert problems(fewer, {}) == [("categories.usage", "has no purpose")]


def test_what_is_said_not_to_be_collected_is_pointed_out_where_it_is_found(ccg):
    """law A13: no special categories, no children knowingly: flag if found."""
    raw = ccg.model_dump()
    raw["categories"]["health"] = {"en": "Health"}
    raw["sensitive"]["special_categories"] = {"health"}
    register = Register.model_validate(raw)
    held = {"crm": [Described("t", {"diet": "health"})]}
    assert ("crm.t.diet", "holds 'health', which the notice says is not collected") in problems(
        register, held, complete=False
    )
    raw["sensitive"]["expected"] = True
    assert not [
        each for each in problems(Register.model_validate(raw), held, complete=False) if each[0] == "crm.t.diet"
    ]


def test_while_a_system_can_not_be_asked_nothing_is_called_unused(ccg):
    assert problems(ccg, {"crm": [Described("t", BASICS)]}, complete=False) == []


def test_a_role_that_means_no_collection_is_told(ccg, systems):
    raw = ccg.model_dump() | {"roles": [{"role": "processor", "system": "krm", "client": "Acme"}]}
    assert problems(Register.model_validate(raw), systems) == [
        ("roles[1]", "no collection of any system is meant by it")
    ]


def test_a_hold_is_found_by_its_id_whether_rule_or_matter(ccg):
    matter = Matter(id="m", title="M", opened="2026-01-01", categories={"usage"}, text={"en": "a dispute"})
    register = ccg.model_copy(update={"matters": (matter,)})
    assert (register.hold("m"), register.hold("customer-basics"), register.hold("x")) == (
        matter,
        ccg.retention[0],
        None,
    )
