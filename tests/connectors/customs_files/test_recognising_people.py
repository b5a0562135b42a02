"""Who is found, how surely, and who is not."""
# ruff: noqa: RUF001 (names with signs that look like others)

import pytest

from habeas.domain.subjects import IdentifierKind, Subject, identifier

STRONG = {
    "address in capitals": "ANNA.OBERG@EXAMPLE.ORG",
    "address in angle brackets": "<anna.oberg@example.org>",
    "address in a link": "mailto:anna.oberg@example.org?subject=x",
    "address at a sentence's end": "Write to anna.oberg@example.org.",
    "address after dots": "Mail...anna.oberg@example.org",
    "address twice": "anna.oberg@example.org;anna.oberg@example.org",
    "EORI with spaces": "EORI GB 123 456 789 000",
    "EORI in lower case": "gb123456789000",
    "EORI in parentheses": "(GB123456789000)",
    "phone as in Britain": "0161 496 0123",
    "phone in one": "01614960123",
    "phone with trunk zero": "+44 (0) 161 496 0123",
    "phone dialled from abroad": "00 44 161 496 0123",
    "phone with dots": "0161.496.0123",
    "phone with hyphens": "0161–496–0123",
    "phone with an extension": "0161 496 0123x5",
    "customer number": "your number c-10427",
}
NOBODY = {
    "longer local part": "joanna.oberg@example.org",
    "local part joined by a dot": "x.anna.oberg@example.org",
    "local part joined by a hyphen": "mary-anna.oberg@example.org",
    "longer domain": "anna.oberg@example.org.uk",
    "domain that goes on": "anna.oberg@example.organic",
    "longer EORI": "GB1234567890001",
    "EORI of a branch": "GB123456789000-1",
    "EORI with letters before": "XGB123456789000",
    "longer phone": "0161 496 01234",
    "another country's phone": "+46 161 496 0123",
    "phone within a longer number": "99901614960123",
    "longer customer number": "C-104271",
    "customer number with a suffix": "C-10427-3",
    "name in free text": "Dear Anna Öberg,",
}


@pytest.mark.parametrize("case", STRONG)
def test_a_strong_identifier_is_found_however_it_is_written(folder, case) -> None:
    """Case, spaces, separators and what stands around it make no difference."""
    folder.put("client/note.txt", f"Before\n{STRONG[case]}\nAfter\n")
    (record,) = folder.strong()
    assert record.key == "client/note.txt#0:2"


@pytest.mark.parametrize("case", NOBODY)
def test_what_only_resembles_an_identifier_is_nobodys(folder, case) -> None:
    """An identifier that is a piece of a longer one is another one."""
    folder.put("client/note.txt", f"Before\n{NOBODY[case]}\nAfter\n")
    assert folder.records() == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Anna Öberg", "Anna Öberg"),
        ("Anna Öberg", "ÖBERG, ANNA"),
        ("Anna Öberg", "Anna O\u0308berg"),
        ("Anna Öberg", "Mrs. Anna M. Oberg"),
        ("Anna Öberg", "ACME Ltd c/o Anna Öberg"),
        ("Anna Öberg", "An\u00adna \u200bÖberg"),
        ("Anna Öberg", "Ａｎｎａ Öberg"),
        ("Anna Maria Öberg", "Anna Öberg"),
        ("Ayşe Yıldız", "AYŞE YILDIZ"),
        ("Łukasz Ørsted", "Lukasz Orsted"),
        ("Sean O'Brien", "O’Brien, Sean"),
        ("Steffi Groß", "STEFFI GROSS"),
        ("Mr B Shaver", "Mr B Shaver"),
        ("Les McQueen", "McQueen Les"),
        ("Constantine Papadopoulos", "Constantine Papado"),
        ("Constantine Papadopoulos", "Papadopoulos, Cons"),
        ("Ayşe Yıldız", "Ayþe Yýldýz"),
        ("Jörg Müller", "JÃ¶rg MÃ¼ller"),
    ],
)
def test_a_name_in_a_person_field_is_for_review(folder, name, written) -> None:
    """Either order, without accents, misread accents, cut at eighteen characters: a weak match, never more."""
    folder.put("client/report.csv", f'Entry,Consignee,Value\n1,"{written}",5\n2,Somebody Else,6\n')
    (record,) = folder.records(Subject("s", (identifier(IdentifierKind.NAME, name),)))
    assert record.match.value == "weak"
    assert record.fields[0].value == written


@pytest.mark.parametrize("written", ["Anna Berg", "Hanna Öberg", "Öberg", "Anna", "Anna Bo Carl Dan Öberg Transport"])
def test_another_name_is_not_found(folder, written) -> None:
    """A surname or first name alone is nobody's."""
    folder.put("client/report.csv", f'Entry,Consignee,Value\n1,"{written}",5\n2,Somebody Else,6\n')
    assert folder.records() == []


def test_a_name_split_over_two_fields_is_found(folder) -> None:
    """First name and family name beside each other are a name."""
    folder.put("client/a.csv", "GivenName,Surname,City\nAnna,Öberg,Ystad\nBo,Öberg,Ystad\n")
    (record,) = folder.weak()
    assert record.key == "client/a.csv#3"


