"""A register that is wrong is refused, with the line and what to change."""

import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.domain.register import load_register, read_register
from habeas.errors import ConfigurationError

GOOD = (resources.files("habeas.sample") / "register.yaml").read_text("utf-8")
LINES = GOOD.splitlines(keepends=True)


def faults_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "register.yaml"
    path.write_text(text, "utf-8")
    return [str(each) for each in read_register(path)[1]]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


WRONG = [
    # what is replaced, by what, where the fault is told, what is told
    ("categories: [contact, identity, financial", "categories: [contact, identiy, financial", "identiy", "did you mean 'identity'?"),
    ('    years: 6\n    legal_basis: "UK GDPR', '    legal_basis: "UK GDPR', "- id: customer-basics", "has no period: add years, months or days"),
    ("    anchor: customer_ceased\n", "    anchor: customer_left\n", "customer_left", "date 'customer_left' is not in 'anchors'"),
    ("  - id: uk-vat-records", "  - id: customer-basics", None, "'customer-basics' is there already"),
    ("retention:\n", "retension:\n", "retension:", "did you mean 'retention'?"),
    ('    legal_basis: "UK GDPR', '    legal_bassis: "UK GDPR', "legal_bassis", "did you mean 'legal_basis'?"),
    ("notice_version: 2018-07-16", "notice_version: 2018-13-16", "2018-13-16", "is no date: write it as 2018-07-16"),
    ("    bases: [contract]\n", "    bases: []\n", "bases: []", "is empty: name at least one"),
    ("    bases: [contract]\n", "", "- id: registration", "bases: is missing"),
    ("    bases: [contract]\n", "    bases: [contrakt]\n", "contrakt", "did you mean 'contract'?"),
    ("    relations: [customer]\n    anchor: customer_c", "    relations: [custommer]\n    anchor: customer_c", "custommer", "did you mean 'customer'?"),
    ("mechanisms: [adequacy,", "mechanisms: [privacy-shield,", "[privacy-shield", "Privacy Shield is void"),
    ("Some of our service providers are", "Under Privacy Shield some are", 'text:\n      en: "Under', "Privacy Shield is void"),
    ("recipients: [service-providers]", "recipients: [service-provider]", "[service-provider]", "did you mean 'service-providers'?"),
    ("jurisdiction: GB-EAW", "jurisdiction: GB-EWA", "GB-EWA", "did you mean 'GB-EAW'?"),
    ('company_number: "09917825"', "company_number: 9917825", "9917825", "is not text: put it in quotes"),
    ("    countries: [SE]\n  - name: Kişisel", "    countries: [sweden]\n  - name: Kişisel", "sweden", "has not the form"),
    ('      sv: "Vi är enligt lag skyldiga att bevara grund', '      # "', 'text:\n      en: "We are obliged', "has no text in 'sv'"),
    ("establishments: [GB]", "establishments: [GB, DE]", "regulators:\n", "none is for DE"),
    ("matters: []", "matters:\n  - {id: m, title: M, opened: 2026-01-01, text: {en: a, sv: b, tr: c}}", "- {id: m,", "holds everything of everybody"),
    ("roles: []", "roles:\n  - {role: processor, system: portal}", "- {role: processor, system: portal}", "'client' goes with role processor"),
    ("roles: []", "roles:\n  - {role: affiliate, affiliate: nobody}", "nobody}", "affiliate 'nobody' is not in 'affiliates'"),
    ("notice_version: 2018-07-16", "notice_version: 2018-07-16\nnotice_version: 2019-07-16", "notice_version: 2019", "is there twice"),
    ("  email: info@customsconnect.eu", '  email: !fill-in "the address"', "!fill-in", "is yours to fill in: the address"),
    ("regulators:\n", "regulators: [\n", None, "not valid YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "wrong", "where", "told"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_each_mistake_is_told_by_line_and_with_its_remedy(tmp_path, good, wrong, where, told):
    assert good in GOOD
    text = GOOD.replace(good, wrong, 1)
    faults = faults_of(tmp_path, text)
    matching = [each for each in faults if told in each]
    assert matching, faults
    if where is not None:
        assert matching[0].startswith(f"line {line_of(text, where)}, column "), (matching, line_of(text, where))


def test_the_column_is_that_of_the_value(tmp_path):
    faults = faults_of(tmp_path, GOOD.replace("notice_version: 2018-07-16", "notice_version: 16 July"))
    assert [re.search(r"column \d+", each)[0] for each in faults] == ["column 17"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path):
    text = (
        GOOD.replace("GB-EAW", "GB-EWA", 1).replace("customer_ceased\n", "ceased\n", 1).replace("[adequacy", "[adeqacy")
    )
    lines = [int(re.search(r"line (\d+)", each)[1]) for each in faults_of(tmp_path, text)]
    assert lines == sorted(lines)


def test_what_runs_on_the_register_stops_at_its_first_mistake(tmp_path):
    """Exit code 3 with one line; how many more there are is told."""
    path = tmp_path / "register.yaml"
    path.write_text(GOOD.replace("[contract]", "[]").replace("notice_version: 2018", "notice_version: x"), "utf-8")
    with pytest.raises(ConfigurationError, match=r"register.yaml, line \d+, column \d+: .* \(and 1 more: ") as caught:
        load_register(path)
    assert caught.value.exit_code == 3
    with pytest.raises(ConfigurationError, match="is missing: 'habeas init' writes one"):
        load_register(tmp_path / "none.yaml")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(LINES) - 1), st.text(max_size=12), st.booleans())
def test_whatever_stands_there_is_read_or_refused_and_never_breaks(tmp_path, number, junk, instead):
    """Any line lost or spoilt: a fault within the file, or a register."""
    text = "".join([*LINES[:number], junk if instead else "", "\n", *LINES[number + 1 :]])
    path = tmp_path / "register.yaml"
    path.write_text(text, "utf-8", errors="replace")
    register, faults = read_register(path)
    assert register is not None or faults
    assert all(1 <= each.line <= len(LINES) + 12 and each.column >= 1 for each in faults)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "- a",
        "&x [*x]",
        "controller: &a {b: *a}",
        "? [a, b]\n: c",
        "\x00",
        "1: 2",
        "!!python/object:os.system x",
    ],
)
def test_what_is_no_register_at_all_is_refused(tmp_path, text):
    assert faults_of(tmp_path, text)


def test_registers_of_earlier_versions_are_read(tmp_path):
    """Recipients, sources and transfers as texts alone, categories and regulators without more, years alone."""
    old = """
controller: {name: A, address: [B], email: c@example.org, data_protection_manager: D}
regulators: [{name: ICO, url: ico.org.uk}]
notice_version: 2018-07-16
categories: {identity: {en: Identity}}
retention:
  - {id: r, categories: [identity], relations: [customer], years: 6, anchor: ended, legal_basis: law, text: {en: six}}
purposes: [{text: {en: use}, categories: [identity], bases: [contract]}]
recipients: [{en: banks}]
sources: [{en: you}]
transfers: [{en: none}]
"""
    assert faults_of(tmp_path, old) == []
    register = load_register(tmp_path / "register.yaml")
    assert (register.recipients[0].text["en"], register.jurisdiction) == ("banks", "GB-EAW")
