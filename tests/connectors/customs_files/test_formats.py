"""In every format, erasing a person changes exactly their fields; every other byte stays."""
# ruff: noqa: RUF001, ISC004, Q003 (names with signs that look like others; a file is a string of its lines)

import base64
from email.message import EmailMessage

import pytest

CDS = """<?xml version="1.0" encoding="UTF-8"?>
<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">
 <Declaration><!-- filed by {mail} -->
  <FunctionCode>9</FunctionCode>
  <Declarant><Name>{name}</Name><ID>{eori}</ID>
   <Address><CityName>{city}</CityName><CountryCode>GB</CountryCode><Line>{line}</Line><PostcodeID>{postcode}</PostcodeID></Address>
   <Communication><ID>{mail}</ID><TypeCode>EM</TypeCode></Communication>
  </Declarant>
  <Exporter><Name>Bo Ek</Name><ID>GB999999999000</ID></Exporter>
  <GoodsShipment><Consignment><GoodsLocation><Name>Anna Öberg</Name></GoodsLocation></Consignment>
  <AdditionalDocument><Name>Anna Öberg</Name></AdditionalDocument>
  <GovernmentAgencyGoodsItem><AdditionalInformation><StatementDescription>ask {mail} first</StatementDescription></AdditionalInformation>
  </GovernmentAgencyGoodsItem></GoodsShipment>
 </Declaration>
</md:MetaData>
"""
GONE = dict.fromkeys(("name", "eori", "city", "line", "postcode", "mail"), "[erased]")
HERE = {
    "name": "Anna Öberg",
    "eori": "GB123456789000",
    "city": "Leeds",
    "line": "1 Mill Lane",
    "postcode": "LS1 1AA",
    "mail": "anna.oberg@example.org",
}

