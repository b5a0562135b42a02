"""Steps in Tryton, run by Tryton's own interpreter: tryton_steps.py DATABASE STEP."""
# mypy: ignore-errors

import os
import sys
from datetime import date
from decimal import Decimal

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond import config

ADA = "ada@example.org"
INVOICED = date(2025, 11, 3)


def people():
    """A customer with addresses, numbers, an opportunity that was changed, invoices, and notes."""
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
    posted, draft = invoice(ada), invoice(ada)
    invoice(bo).click("post")
    posted.click("post")
    for resource in (ada, opportunity, posted, draft):
        note = Model.get("ir.note")()
        note.resource, note.message = resource, f"prefers {ADA}"
        note.save()


def invoice(party):
    """A draft that speaks of the customer wherever somebody may write."""
    from trytond.modules.account.tests.tools import get_accounts  # noqa: PLC0415 - there once connected

    mechanism = next((each.value for each in party.contact_mechanisms if each.type == "email"), "")
    draft = Model.get("account.invoice")(type="out", party=party, invoice_date=INVOICED)
    draft.reference, draft.description = f"order by {mechanism}", f"for {mechanism}"
    draft.comment = f"send to {mechanism}"
    line = draft.lines.new()
    line.account, line.quantity, line.unit_price = get_accounts()["revenue"], 1, Decimal(120)
    line.description, line.note = f"Advice to {mechanism}", f"as {mechanism} wished"
    draft.save()
    return draft


def settle():
    """What Tryton wants before it erases: no draft, nothing owed."""
    from trytond.modules.account.tests.tools import get_accounts  # noqa: PLC0415 - there once connected

    cash = get_accounts()["cash"]
    (journal,) = Model.get("account.journal").find([("type", "=", "cash")])
    method = Model.get("account.invoice.payment.method")(name="Cash", journal=journal)
    method.credit_account = method.debit_account = cash
    method.save()
    for each in Model.get("account.invoice").find([("party.name", "=", "Ada Example")]):
        if each.state == "draft":
            each.click("cancel")
        else:
            pay = each.click("pay")
            pay.form.payment_method, pay.form.date = method, INVOICED
            pay.execute("choice")


def erase():
    """Tryton's own erasure of a party: it must be inactive."""
    settle()
    (ada,) = Model.get("party.party").find([("name", "=", "Ada Example")])
    for opportunity in Model.get("sale.opportunity").find([("party", "=", ada.id)]):
        opportunity.click("lost")
    ada.active = False
    ada.save()
    wizard = Wizard("party.erase", models=[ada])
    wizard.form.party = ada
    wizard.execute("erase")


def connect(name):
    """As the administrator, in this process."""
    proteus_config.set_trytond(f"postgresql:///{name}")
    user = Model.get("res.user")
    (company,) = Model.get("company.company").find([])
    context = dict(user.get_preferences(True, {}), company=company.id, companies=[company.id])
    proteus_config.get_config()._context = context


if __name__ == "__main__":
    config.set("database", "uri", os.environ["TRYTON_SERVER"])
    connect(sys.argv[1])
    {"people": people, "erase": erase}[sys.argv[2]]()
