-- The sample consultancy's customer relations database, for SQLite and PostgreSQL alike.

CREATE TABLE customers (
    id               INTEGER PRIMARY KEY,
    customer_number  VARCHAR(20) NOT NULL UNIQUE,
    first_name       VARCHAR(100) NOT NULL,
    last_name        VARCHAR(100) NOT NULL,
    email            VARCHAR(320),
    phone            VARCHAR(40),
    street           VARCHAR(200),
    city             VARCHAR(100),
    postcode         VARCHAR(20),
    country          VARCHAR(2),
    job_title        VARCHAR(100),
    username         VARCHAR(100),
    password_hash    VARCHAR(200),
    interests        TEXT,
    marketing_opt_in BOOLEAN NOT NULL DEFAULT FALSE,
    last_login_ip    VARCHAR(45),
    relation         VARCHAR(10) NOT NULL CHECK (relation IN ('customer', 'prospect')),
    customer_since   DATE,
    ended_on         DATE,
    statements       TEXT,
    restricted_at    TIMESTAMP
);

CREATE TABLE activities (
    id            INTEGER PRIMARY KEY,
    customer_id   INTEGER NOT NULL REFERENCES customers (id),
    happened_at   TIMESTAMP NOT NULL,
    kind          VARCHAR(20) NOT NULL,
    note          TEXT,
    employee_name VARCHAR(200)
);

CREATE TABLE logins (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    happened_at TIMESTAMP NOT NULL,
    ip          VARCHAR(45),
    browser     VARCHAR(200),
    statements  TEXT
);

CREATE INDEX activities_customer ON activities (customer_id);
CREATE INDEX logins_customer ON logins (customer_id);

-- How a person is looked up: e-mail without case, the last seven digits of a phone number without its separators.
CREATE INDEX customers_email ON customers (lower(trim(email)));
CREATE INDEX customers_phone ON customers (
    substr(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(phone, ' ', ''), ' ', ''), '-', ''), '‑', ''), '–', ''), '(', ''), ')', ''), '.', ''), '/', ''),
        length(replace(replace(replace(replace(replace(replace(replace(replace(replace(phone, ' ', ''), ' ', ''), '-', ''), '‑', ''), '–', ''), '(', ''), ')', ''), '.', ''), '/', '')) - 6
    )
);
