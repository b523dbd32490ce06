"""The package in a catalogue of open data: DCAT-AP-FR, as JSON-LD and Turtle."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD, Namespace

from dashboards.opendata.datapackage import LICENCES, Publisher
from dashboards.opendata.tables import Content
from schemas.outputs.vintages import sha256

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
AUTHORITY = "http://publications.europa.eu/resource/authority"
FILE_TYPES = {"csv": "CSV", "parquet": "PARQUET"}
DATA_PACKAGE = URIRef("https://datapackage.org/profiles/2.0/datapackage.json")


def write(described: dict[str, Any], content: Content, publisher: Publisher, folder: Path) -> None:
    """Write `catalogue.ttl` and `catalogue.jsonld` for a data package that is described already."""
    graph = _graph(described, content, publisher, folder)
    for name, form in (("catalogue.ttl", "turtle"), ("catalogue.jsonld", "json-ld")):
        text = str(graph.serialize(format=form))
        (folder / name).write_text(text.rstrip() + "\n", encoding="utf-8")


def _graph(described: dict[str, Any], content: Content, publisher: Publisher, folder: Path) -> Graph:
    graph = Graph()
    for prefix, space in (("dcat", DCAT), ("dct", DCTERMS), ("vcard", VCARD), ("adms", ADMS), ("spdx", SPDX)):
        graph.bind(prefix, space, override=True)
    base = publisher.address
    catalogue, dataset, agent = URIRef(f"{base}#catalogue"), URIRef(base), URIRef(f"{base}#editeur")
    french = URIRef(f"{AUTHORITY}/language/FRA")

    def say(subject: URIRef, *pairs: tuple[URIRef, URIRef | Literal]) -> None:
        for predicate, value in pairs:
            graph.add((subject, predicate, value))

    def words(text: str) -> Literal:
        return Literal(text, lang="fr")

    say(agent, (RDF.type, FOAF.Agent), (FOAF.name, words(publisher.name)))
    say(
        catalogue,
        (RDF.type, DCAT.Catalog), (DCTERMS.title, words("Statistiques ADASS")),
        (DCTERMS.description, words("Paquets annuels de données ouvertes des statistiques ADASS")),
        (DCTERMS.publisher, agent), (DCTERMS.language, french), (DCAT.dataset, dataset),
    )  # fmt: skip
    contact, period = URIRef(f"{base}#contact"), URIRef(f"{base}#periode")
    say(
        contact,
        (RDF.type, VCARD.Organization), (VCARD.fn, words(publisher.name)),
        (VCARD.hasEmail, URIRef(f"mailto:{publisher.contact}")),
    )  # fmt: skip
    first = int(content.frames["annees"]["annee"].to_list()[0])  # the oldest: rows are in order
    say(
        period,
        (RDF.type, DCTERMS.PeriodOfTime),
        (DCAT.startDate, Literal(f"{first}-01-01", datatype=XSD.date)),
        (DCAT.endDate, Literal(f"{content.year}-12-31", datatype=XSD.date)),
    )
    say(
        dataset,
        (RDF.type, DCAT.Dataset), (DCTERMS.title, words(described["title"])),
        (DCTERMS.description, words(described["description"])), (DCTERMS.identifier, Literal(base)),
        (DCTERMS.publisher, agent), (DCAT.contactPoint, contact), (DCTERMS.temporal, period),
        (DCTERMS.issued, Literal(content.created, datatype=XSD.date)),
        (DCTERMS.modified, Literal(content.created, datatype=XSD.date)),
        (DCTERMS.accrualPeriodicity, URIRef(f"{AUTHORITY}/frequency/ANNUAL")),
        (DCTERMS.spatial, URIRef(f"{AUTHORITY}/country/FRA")), (DCTERMS.language, french),
        (DCAT.theme, URIRef(f"{AUTHORITY}/data-theme/HEAL")), (DCAT.theme, URIRef(f"{AUTHORITY}/data-theme/SOCI")),
        (DCTERMS.accessRights, URIRef(f"{AUTHORITY}/access-right/PUBLIC")),
        (URIRef(f"{DCAT}version"), Literal(described["version"])), (DCTERMS.conformsTo, DATA_PACKAGE),
        *((DCAT.keyword, words(k)) for k in described["keywords"]),
    )  # fmt: skip
    for one in described["resources"]:
        place = URIRef(f"{base}/{quote(one['path'])}")
        checksum = URIRef(f"{place}#somme")
        say(dataset, (DCAT.distribution, place))
        say(
            checksum,
            (RDF.type, SPDX.Checksum), (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
            (SPDX.checksumValue, Literal(sha256(folder / one["path"]), datatype=XSD.hexBinary)),
        )  # fmt: skip
        say(
            place,
            (RDF.type, DCAT.Distribution), (DCTERMS.title, words(one["title"])), (DCAT.accessURL, place),
            (DCAT.downloadURL, place), (DCTERMS.license, URIRef(LICENCES[publisher.licence])),
            (DCTERMS["format"], URIRef(f"{AUTHORITY}/file-type/{FILE_TYPES[one['format']]}")),
            (DCAT.mediaType, URIRef(f"https://www.iana.org/assignments/media-types/{one['mediatype']}")),
            (DCAT.byteSize, Literal((folder / one["path"]).stat().st_size, datatype=XSD.nonNegativeInteger)), (SPDX.checksum, checksum),
            (ADMS.status, URIRef(f"{AUTHORITY}/distribution-status/COMPLETED")),
        )  # fmt: skip
    return graph