def test_a_father_and_a_son_keep_apart(folder, anna) -> None:
    """The same name and address, another e-mail address: for a person to decide."""
    folder.put(
        "client/a.csv", "Name,Email,City\nAnna Öberg,anna.oberg@example.org,Ystad\nAnna Öberg,a2@example.org,Ystad\n"
    )
    assert len(folder.strong()) == len(folder.weak()) == 1


def test_an_address_that_differs_in_accents_only_is_for_review(folder) -> None:
    """Folding finds it; it may be somebody else's."""
    folder.put("client/note.txt", "muller@example.org")
    (record,) = folder.records(Subject("s", (identifier(IdentifierKind.EMAIL, "müller@example.org"),)))
    assert record.match.value == "weak"


def test_a_bare_number_is_a_customer_number_only_where_it_says_so(folder) -> None:
    """Six digits may be a value, a code or a quantity."""
    subject = Subject("s", (identifier(IdentifierKind.CUSTOMER_NUMBER, "104270"),))
    folder.put("client/a.txt", "Customer no. 104270")
    folder.put("client/b.txt", "Value 104270 and 104270.50 and 1,104270")
    folder.put("client/c.csv", "Customer No,Email\n104270,a@b.c\n999,b@b.c\n")
    assert {each.key for each in folder.strong(subject)} == {"client/a.txt#0:1", "client/c.csv#2"}
    assert [each.key for each in folder.weak(subject)] == ["client/b.txt#0:1"]


def test_a_vat_number_is_found_in_the_eori_it_is_part_of(folder) -> None:
    """A British sole trader's EORI is their VAT number and three zeros; a field for VAT numbers leaves the country out."""
    subject = Subject("s", (identifier(IdentifierKind.VAT_NUMBER, "GB123456789"),))
    folder.put("client/a.edi", "UNB+UNOA:1+A+B'NAD+SU+X'RFF+VA:123456789'NAD+BY+GB123456789000'NAD+CN+GB123456789001'")
    assert [each.key for each in folder.strong(subject)] == ["client/a.edi#4", "client/a.edi#5"]


def test_many_people_are_found_in_one_pass(folder) -> None:
    """Each gets their own records."""
    people = [Subject(f"s{n}", (identifier(IdentifierKind.EMAIL, f"p{n}@example.org"),)) for n in range(500)]
    folder.put("client/a.csv", "Email,City\n" + "".join(f"P{n}@example.org,X\n" for n in range(500)))
    found = list(folder.connector.find(people))
    assert [each.subject for each in found] == [f"s{n}" for n in range(500)]


@pytest.mark.parametrize("value", ["%", "*", "\0", "[erased]", "(", "\\"])
def test_odd_identifiers_are_compared_literally(folder, value) -> None:
    """Nothing of them is a pattern, or ends one."""
    folder.put("client/a.txt", "a@example.org 50 % * ( \\ [erased]\n")
    subject = Subject("s", tuple(identifier_of(kind, value) for kind in IdentifierKind))
    assert folder.strong(subject) == []


def identifier_of(kind, value):
    return type(identifier(IdentifierKind.NAME, "x"))(kind, value)


def test_somebody_named_in_a_path_is_for_review_and_the_path_is_masked(folder) -> None:
    """Folders and files named after the person are found; keys and places don't name them."""
    folder.put("anna-oberg/anna.oberg@example.org.pdf", b"%PDF-1.7")
    folder.put("client/notes.txt", "nothing")
    records = folder.records()
    assert [each.fields[0].value for each in records] == ["anna-oberg", "anna.oberg@example.org.pdf"]
    assert {each.match.value for each in records} == {"weak"}
    told = " ".join([*(each.key for each in records), *folder.unsearched()]).lower()
    assert "anna" not in told
    assert "oberg" not in told


def test_a_clients_data_is_marked_as_theirs(folder) -> None:
    """law C28: held as the client's processor: the client is the controller; other folders are the controller's own."""
    folder.put("clients.yaml", "acme: {name: Acme Ltd, role: processor}\nown: {role: controller}\n")
    folder.put("beta/client.yaml", "role: processor\n")
    for client in ("acme", "beta", "own", "more"):
        folder.put(f"{client}/a.txt", "anna.oberg@example.org")
    assert {each.key.partition("/")[0]: each.client for each in folder.strong()} == {
        "acme": "Acme Ltd",
        "beta": "beta",
        "own": None,
        "more": None,
    }


def test_fields_carry_the_notices_categories(folder) -> None:
    """law A12: names are identity, addresses contact, EORI transaction, cards financial; a password is never shown."""
    folder.put(
        "client/a.csv",
        "Name,Email,EORI,Street,IBAN,Password,Occupation\nAnna,anna.oberg@example.org,GB1,Mill Lane,GB2,swordfish,Clerk\n",
    )
    (record,) = folder.strong()
    assert {each.name: each.category for each in record.fields} == {
        "Name": "identity",
        "Email": "contact",
        "EORI": "transaction",
        "Street": "contact",
        "IBAN": "financial",
        "Password": "profile",
        "Occupation": "identity",
    }
    assert [each.name for each in record.fields if each.secret] == ["Password"]
