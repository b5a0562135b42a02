"""What the names of columns and tables say in English, Swedish, Turkish and German schemas."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from habeas.domain.subjects import IdentifierKind

NamePart = Literal["first", "last", "whole"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column seems to hold. `doubt` is what a person must decide about it."""

    category: str
    identifier: IdentifierKind | None = None
    name_part: NamePart | None = None
    secret: bool = False
    other_people: bool = False
    doubt: str | None = None


_NUMBER = r"(no|nr|num|number|code|kod|kodu|nummer|numarasi|id)"
_IDENTITY, _CONTACT, _FINANCIAL = Meaning("identity"), Meaning("contact"), Meaning("financial")
_FREE_TEXT = Meaning("usage", doubt="free text: may name other people")
# The first that fits counts; what is looked at is the name in small letters, its words parted by underscores.
_COLUMNS: tuple[tuple[str, Meaning], ...] = (
    (
        r"""pass(word|wd|wort|code)?|pwd|secret|token|api_key|salt|otp|losenord|kennwort|parola|sifre|
        (\w+_)?hash""",
        Meaning("profile", secret=True),
    ),
    (
        r"""(created|modified|updated|entered|approved|changed|handled|write|create)_(by|uid)|(agent|employee|
        clerk|seller)(_name)?|handlaggare|sachbearbeiter\w*|saljare|temsilci\w*|contact_person|
        kontaktperson|ansprechpartner""",
        Meaning("usage", other_people=True, doubt="is it about somebody else?"),
    ),
    (
        r"""newsletter|(\w+_)?opt_?(in|out)|(\w+_)?consent|(un)?subscri\w*|campaign\w*|samtycke|nyhetsbrev|
        einwilligung|bulten|riza\w*""",
        Meaning("marketing"),
    ),
    (
        r"""e?_?mail(_?(address|addr|adress|adresse|adresi))?|e_?post\w*|e_?posta\w*|mailadress\w*""",
        Meaning("contact", IdentifierKind.EMAIL),
    ),
    (
        r"""(tele)?phone|tel|mobile|cell|fax|faks|gsm|handy|(mobil|cep)?_?(tele|tel)?fon(u|nummer)?|mobil|
        cep(_tel)?|telefax|(tele)?phone_?number|mobile_?number|tel_?no|msisdn""",
        Meaning("contact", IdentifierKind.PHONE),
    ),
    (
        rf"eori(_?{_NUMBER})?",
        Meaning("identity", IdentifierKind.EORI),
    ),
    (
        rf"""vat(_?{_NUMBER})?|(sales_)?tax_{_NUMBER}|(tax_)?identifier_code|ust_?id\w*|umsatzsteuer_?id\w*|
        moms_?(reg)?\w*nr|vergi_?{_NUMBER}""",
        Meaning("identity", IdentifierKind.VAT_NUMBER, doubt="found only where it begins with a country code"),
    ),
    (
        rf"""(customer|client|member|kund|kunden|musteri|uye|mitglieds?|patient|debitor|meta)_?{_NUMBER}""",
        Meaning("identity", IdentifierKind.CUSTOMER_NUMBER, doubt="known to the person?"),
    ),
    (
        rf"(account|konto|hesap)_?{_NUMBER}",
        Meaning("financial", IdentifierKind.ACCOUNT_NUMBER, doubt="the person's, or the ledger's?"),
    ),
    (
        r"contact|contact_?(value|mechanism)|kontakt|iletisim",
        Meaning("contact", doubt="which kinds of address?"),
    ),
    (
        r"(first|given|fore|christian|middle)_?name\w*|(for|mellan)namn|vorname|ad|adi",
        Meaning("identity", name_part="first"),
    ),
    (
        r"(last|family|sur)_?name|efternamn|(nach|familien)name|soyad\w*|soy_isim",
        Meaning("identity", name_part="last"),
    ),
    (
        r"""(full|display|person|contact|customer|client|billing|pay_to|legal)_?name|name|namn|isim|ad_soyad|nom""",
        Meaning("identity", name_part="whole"),
    ),
    (
        r"(date_of_)?birth\w*|dob|fodelse\w*|geburts?\w*|dogum\w*",
        _IDENTITY,
    ),
    (
        r"""ssn|person(al)?_?(nummer|id|number|no|nr)|national_?(id|number)|tckn|tc_?kimlik\w*|kimlik\w*|
        passport\w*|pass_?nr|steuer_?id\w*""",
        Meaning("identity", doubt="a national number: is it needed at all?"),
    ),
    (
        r"""gender|sex|kon|cinsiyet|geschlecht|salutation|anrede|unvan|nickname|initials|job_?title|position|
        befattning|beruf|meslek""",
        _IDENTITY,
    ),
    (
        r"""(\w+_)?(street|address|addr|adress|adresse|adres|adresi)(_?(line)?_?\w{0,5})?|line_(one|two|three|
        \d)|strasse|gata|sokak|cadde|(\w+_)?(city|town|ort|stad|stadt|sehir|ilce|il|county|state|province|
        region|country|land|ulke|building\w*)|(\w+_)?(post(al|_al)?_?(code|kod|kodu|nr|nummer|leitzahl)|
        zip(_?code)?|plz|mail_code|postcode)""",
        _CONTACT,
    ),
    (
        r"user_?name|login(_?name)?|user|benutzer(name)?|kullanici\w*|anvandar\w*",
        Meaning("profile", doubt="a login name?"),
    ),
    (
        r"""(\w+_)?ip(_?addr(ess)?)?|remote_addr\w*|user_agent|browser|device\w*|session\w*|cookie\w*|
        mac_addr\w*""",
        Meaning("technical"),
    ),
    (
        r"iban|bic|swift|bank\w*|card\w*|pan|kreditk\w*|kart_no|credit_?limit|clearing\w*",
        _FINANCIAL,
    ),
    (
        r"""(\w+_)?(amount|total|price|sum|balance|discount\w*|salary|wage|paid|tax|debit|credit|belopp|betrag|
        summa|preis|pris|fiyat\w*|tutar\w*|bakiye|lon|maas|gehalt|revenue|net_?amount)|netamount""",
        _FINANCIAL,
    ),
    (
        r"""(\w+_)?(notes?|comments?|remarks?|description|memo|message|subject|body|text|summary|anteckning\w*|
        kommentar\w*|beskrivning|bemerkung\w*|beschreibung|notiz\w*|aciklama\w*|yorum\w*)|intnotes""",
        _FREE_TEXT,
    ),
    (
        r"photo|image|avatar|picture|bild|foto\w*|resim",
        Meaning("profile"),
    ),
    (
        r"company(_?name)?|employer|firma|foretag\w*|sirket\w*|department|organi[sz]ation",
        Meaning("profile"),
    ),
    (
        r"interests?|preferences?|language|locale|sprak|sprache|dil",
        Meaning("profile"),
    ),
    (
        rf"""(inv(oice)?|order|ord|quo|po|ref(erence)?|faktura?|fatura|rechnungs?|siparis|receipt|ticket)_?{_NUMBER}|
        (\w+_)?reference""",
        Meaning("transaction"),
    ),
)
_COMPILED = tuple((re.compile(pattern, re.VERBOSE), meaning) for pattern, meaning in _COLUMNS)
_PEOPLE = re.compile(
    r"""(\w+_)?(person|people|party|parties|contact|customer|client|user|member|employee|patient|subscriber|
    lead|entity|individual|guest|applicant|student|donor|kund|anstalld|medlem|musteri|calisan|uye|kisi|
    kunde|mitarbeiter|benutzer|mitglied)(s|e?n|er|ler|lar)?""",
    re.VERBOSE,
)
_ENDED = re.compile(
    r"""(\w+_)?(end(ed)?|cease[ds]?|clos(ed?|ing)|cancel\w*|terminat\w*|left|leaving|slut\w*|avslut\w*|
    bitis|ende)(_?(on|at|date|datum|tarihi))?""",
    re.VERBOSE,
)
_RESTRICTED = re.compile(
    r"""restrict\w*|block(ed)?(_at)?|locked(_at)?|suspended(_at)?|gesperrt\w*|sparrad\w*|blokeli|engelli""",
    re.VERBOSE,
)
_DELETED = re.compile(
    r"""(is_)?(deleted|removed|obsolete)(_at|_on)?|deletion_date|geloescht\w*|raderad\w*|silindi|
    silinme_tarihi""",
    re.VERBOSE,
)


