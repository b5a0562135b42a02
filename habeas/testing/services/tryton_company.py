"""Makes a company in Tryton's database, run by Tryton's own interpreter: tryton_company.py FOLDER."""
# mypy: ignore-errors

import sqlite3
import sys
from contextlib import closing

from proteus import Model, Wizard
from proteus import config as proteus_config
from trytond import config

MODULES = ["party", "account_invoice", "sale_opportunity"]


def make(folder):
    """The modules activated, in English, and one company."""
    from trytond.pool import Pool  # noqa: PLC0415 - reads the settings when it is imported
    from trytond.transaction import Transaction  # noqa: PLC0415 - as above

    path = f"{folder}/company.sqlite"
    sqlite3.connect(path).close()
    Pool.start()
    with Transaction().start("company", 0) as transaction:
        transaction.database.init()
    Pool("company").init(update=["ir", "res"], lang=["en"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE ir_lang SET translatable = 1 WHERE code = 'en'")
    proteus_config.set_trytond("sqlite:///company")
    module = Model.get("ir.module")
    module.click(module.find([("name", "in", MODULES)]), "activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")
    from trytond.modules.company.tests.tools import create_company  # noqa: PLC0415 - there only now

    create_company()


if __name__ == "__main__":
    config.set("database", "uri", "sqlite://")
    config.set("database", "path", sys.argv[1])
    make(sys.argv[1])
