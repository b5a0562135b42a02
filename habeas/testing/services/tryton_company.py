"""Makes a company in Tryton's database, run by Tryton's own interpreter: tryton_company.py DATABASE.

The database is there and empty; where its server is, is in the environment.
"""
# mypy: ignore-errors

import os
import sys
from datetime import date

from proteus import config as proteus_config
from trytond import config

MODULES = ["party", "account_invoice", "sale_opportunity"]
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
"""In the past, and always the same: what is made once is used for years."""


def make(name):
    """The modules activated, in English, and one company with accounts and a fiscal year."""
    from trytond.pool import Pool  # noqa: PLC0415 - reads the settings when it is imported
    from trytond.transaction import Transaction  # noqa: PLC0415 - as above

    Pool.start()
    with Transaction().start(name, 0) as transaction:
        transaction.database.init()
    Pool(name).init(update=["ir", "res", *MODULES], lang=["en"], activatedeps=True, indexes=False)
    with Transaction().start(name, 0) as transaction:
        transaction.connection.cursor().execute("UPDATE ir_lang SET translatable = true WHERE code = 'en'")
        transaction.commit()
    proteus_config.set_trytond(f"postgresql:///{name}")
    keep_accounts()


def keep_accounts():
    """The company, its chart of accounts, and the numbers of its invoices, by the tools of Tryton's own scenarios."""
    # There only now.
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear  # noqa: PLC0415
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences  # noqa: PLC0415
    from trytond.modules.company.tests.tools import create_company  # noqa: PLC0415

    create_company()
    create_chart()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(today=YEAR))
    year.click("create_period")


if __name__ == "__main__":
    config.set("database", "uri", os.environ["TRYTON_SERVER"])
    make(sys.argv[1])
