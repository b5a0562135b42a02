"""Steps in Tryton, run by Tryton's own interpreter: tryton_steps.py FOLDER STEP."""
# mypy: ignore-errors

import sys

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond import config

ADA = "ada@example.org"


def people(_folder):
    """A customer with addresses, numbers, an opportunity that was changed, and notes."""
    ada = Model.get("party.party")(name="Ada Example")
    ada.addresses[0].city = "Salford"
    for kind, value in [("email", ADA), ("phone", "+44 161 496 0123"), ("other", f"sip:{ADA}")]:
        mechanism = ada.contact_mechanisms.new()
        mechanism.type, mechanism.value, mechanism.comment = kind, value, f"told by {ADA}"
    number = ada.identifiers.new()
    number.type, number.code = "eu_vat", "SE556677889901"
    ada.save()
    bo = Model.get("party.party")(name="Bo Sample")
    mechanism = bo.contact_mechanisms.new()
    mechanism.type, mechanism.value = "email", "bo@example.org"
    bo.save()

    opportunity = Model.get("sale.opportunity")()
    opportunity.party, opportunity.address = ada, ada.addresses[0]
    opportunity.description, opportunity.comment = f"Call +44 161 496 0123 or {ADA}", f"writes from {ADA}"
    opportunity.save()
    opportunity.comment = f"wrote again from {ADA}"
    opportunity.save()
    for resource in (ada, opportunity):
        note = Model.get("ir.note")()
        note.resource, note.message = resource, f"prefers {ADA}"
        note.save()


def erase(_folder):
    """Tryton's own erasure of a party: it must be inactive."""
    (ada,) = Model.get("party.party").find([("name", "=", "Ada Example")])
    for opportunity in Model.get("sale.opportunity").find([("party", "=", ada.id)]):
        opportunity.click("lost")
    ada.active = False
    ada.save()
    wizard = Wizard("party.erase", models=[ada])
    wizard.form.party = ada
    wizard.execute("erase")


def connect():
    """As the administrator, in this process."""
    proteus_config.set_trytond("sqlite:///company")
    user = Model.get("res.user")
    (company,) = Model.get("company.company").find([])
    context = dict(user.get_preferences(True, {}), company=company.id, companies=[company.id])
    proteus_config.get_config()._context = context


if __name__ == "__main__":
    config.set("database", "uri", "sqlite://")
    config.set("database", "path", sys.argv[1])
    connect()
    {"people": people, "erase": erase}[sys.argv[2]](sys.argv[1])
