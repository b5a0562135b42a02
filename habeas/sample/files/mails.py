"""Mails as .eml: encoded words, quoted-printable or base64 bodies, some with a file attached."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from habeas.sample.customers import EMPLOYEES
from habeas.sample.files.declarations import declaration
from habeas.sample.files.drafts import CONSULTANCY_DOMAIN, Cast, Draft, Mentions
from habeas.sample.files.trade_data import trade_data
from habeas.sample.people import Person

_BODIES = (
    "Dear team,\n\nplease find the papers for the next entry. {other}\n\nKind regards\n{name}\n{phone}\n{number}\n",
    "Hello,\n\nwhen will the goods be cleared? {other} Please ring me back on {phone}.\n\nBest\n{name}\n",
    "Hi,\n\nour EORI is {eori}; please use it from now on. {other}\n\n{name} <{email}>\n",
)
_OTHERS = ("You can also ask {name}, who is in the office all week.", "{name} has the originals.")
_SUBJECTS = ("Entry {serial}: papers from {name}", "Clearance of {serial}", "Re: your quote, {name}")


def mail(cast: Cast) -> Draft:
    """The first of the cast writes, with the second in copy and the third mentioned."""
    dice, mentions = cast.dice, Mentions(cast.dice)
    sender, *others = cast.people
    message = EmailMessage(policy=SMTP)
    message["From"] = _mailbox(sender, mentions)
    message["To"] = Address(dice.choice(EMPLOYEES), "entries", CONSULTANCY_DOMAIN)
    if others:
        message["Cc"] = _mailbox(others[0], mentions)
    message["Subject"] = mentions.fill(dice.choice(_SUBJECTS), sender).replace("{serial}", f"{cast.number:06d}")
    message["Date"] = f"{cast.day():%a, %d %b %Y} 09:12:00 +0000"
    message["Message-ID"] = f"<{cast.number}@{cast.client.domain}>"
    other = mentions.fill(dice.choice(_OTHERS), others[1]) if len(others) > 1 else ""
    body = mentions.fill(dice.choice(_BODIES), sender).replace("{other}", other)
    message.set_content(body, cte=dice.choice(("quoted-printable", "base64")))
    if dice.random() < 0.35:
        _attach(message, cast, mentions)
    return Draft(f"mail_{cast.number:06d}.eml", "mail", message.as_bytes(), mentions.noted())


def _mailbox(person: Person, mentions: Mentions) -> Address:
    return Address(mentions.name(person), addr_spec=mentions.email(person))


def _attach(message: EmailMessage, cast: Cast, mentions: Mentions) -> None:
    attached = cast.dice.choice((declaration, trade_data))(cast)
    subtype = "xml" if attached.format == "cds_xml" else "csv"
    message.add_attachment(attached.content, maintype="application", subtype=subtype, filename=attached.name)
    message.set_boundary(f"=_{cast.number:08d}_{cast.dice.getrandbits(64):016x}")
    mentions.add(attached.mentions)
