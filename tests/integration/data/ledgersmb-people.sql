CREATE TABLE habeas_restricted_entity (entity_id INTEGER PRIMARY KEY, since TIMESTAMPTZ);
CREATE TABLE habeas_restricted_credit (credit_id INTEGER PRIMARY KEY, since TIMESTAMPTZ);
INSERT INTO account_heading (id, accno) VALUES (1, '1');
INSERT INTO account (id, accno, description, category, heading) VALUES (1, '1200', 'Receivables', 'A', 1);
-- The connector's own user: triggers note who changes an invoice.
INSERT INTO entity (id, name, entity_class, control_code, country_id) VALUES (99, 'Habeas', 3, 'E-99', 1);
INSERT INTO person (id, entity_id, first_name, last_name) VALUES (99, 99, 'Data', 'Protection');
INSERT INTO users (id, username, entity_id) VALUES (99, SESSION_USER, 99);
-- Ada is a customer with an invoice and an order; Bo a contact only; Cy is somebody else of Ada's name.
INSERT INTO entity (id, name, entity_class, control_code, country_id) VALUES
  (100, 'Ada Example', 2, 'C-100', 1), (101, 'Bo Sample', 4, 'C-101', 1), (102, 'Ada Example', 4, 'C-102', 1);
INSERT INTO person (id, entity_id, first_name, last_name, birthdate, personal_id) VALUES
  (100, 100, 'Ada', 'Example', '1961-04-12', 'AB123456C'), (101, 101, 'Bo', 'Sample', NULL, NULL),
  (102, 102, 'Ada', 'Example', NULL, NULL);
INSERT INTO entity_to_contact (entity_id, contact_class_id, contact, description) VALUES
  (100, 12, 'Ada@Example.org', 'private'), (100, 1, '(0161) 496-0123', NULL), (101, 12, 'bo@example.org', NULL),
  (102, 12, 'other.ada@example.org', NULL);
INSERT INTO location (id, line_one, city, country_id) VALUES (100, '1 Clippers Quay', 'Salford', 1), (101, '2 Quay', 'Hull', 1);
INSERT INTO entity_to_location (location_id, location_class, entity_id) VALUES (100, 4, 100), (101, 4, 101);
INSERT INTO users (id, username, entity_id) VALUES (100, 'ada@example.org', 100);
INSERT INTO entity_note (note_class, note, vector, ref_key, entity_id, subject) VALUES
  (1, 'Write to ada@example.org only', to_tsvector('simple', 'write to ada@example.org only'), 100, 100, 'Ada'),
  (1, 'Met at the fair', '', 101, 101, NULL);
INSERT INTO entity_credit_account (id, entity_id, entity_class, pay_to_name, meta_number, primary_contact, ar_ap_account_id, curr)
  VALUES (100, 100, 2, 'Ada Example', 'K-100042', 100, 1, 'GBP');
INSERT INTO eca_to_contact (credit_id, contact_class_id, contact) VALUES (100, 15, 'ada@example.org');
INSERT INTO ar (id, invnumber, amount, netamount, curr, notes, entity_credit_account)
  VALUES (900, 'INV-1', 120, 100, 'GBP', 'sent to ada@example.org', 100);
INSERT INTO oe (id, ordnumber, amount, netamount, curr, notes, entity_credit_account, oe_class_id)
  VALUES (100, 'ORD-1', 120, 100, 'GBP', 'ring 0161 496 0123', 100, 1);
-- A place that no map knows of: the text of a posting.
INSERT INTO gl (id, reference, description, person_id) VALUES (901, 'R-1', 'Refund agreed with bo@example.org', NULL);
