-- The sample consultancy's billing database, for SQLite and PostgreSQL alike. An order exists as its invoice.

CREATE TABLE accounts (
    account_number  VARCHAR(20) PRIMARY KEY,
    customer_number VARCHAR(20),
    name            VARCHAR(200),
    email           VARCHAR(320),
    vat_number      VARCHAR(30),
    eori            VARCHAR(30),
    iban            VARCHAR(40),
    card_number     VARCHAR(30),
    street          VARCHAR(200),
    city            VARCHAR(100),
    postcode        VARCHAR(20),
    country         VARCHAR(2),
    ended_on        DATE,
    restricted_at   TIMESTAMP
);

CREATE TABLE invoices (
    invoice_number VARCHAR(20) PRIMARY KEY,
    account_number VARCHAR(20) NOT NULL REFERENCES accounts (account_number),
    issued_on      DATE NOT NULL,
    amount         NUMERIC(12, 2) NOT NULL,
    currency       VARCHAR(3) NOT NULL,
    description    TEXT,
    contact_name   VARCHAR(200)
);

CREATE TABLE payments (
    id             INTEGER PRIMARY KEY,
    invoice_number VARCHAR(20) NOT NULL REFERENCES invoices (invoice_number),
    paid_on        DATE NOT NULL,
    amount         NUMERIC(12, 2) NOT NULL,
    method         VARCHAR(20),
    payer_name     VARCHAR(200)
);

CREATE INDEX invoices_account ON invoices (account_number);
CREATE INDEX payments_invoice ON payments (invoice_number);
CREATE INDEX accounts_customer_number ON accounts (customer_number);

-- How a person is looked up: e-mail without case, EORI and VAT number without case and separators.
CREATE INDEX accounts_email ON accounts (lower(trim(email)));
CREATE INDEX accounts_eori ON accounts (upper(replace(replace(replace(eori, ' ', ''), '-', ''), '.', '')));
CREATE INDEX accounts_vat_number ON accounts (upper(replace(replace(replace(vat_number, ' ', ''), '-', ''), '.', '')));
