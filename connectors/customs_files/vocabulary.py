"""The words by which files name their fields: parties, addresses, names; English, and what the formats add."""

# Parties of customs, transport and trade documents; also the prefixes by which columns belong together.
PARTY_WORDS = frozenset(
    """
    declarant exporter importer consignee consignor agent submitter payer surety buyer seller carrier representative
    notify party holder authenticator operator trader actor sender recipient receiver shipper supplier forwarder
    customer client guarantor principal broker haulier driver owner manufacturer invoicee payee debtor creditor
    claimant signatory employee manager person employer warehousekeeper authorisationholder cedente prestatore
    cessionario committente
    """.split()  # noqa: SIM905 - a list would be a page long
)

# Parts of a party.
ATTACHED_WORDS = frozenset(
    """
    address addresses contact contacts communication communications person phone phones email emails mail entity
    scheme organization organisation registration identification location anagrafica anagrafici contatti sede
    electronicmail telephone uri details name names
    """.split()  # noqa: SIM905 - a list would be a page long
)

# What has names that are no person's.
THING_WORDS = frozenset(
    """
    goodslocation additionaldocument previousdocument product item commodity office document vessel
    bordertransportmeans transportmeans warehouse seal equipment classification country
    """.split()  # noqa: SIM905 - a list would be a page long
)

# What makes a name a part of a person's.
NAME_PART_WORDS = frozenset(
    """
    first given fore fore middle family last sur second maiden
    """.split()  # noqa: SIM905 - a list would be a page long
)

# What may stand before "name" in the name of a person's, or a firm's, name.
BEFORE_NAME_WORDS = PARTY_WORDS | frozenset(
    """
    contact person full registration trading business party personal display legal holder account head name nam
    billing shipping company organisation organization firm
    """.split()  # noqa: SIM905 - a list would be a page long
)

# What only addresses have.
ADDRESS_WORDS = frozenset(
    """
    address street streetname city town postcode zip zipcode postal county district subdivision addr indirizzo
    comune
    """.split()  # noqa: SIM905 - a list would be a page long
)