_ACTING = re.compile(
    r"""(\w+_)?(by|rep|representative|manager|owner|employee|approver|agent|seller|clerk|reviewer|author|reports_to|
    handlaggare|saljare|sachbearbeiter|temsilci|primary_contact)(_id|_nr|_no)?""",
    re.VERBOSE,
)


def meaning_of(column: str) -> Meaning | None:
    """What a column's name says; None if nothing."""
    words = _words(column)
    return next((meaning for pattern, meaning in _COMPILED if pattern.fullmatch(words)), None)


def names_people(table: str) -> bool:
    """True if a table's name says that its rows are people."""
    return _PEOPLE.fullmatch(_words(table)) is not None


def says_ended(column: str) -> bool:
    """True of the date on which a relation ended."""
    return _ENDED.fullmatch(_words(column)) is not None


def says_restricted(column: str) -> bool:
    """True of a mark that takes a row out of use."""
    return _RESTRICTED.fullmatch(_words(column)) is not None


def says_deleted(column: str) -> bool:
    """True of a mark that stands for deleting."""
    return _DELETED.fullmatch(_words(column)) is not None


def says_acting(column: str) -> bool:
    """True of a reference to somebody who deals with the row, rather than to whom it is about."""
    return _ACTING.fullmatch(_words(column)) is not None


def _words(name: str) -> str:
    plain = name.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i").replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
