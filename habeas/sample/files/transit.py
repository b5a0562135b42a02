"""NCTS phase 5 declarations (CC015C), placeholders included."""

from habeas.sample.files.drafts import Cast, Draft, Mentions
from habeas.sample.files.xml import Element, element, write
from habeas.sample.people import Person


def transit_declaration(cast: Cast) -> Draft:
    """The holder of the procedure is the first of the cast; consignor and consignee are named."""
    mentions = Mentions(cast.dice)
    holder, *others = cast.people
    root = Element(
        "ncts:CC015C",
        Element("messageSender", "habeas.customs"),
        Element("messageRecipient", "NTA.GB"),
        Element("preparationDateAndTime", f"{cast.day()}T09:30:00"),
        Element("messageType", "CC015C"),
        Element("TransitOperation", Element("LRN", f"T{cast.number:09d}"), Element("declarationType", "T1")),
        Element(
            "HolderOfTheTransitProcedure",
            element("identificationNumber", mentions.eori(holder)),
            Element("name", mentions.name(holder)),
            _address(holder),
            Element(
                "ContactPerson",
                Element("name", mentions.plain_name(holder)),
                Element("phoneNumber", mentions.phone(holder) or "---"),
                Element("eMailAddress", mentions.email(holder)),
            ),
        ),
        Element(
            "Consignment",
            Element("grossMass", f"{cast.dice.randint(100, 60_000)}.000"),
            Element("Carrier", Element("identificationNumber", cast.client.eori)),
            *(
                Element(role, Element("name", mentions.name(person)), _address(person))
                for role, person in zip(("Consignor", "Consignee"), others, strict=False)
            ),
            Element(
                "HouseConsignment", Element("Consignee", Element("name", "---"), Element("identificationNumber", "---"))
            ),
        ),
        attributes={"xmlns:ncts": "http://ncts.dgtaxud.ec", "PhaseID": "NCTS5.0"},
    )
    return Draft(f"CC015C_{cast.number:06d}.xml", "ncts_xml", write(root, cast.dice), mentions.noted())


def _address(person: Person) -> Element:
    where = person.address
    return Element(
        "Address",
        Element("streetAndNumber", where.street),
        Element("postcode", where.postcode),
        Element("city", where.city),
        Element("country", where.country),
    )
