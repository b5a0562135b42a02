"""Commercial invoices as UBL 2.1, with a contact and a person."""

from habeas.sample.files.drafts import GOODS, Cast, Draft, Mentions
from habeas.sample.files.xml import Element, element, write

_NAMESPACES = {
    "xmlns": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "xmlns:cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "xmlns:cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def invoice(cast: Cast) -> Draft:
    """The first of the cast is the buyer's contact, the second the person at the seller's."""
    mentions = Mentions(cast.dice)
    buyer, *others = cast.people
    amount = f"{cast.dice.randint(100, 900_000) / 100:.2f}"
    root = Element(
        "Invoice",
        Element("cbc:ID", f"CI-{cast.number:06d}"),
        Element("cbc:IssueDate", cast.day().isoformat()),
        Element(
            "cac:AccountingSupplierParty",
            Element(
                "cac:Party",
                Element("cac:PartyName", Element("cbc:Name", "Overseas Suppliers Co.")),
                *(
                    Element(
                        "cac:Person",
                        Element("cbc:FirstName", mentions.given(person)),
                        Element("cbc:FamilyName", person.family),
                    )
                    for person in others[:1]
                ),
            ),
        ),
        Element(
            "cac:AccountingCustomerParty",
            Element(
                "cac:Party",
                Element("cac:PartyName", Element("cbc:Name", cast.client.name)),
                Element("cac:PartyTaxScheme", Element("cbc:CompanyID", mentions.vat(buyer))) if buyer.vat else None,
                Element(
                    "cac:Contact",
                    Element("cbc:Name", mentions.name(buyer)),
                    element("cbc:Telephone", mentions.phone(buyer)),
                    Element("cbc:ElectronicMail", mentions.email(buyer)),
                ),
            ),
        ),
        Element("cac:LegalMonetaryTotal", _amount("cbc:PayableAmount", amount)),
        Element(
            "cac:InvoiceLine",
            Element("cbc:ID", "1"),
            _amount("cbc:LineExtensionAmount", amount),
            Element("cac:Item", Element("cbc:Description", cast.dice.choice(GOODS)[1])),
        ),
        attributes=_NAMESPACES,
    )
    return Draft(f"invoice_{cast.number:06d}.xml", "ubl_xml", write(root, cast.dice), mentions.noted())


def _amount(name: str, value: str) -> Element:
    return Element(name, value, attributes={"currencyID": "GBP"})
