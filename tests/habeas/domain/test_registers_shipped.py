"""The two registers that come with Habeas say what their notices say."""

import re
from importlib import resources
from pathlib import Path

import pytest

from habeas.domain.register import Register, load_register, read_register
from habeas.errors import ConfigurationError

SAMPLE = resources.files("habeas.sample")
TEMPLATE = (SAMPLE / "register-2customs.yaml").read_text("utf-8")
FILLED = {
    "jurisdiction": "TR",
    "establishments": "[TR]",
    "controller.name": "2customs A.Ş.",
    "controller.company_number": '"0123"',
    "controller.address": '["1 Example Street", "İstanbul"]',
    "controller.email": "kvkk@example.org",
    "controller.data_protection_manager": "Veri koruma yöneticisi",
    "controller.country": "TR",
    "affiliates": "[]",
    "regulators": "[{name: KVKK, url: kvkk.gov.tr, countries: [TR]}]",
    "roles": "[]",
    "retention[1].years": "10",
    "retention[1].legal_basis": '"Code of Obligations No. 6098, Article 146"',
    "transfers": "[]",
    "automated_decisions": "{en: none, sv: inga, tr: yok}",
}


@pytest.fixture
def ccg() -> Register:
    with resources.as_file(SAMPLE / "register.yaml") as path:
        return load_register(Path(path))


def filled_in(tmp_path: Path, but: str | None = None) -> Path:
    values = iter(FILLED.items())

    def fill(tag: re.Match[str]) -> str:
        entry, value = next(values)
        return tag[0] if entry == but else value

    path = tmp_path / "register.yaml"
    path.write_text(re.sub(r'!fill-in ".*"', fill, TEMPLATE.replace("every !fill-in is", "each is")), "utf-8")
    return path


def test_ccg_uses_data_as_its_notice_says(ccg):
    """law A14: each purpose, its data and its bases; law A16: marketing by request, purchase or consent."""
    told = {each.id: (set(each.categories), set(each.bases)) for each in ccg.purposes}
    interest = "legitimate-interests"
    assert told == {
        "registration": ({"identity", "contact"}, {"contract"}),
        "account": ({"identity", "contact", "financial", "transaction", "marketing"}, {"contract", interest}),
        "relationship": ({"identity", "contact", "profile", "marketing"}, {"contract", "legal-obligation", interest}),
        "protection": ({"identity", "contact", "technical"}, {interest, "legal-obligation"}),
        "advertising": ({"identity", "contact", "profile", "usage", "marketing", "technical"}, {interest}),
        "analytics": ({"technical", "usage"}, {interest}),
        "recommendations": ({"identity", "contact", "technical", "usage", "profile"}, {interest}),
        "newsletter": ({"identity", "contact", "marketing"}, {"consent", interest}),
        "client-work": ({"identity", "contact", "transaction"}, {interest}),
    }
    assert {each.id for each in ccg.purposes if each.direct_marketing} == {
        "advertising",
        "recommendations",
        "newsletter",
    }


def test_ccg_is_who_its_notice_says(ccg):
    """law A1: the controller and its number; law A12: the eight categories; law A13: nothing sensitive; law A18; law A21."""
    assert (ccg.controller.name, ccg.controller.company_number) == ("Customs Connect Group Limited", "09917825")
    assert set(ccg.categories) == {
        "contact", "financial", "identity", "marketing", "profile", "technical", "transaction", "usage",
    }  # fmt: skip
    assert not ccg.sensitive.expected
    assert [each.id for each in ccg.recipients] == [
        "group",
        "service-providers",
        "advisers",
        "authorities",
        "merger-parties",
    ]
    assert ccg.notice_version.isoformat() == "2018-07-16"


def test_transfers_name_only_what_is_in_force(ccg):
    """law A19: adequacy or approved clauses; Privacy Shield is void and named nowhere."""
    assert {*ccg.transfers[0].mechanisms} == {"adequacy", "standard-contractual-clauses"}
    assert "shield" not in ccg.model_dump_json().casefold()


@pytest.mark.parametrize(
    ("residence", "named"),
    [("GB", ["ico"]), ("SE", ["ico", "imy"]), ("TR", ["ico", "kvkk"]), ("US", ["ico"]), (None, ["ico", "imy", "kvkk"])],
)
def test_regulators_go_by_residence_and_establishment(ccg, residence, named):
    """law A2: the ICO at any time; ICO, IMY, KVKK by residence and establishment, both if they differ."""
    assert [each.url.split(".")[0] for each in ccg.regulators_for(residence)] == named


def test_2customs_is_refused_until_every_fact_is_filled_in(tmp_path):
    """law A1, law A20: no years, address, regulator or channel given: mandatory configuration."""
    path = tmp_path / "register.yaml"
    path.write_text(TEMPLATE, "utf-8")
    register, faults = read_register(path)
    assert register is None
    assert [each.entry for each in faults] == [*FILLED]
    lines = TEMPLATE.splitlines()
    assert all("!fill-in" in lines[each.line - 1] for each in faults)
    with pytest.raises(ConfigurationError, match=r"line \d+, column \d+: jurisdiction: is yours to fill in: "):
        load_register(path)


@pytest.mark.parametrize("but", FILLED)
def test_2customs_is_refused_while_one_fact_is_open(tmp_path, but):
    path = filled_in(tmp_path, but)
    assert f"{but}: is yours to fill in" in "".join(str(each) for each in read_register(path)[1])
    with pytest.raises(ConfigurationError):
        load_register(path)


def test_2customs_filled_in_is_complete(tmp_path):
    """law A20: further data (events, surveys, position); all three languages; Turkish holds are in force."""
    register = load_register(filled_in(tmp_path))
    assert {"events", "surveys", "position"} <= set(register.categories)
    assert set(register.categories) == {category for each in register.purposes for category in each.categories}
    bound = {each.id for each in register.retention if register.binds(each)}
    assert bound == {"contract-records", "turkey-customs-records", "turkey-commercial-records"}
    assert register.notice_version.isoformat() == "2023-08-01"
