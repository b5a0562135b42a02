"""CDS declarations (WCO data model 3.6): with the parties that are people, in the places where they may stand."""

from habeas.sample.files.drafts import CONSULTANCY_EORI, GOODS, Cast, Draft, Mentions
from habeas.sample.files.xml import Element, element, write
from habeas.sample.people import Person

_DECLARATION = {"xmlns": "urn:wco:datamodel:WCO:DEC-DMS:2", "xmlns:p1": "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"}
_META_DATA = {"xmlns:md": "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"}
_SUBMISSION = {"xmlns": "http://gov.uk/customs/submitDeclaration/v1"}
_STATEMENTS = (
    "Relief claimed; for questions ring {name} on {phone}.",
    "Goods were released to {name} ({email}) against signature.",
    "Amended at the request of {name}.",
)


def declaration(cast: Cast) -> Draft:
    """An import or export declaration; the second and further people of the cast are only named."""
    dice, mentions = cast.dice, Mentions(cast.dice)
    first, *others = cast.people
    importing = dice.random() < 0.6
    kind = "IM" if importing else "EX"
    root = Element(
        "md:MetaData",
        Element("md:WCODataModelVersionCode", "3.6"),
        Element("md:WCOTypeName", "DEC"),
        Element("md:ResponsibleCountryCode", "GB"),
        Element("md:ResponsibleAgencyName", "HMRC"),
        Element(
            "Declaration",
            Element("FunctionCode", "9"),
            Element("FunctionalReferenceID", f"LRN{cast.number:08d}"),
            Element("TypeCode", f"{kind}{dice.choice('AD')}"),
            Element("GoodsItemQuantity", "1"),
            *_header(cast, first, others[2:3], mentions),
            _shipment(cast, others[:2], mentions, importing=importing),
            attributes=_DECLARATION,
        ),
        attributes=_META_DATA,
    )
    if dice.random() < 0.2:
        root = Element("submitDeclarationRequest", Element("requestDetail", root), attributes=_SUBMISSION)
    return Draft(f"{kind}_{cast.number:06d}.xml", "cds_xml", write(root, dice), mentions.noted())


def _header(cast: Cast, first: Person, authenticator: list[Person], mentions: Mentions) -> list[Element]:
    dice = cast.dice
    remark = mentions.fill(dice.choice(_STATEMENTS), first) if dice.random() < 0.3 else None
    parts = [
        Element("AdditionalInformation", Element("StatementDescription", remark)) if remark else None,
        Element("Agent", Element("ID", CONSULTANCY_EORI), Element("FunctionCode", "2")),
        Element("Authentication", Element("Authenticator", Element("Name", mentions.name(authenticator[0]))))
        if authenticator
        else None,
        _party("Declarant", first, mentions, contact=first.eori is None),
        Element("Submitter", Element("ID", cast.client.eori)),
    ]
    return [part for part in parts if part is not None]


def _shipment(cast: Cast, others: list[Person], mentions: Mentions, *, importing: bool) -> Element:
    code, description = cast.dice.choice(GOODS)
    roles = ("Consignee", "Seller") if importing else ("Consignee", "Buyer")
    return Element(
        "GoodsShipment",
        Element("ExitDateTime", Element("p1:DateTimeString", f"{cast.day():%Y%m%d}", attributes={"formatCode": "102"})),
        *(_named(role, person, mentions) for role, person in zip(roles, others, strict=False)),
        Element("Consignment", Element("GoodsLocation", Element("Name", "FXTFXTFXT"), Element("TypeCode", "A"))),
        Element(
            "GovernmentAgencyGoodsItem",
            Element("SequenceNumeric", "1"),
            Element("AdditionalDocument", Element("ID", f"{cast.number:07d}"), Element("Name", "Commercial invoice")),
            Element(
                "Commodity",
                Element("Description", description),
                Element("Classification", Element("ID", code[:8]), Element("IdentificationTypeCode", "TSP")),
            ),
        ),
    )


def _party(role: str, person: Person, mentions: Mentions, *, contact: bool) -> Element:
    """A party with its EORI if it has one, else with a contact who can be reached."""
    return Element(
        role,
        Element("Name", mentions.name(person)),
        element("ID", mentions.eori(person)),
        _address(person),
        Element("Contact", Element("Name", mentions.plain_name(person))) if contact else None,
        Element("Communication", Element("ID", mentions.email(person)), Element("TypeCode", "EM")) if contact else None,
    )


def _named(role: str, person: Person, mentions: Mentions) -> Element:
    """A party of which there is the name and the address only."""
    return Element(role, Element("Name", mentions.name(person)), _address(person))


def _address(person: Person) -> Element:
    where = person.address
    return Element(
        "Address",
        Element("CityName", where.city),
        Element("CountryCode", where.country),
        Element("Line", where.street),
        Element("PostcodeID", where.postcode),
    )