CASES = {
    "CDS declaration": (CDS.format(**HERE), CDS.format(**GONE)),
    "CDS in an envelope": (
        "<submitDeclarationRequest><requestDetail>" + CDS[39:].format(**HERE) + "</requestDetail></submitDeclarationRequest>",
        "<submitDeclarationRequest><requestDetail>" + CDS[39:].format(**GONE) + "</requestDetail></submitDeclarationRequest>",
    ),
    "NCTS": (
        "<ncts:CC015C xmlns:ncts='x'><HolderOfTheTransitProcedure><name>A</name><ContactPerson><name>Anna</name>"
        "<phoneNumber>+44 161 4960123</phoneNumber></ContactPerson></HolderOfTheTransitProcedure>"
        "<Consignment><Consignor><identificationNumber>GB1</identificationNumber><name>---</name></Consignor>"
        "</Consignment></ncts:CC015C>",
        "<ncts:CC015C xmlns:ncts='x'><HolderOfTheTransitProcedure><name>[erased]</name><ContactPerson><name>[erased]</name>"
        "<phoneNumber>[erased]</phoneNumber></ContactPerson></HolderOfTheTransitProcedure>"
        "<Consignment><Consignor><identificationNumber>GB1</identificationNumber><name>---</name></Consignor>"
        "</Consignment></ncts:CC015C>",
    ),
    "ENS": (
        "<CC315A><TRACONCO1><NamCO17>Anna</NamCO17><StrAndNumCO122>x 1</StrAndNumCO122><TINCO159>GB123456789000</TINCO159></TRACONCO1>"
        "<TRACONCE1><NamCE17>Bo</NamCE17></TRACONCE1></CC315A>",
        "<CC315A><TRACONCO1><NamCO17>[erased]</NamCO17><StrAndNumCO122>[erased]</StrAndNumCO122><TINCO159>[erased]</TINCO159></TRACONCO1>"
        "<TRACONCE1><NamCE17>Bo</NamCE17></TRACONCE1></CC315A>",
    ),
    "UBL": (
        "<Invoice><cac:AccountingCustomerParty xmlns:cac='a' xmlns:cbc='b'><cac:Party><cac:PartyName><cbc:Name>Firm</cbc:Name></cac:PartyName>"
        "<cac:Contact><cbc:Name>Anna</cbc:Name><cbc:ElectronicMail>Anna.Oberg@Example.org</cbc:ElectronicMail></cac:Contact>"
        "<cac:Person><cbc:FirstName>Anna</cbc:FirstName><cbc:FamilyName>Öberg</cbc:FamilyName></cac:Person>"
        "</cac:Party></cac:AccountingCustomerParty><cbc:Note xmlns:cbc='b'>Thanks</cbc:Note></Invoice>",
        "<Invoice><cac:AccountingCustomerParty xmlns:cac='a' xmlns:cbc='b'><cac:Party><cac:PartyName><cbc:Name>[erased]</cbc:Name></cac:PartyName>"
        "<cac:Contact><cbc:Name>[erased]</cbc:Name><cbc:ElectronicMail>[erased]</cbc:ElectronicMail></cac:Contact>"
        "<cac:Person><cbc:FirstName>[erased]</cbc:FirstName><cbc:FamilyName>[erased]</cbc:FamilyName></cac:Person>"
        "</cac:Party></cac:AccountingCustomerParty><cbc:Note xmlns:cbc='b'>Thanks</cbc:Note></Invoice>",
    ),
    "CII": (
        "<i:Invoice xmlns:i='x'><BuyerTradeParty><Name>Firm</Name><DefinedTradeContact><PersonName>Anna</PersonName>"
        "<TelephoneUniversalCommunication><CompleteNumber>0161 496 0123</CompleteNumber></TelephoneUniversalCommunication>"
        "</DefinedTradeContact></BuyerTradeParty></i:Invoice>",
        "<i:Invoice xmlns:i='x'><BuyerTradeParty><Name>[erased]</Name><DefinedTradeContact><PersonName>[erased]</PersonName>"
        "<TelephoneUniversalCommunication><CompleteNumber>[erased]</CompleteNumber></TelephoneUniversalCommunication>"
        "</DefinedTradeContact></BuyerTradeParty></i:Invoice>",
    ),
    "XML references, CDATA, comments, attributes": (
        "<r><p>&#97;nna&#x2E;oberg&#64;example.org</p><q><![CDATA[anna.oberg]]>@<!-- x -->example<![CDATA[.org]]></q>"
        "<s to = 'anna.oberg@example.org' n='1'/><t>Tom &amp; anna.oberg@example.org &lt;3</t><?x anna.oberg@example.org?></r>",
        "<r><p>[erased]</p><q><![CDATA[[erased]]]><!-- x --><![CDATA[]]></q>"
        "<s to = '[erased]' n='1'/><t>Tom &amp; [erased] &lt;3</t><?x [erased]?></r>",
    ),
    "XML with elements inside a text": (
        "<r><note>Write to anna<b>.oberg</b>@example.org <i>now</i>.</note></r>",
        "<r><note>Write to [erased]<b></b> <i>now</i>.</note></r>",
    ),
    "XML in UTF-16": (
        "<?xml version='1.0' encoding='UTF-16'?><r><Declarant><Name>Änna 😀</Name><ID>GB123456789000</ID></Declarant>ö</r>".encode("utf-16"),
        "<?xml version='1.0' encoding='UTF-16'?><r><Declarant><Name>[erased]</Name><ID>[erased]</ID></Declarant>ö</r>".encode("utf-16"),
    ),
    "XML in ISO 8859-9": (
        "<?xml version='1.0' encoding='iso-8859-9'?><r><Declarant><Name>Şığ</Name><ID>GB123456789000</ID></Declarant>ğ</r>".encode("iso8859-9"),
        "<?xml version='1.0' encoding='iso-8859-9'?><r><Declarant><Name>[erased]</Name><ID>[erased]</ID></Declarant>ğ</r>".encode("iso8859-9"),
    ),
    "XML in JSON in XML": (
        '<r><payload><![CDATA[{"x": {"email": "anna.oberg@example.org", "n": 1.50}}]]></payload></r>',
        '<r><payload><![CDATA[{"x": {"email": "[erased]", "n": 1.50}}]]></payload></r>',
    ),
    "CSV": (
        "Entry,Declarant Name,Declarant EORI,Declarant Postcode,Consignee,Value\r\n"
        '0001,"Öberg, Anna",GB123456789000,LS1 1AA,Bo Ek,10.50\r\n0002,Bo Ek,GB999999999000,X,Anna O,=1+1',
        "Entry,Declarant Name,Declarant EORI,Declarant Postcode,Consignee,Value\r\n"
        '0001,"[erased]",[erased],[erased],Bo Ek,10.50\r\n0002,Bo Ek,GB999999999000,X,Anna O,=1+1',
    ),
    "CSV with quotes and line ends in cells": (
        'name;email;note\n"Anna ""the""\nÖberg";anna.oberg@example.org;"a;b\n""c"""\nBo;bo@example.org;\n',
        'name;email;note\n"[erased]";[erased];"a;b\n""c"""\nBo;bo@example.org;\n',
    ),
    "CSV with tabs, Windows-1252": (
        "Name\tPhone\tDate\nÄnna\t0161-496-0123\t2024\nBø\t0161-496-0124\t2024\n".encode("cp1252"),
        "Name\tPhone\tDate\n[erased]\t[erased]\t2024\nBø\t0161-496-0124\t2024\n".encode("cp1252"),
    ),
    "CSV without a header": (
        "1|anna.oberg@example.org|x\n2|bo@example.org|y\n3|(+44) 161 496 0123|z\n",
        "1|[erased]|x\n2|bo@example.org|y\n3|[erased]|z\n",
    ),
    "CSV with separator line": (
        "sep=|\r\nName|Email\r\nAnna|anna.oberg@example.org\r\n",
        "sep=|\r\nName|Email\r\n[erased]|[erased]\r\n",
    ),
    "JSON": (
        '{"a": [{"name": "\\u0041nna \\u00d6berg", "email": "anna\\u002eoberg@example.org", "phone": 441614960123, "n": 1.10},\n'
        ' {"name": "Bo", "email": "bo@example.org", "email": "b2@example.org", "phone": 1e3}], "a": null}',
        '{"a": [{"name": "[erased]", "email": "[erased]", "phone": null, "n": 1.10},\n'
        ' {"name": "Bo", "email": "bo@example.org", "email": "b2@example.org", "phone": 1e3}], "a": null}',
    ),
    "JSON with duplicate keys": (
        '{"customer": {"email": "bo@example.org", "email": "anna.oberg@example.org"}, "x": 1}',
        '{"customer": {"email": "[erased]", "email": "[erased]"}, "x": 1}',
    ),
    "JSON with keys as data": (
        '{"anna.oberg@example.org": {"visits": 3}, "bo@example.org": {"visits": 4}}',
        '{"[erased]": {"visits": 3}, "bo@example.org": {"visits": 4}}',
    ),
    "JSON in a string": (
        r'{"log": "{\"user\": {\"email\": \"anna.oberg@example.org\", \"name\": \"\\u00c5nna\"}, \"k\": 1}"}',
        r'{"log": "{\"user\": {\"email\": \"[erased]\", \"name\": \"[erased]\"}, \"k\": 1}"}',
    ),
    "JSON lists": (
        '{"to": ["anna.oberg@example.org", "bo@example.org"], "subject": "x"}',
        '{"to": ["[erased]", "bo@example.org"], "subject": "x"}',
    ),
    "JSON with flat parties": (
        '{"declarant_name": "Anna", "declarant_eori": "GB123456789000", "consignee_name": "Bo", "consignee_city": "Ystad"}',
        '{"declarant_name": "[erased]", "declarant_eori": "[erased]", "consignee_name": "Bo", "consignee_city": "Ystad"}',
    ),
    "NDJSON": (
        '{"email": "bo@example.org"}\n{"email": "anna.oberg@example.org", "id": 7}\n',
        '{"email": "bo@example.org"}\n{"email": "[erased]", "id": 7}\n',
    ),
    "text": (
        "Dear Anna Öberg <anna.oberg@example.org>,\ncall +44 (0)161 496-0123 or 00441614960123.\nYour EORI GB 123 456 789 000; no. C-10427.\n",
        "Dear [erased] <[erased]>,\ncall [erased] or [erased].\nYour EORI [erased]; no. [erased].\n",
    ),
    "text in UTF-16 without a mark": (
        "Mail anna.oberg@example.org ö".encode("utf-16-le"),
        "Mail [erased] ö".encode("utf-16-le"),
    ),
    "text of mixed encodings": (
        "ö ".encode() + "ö ".encode("cp1252") + b"anna.oberg@example.org " + "ö".encode(),
        "ö ".encode() + "ö ".encode("cp1252") + b"[erased] " + "ö".encode(),
    ),
    "text with invisible signs": (
        "a\u200bnna.ob\u00aderg@exam\ufeffple.org and ａｎｎａ.ｏｂｅｒｇ＠ｅｘａｍｐｌｅ.ｏｒｇ",
        "[erased] and [erased]",
    ),
    "text with a wrapped number": ("call +44 161\n496 0123 now\n", "call [erased]\n[erased] now\n"),
    "EDIFACT": (
        "UNB+UNOA:1+A+B'\nUNH+1+CUSDEC:D:96B:UN'\nNAD+DT+GB123456789000++ANNA OBERG+MILL LANE 1+LEEDS++LS1 1AA+GB'\nCTA+IC+:ANNA ?'A?''\n"
        "COM+01614960123:TE'\nNAD+CN+++BO EK'\nUNT+5+1'\n",
        "UNB+UNOA:1+A+B'\nUNH+1+CUSDEC:D:96B:UN'\nNAD+DT+ERASED++ERASED+ERASED+ERASED++ERASED+GB'\nCTA+IC+:ERASED'\n"
        "COM+ERASED:TE'\nNAD+CN+++BO EK'\nUNT+5+1'\n",
    ),
    "EDIFACT with its own service characters": (
        "UNA|*.! ~UNB*UNOC|3*A*B~NAD*CZ***Anna!*Ö|Firm~COM*anna.oberg@example.org|EM~NAD*CN***Bo~",
        "UNA|*.! ~UNB*UNOC|3*A*B~NAD*CZ***ERASED|ERASED~COM*ERASED|EM~NAD*CN***Bo~",
    ),
    "vCard": (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Öberg;Anna;;;\r\nFN:Anna\r\nitem1.EMAIL;TYPE=work:anna.ob\r\n erg@example.org\r\nADR:;;Mill\\, Lane\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:[erased]\r\nFN:[erased]\r\nitem1.EMAIL;TYPE=work:[erased]\r\nADR:[erased]\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo\r\nEND:VCARD\r\n",
    ),
    "vCard 2.1 in quoted-printable": (
        "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Anna=\n =C3=96berg\nTEL;CELL:0161 496 0123\nEND:VCARD\n",
        "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:[erased]\nTEL;CELL:[erased]\nEND:VCARD\n",
    ),
    "HTML": (
        "<!DOCTYPE html><html><body><p>Anna &Ouml;berg &lt;anna<b>.oberg</b>&#64;example.org&gt;</p>"
        "<a href='mailto:anna.oberg@example.org'>x</a><script>var m = 'anna.oberg@example.org'</script></body></html>",
        "<!DOCTYPE html><html><body><p>[erased] &lt;[erased]<b></b>&gt;</p>"
        "<a href='mailto:[erased]'>x</a><script>var m = '[erased]'</script></body></html>",
    ),
    "mail": (
        "From: Bo Ek <bo@example.org>\r\nTo: =?iso-8859-1?Q?Anna_=D6berg?= <Anna.Oberg@example.org>,\r\n\t\"Ek, Bo\" <bo@example.org>\r\n"
        "Cc: anna.oberg@example.org (Anna), undisclosed\r\nSubject: =?utf-8?B?"
        + base64.b64encode("för anna.oberg@example.org".encode()).decode()
        + "?=\r\n\r\nHi anna.oberg@example.org\r\n",
        'From: Bo Ek <bo@example.org>\r\nTo: "[erased]" <erased@erased.invalid>,\r\n\t"Ek, Bo" <bo@example.org>\r\n'
        "Cc: erased@erased.invalid ([erased]), undisclosed\r\nSubject: =?utf-8?b?"
        + base64.b64encode("för [erased]".encode()).decode()
        + "?=\r\n\r\nHi [erased]\r\n",
    ),
    "mail in quoted-printable": (
        "From: a@b.c\nSubject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Gr=C3=BC=C3=9Fe, anna.o=\nberg@example=2Eorg =E2=82=AC\n",
        "From: a@b.c\nSubject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Gr=C3=BC=C3=9Fe, [erased] =E2=82=AC\n",
    ),
    "mail with 8-bit headers": (
        "From: Anna Öberg <anna.oberg@example.org>\nTo: bö@example.org\nSubject: ö anna.oberg@example.org\n\nx\n",
        "From: [erased] <erased@erased.invalid>\nTo: bö@example.org\nSubject: ö [erased]\n\nx\n",
    ),
    "mailbox": (
        "From a@b.c Mon Jan  1 00:00:00 2024\nFrom: a@b.c\nTo: d@e.f\n\nx anna.oberg@example.org\n\n"
        "From a@b.c Tue Jan  2 00:00:00 2024\nFrom: anna.oberg@example.org\nTo: d@e.f\n\ny\n",
        "From a@b.c Mon Jan  1 00:00:00 2024\nFrom: a@b.c\nTo: d@e.f\n\nx [erased]\n\n"
        "From a@b.c Tue Jan  2 00:00:00 2024\nFrom: erased@erased.invalid\nTo: d@e.f\n\ny\n",
    ),
}  # fmt: skip


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize("case", CASES)
def test_exactly_the_persons_fields_are_replaced(folder, case) -> None:
    """The file after erasing is the file before, with a mark in the place of each of the person's fields."""
    before, after = map(as_bytes, CASES[case])
    path = folder.put("client/file", before)
    folder.erase()
    assert path.read_bytes() == after
    assert folder.strong() == []
    assert folder.unsearched() == {}


def test_only_the_part_of_a_mail_that_names_the_person_is_encoded_anew(folder) -> None:
    """Another base64 part, and a nested mail, keep every byte."""
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "bo@example.org", "cy@example.org", "inner"
    inner.set_content("nothing here")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bo@example.org", "cy@example.org", "outer"
    mail.set_content("see attached")
    mail.add_attachment(b"id,email\n1,anna.oberg@example.org\n" * 20, maintype="text", subtype="csv", filename="a.csv")
    mail.add_attachment(b"id,email\n1,bo@example.org\n" * 20, maintype="text", subtype="csv", filename="b.csv")
    mail.add_attachment(inner)
    before = mail.as_bytes()
    path = folder.put("client/mail.eml", before)
    folder.erase()
    table = b"id,email\n1,anna.oberg@example.org\n" * 20
    was, now = (
        base64.encodebytes(each).replace(b"\n", b"")
        for each in (table, table.replace(b"anna.oberg@example.org", b"[erased]"))
    )
    wrapped = [b"\n".join(each[at : at + 76] for at in range(0, len(each), 76)) for each in (was, now)]
    assert wrapped[0] in before
    assert path.read_bytes() == before.replace(wrapped[0], wrapped[1])
