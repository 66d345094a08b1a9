"""Before a certificate is renewed: which connectors will know the new one? Judged by the code that judges sessions."""

from collections.abc import Sequence
from dataclasses import replace

from cryptography import x509

from gatepost.connectors import PUBLIC, Certificate, ConnectorType, InboundConnector, canonical_name, name_matches
from gatepost.errors import GatepostError
from gatepost.tls import host_names, judge_client

from .certificates import accepted, roots_of, shown
from .site import Finding, Level, Site, failed, ok, skipped, warning

_SEVERAL = 5  # names told


async def still_matches(
    site: Site, new: Sequence[x509.Certificate], old: Sequence[x509.Certificate] = ()
) -> tuple[Finding, ...]:
    """Connector by connector, whether a chain (leaf first) will match; `old` is the one that it replaces.

    A connector that knows neither is another certificate's, and skipped. Without `old`, one that does not know the new
    one is skipped as long as any other does.
    """
    roots, now = roots_of(site), site.now()
    verdict = judge_client(new, roots=roots, now=now)
    before = judge_client(old, roots=roots, now=now) if old else None
    rows = [_itself(verdict)]
    expecting = [it for it in site.directory.inbound if it.enabled and it.tls_sender_certificate_name]
    judged = [_judge(site, it, verdict) for it in expecting]
    matching = any(it.level is not Level.FAILED for it in judged)
    for connector, finding in zip(expecting, judged, strict=True):
        concerned = _names_it(connector, before) if before is not None else not matching
        if finding.level is Level.FAILED and not concerned:
            finding = replace(finding, level=Level.SKIPPED, remedy="")
        rows.append(finding)
    rows += await _presented(site, new)
    if len(rows) == 1:
        rows.append(skipped("No connector goes by a certificate, neither inbound nor outbound."))
    return tuple(rows)


def _itself(verdict: Certificate) -> Finding:
    names = ", ".join(verdict.names[:_SEVERAL]) or "no host name"
    about = "the new certificate"
    if verdict.problem is not None:
        remedy = "Have it issued by a public CA, with its intermediates in the file."
        return failed(f"It bears {names}. {verdict.problem}", remedy, about)
    if PUBLIC not in verdict.trusted_by:
        whose = ", ".join(sorted(verdict.trusted_by))
        return warning(
            f"It bears {names}. Only the CA of {whose} vouches for it: it counts here, and not in Exchange Online.",
            "For Exchange Online have one issued by a public CA.",
            about,
        )
    return ok(f"It bears {names}, until {verdict.not_after[:10]}; public CAs vouch for it.", about)


def _names_it(connector: InboundConnector, certificate: Certificate) -> bool:
    return any(name_matches(connector.tls_sender_certificate_name or "", it) for it in certificate.names)


def _judge(site: Site, connector: InboundConnector, verdict: Certificate) -> Finding:
    about = f"connector '{connector.name}'"
    configured = canonical_name(connector.tls_sender_certificate_name or "") or ""
    matching = [it for it in verdict.names if name_matches(configured, it)]
    if not matching:
        borne = ", ".join(verdict.names[:_SEVERAL]) or "no host name"
        return failed(
            f"It will not match: the connector expects {configured}, and the new certificate bears {borne}.",
            f"Have it issued with {configured} as SubjectAltName, or first change TlsSenderCertificateName.",
            about,
        )
    if verdict.problem is not None or not verdict.trusted_by & {PUBLIC, connector.organization}:
        why = verdict.problem or "No CA that this organization trusts vouches for it."
        return failed(
            f"It bears {matching[0]}, and will not match all the same. {why}",
            "Have it issued by a public CA, with its intermediates in the file.",
            about,
        )
    if connector.connector_type is ConnectorType.PARTNER:
        return ok(f"It will match, by {matching[0]}.", about)
    domains = [found for it in matching if (found := accepted(site.directory, connector, configured, it)) is not None]
    if domains:
        return ok(f"It will match, by {matching[0]} and the accepted domain {domains[0].domain_name}.", about)
    return warning(
        f"It will match by {matching[0]}, for senders in accepted domains alone: none stands behind the name.",
        f"Add the domain, or the name itself: gatepost domain add {matching[0].removeprefix('*.')}",
        about,
    )


async def _presented(site: Site, new: Sequence[x509.Certificate]) -> list[Finding]:
    """Outbound connectors: does the new certificate bear the names by which the far side knows the present one?"""
    try:
        borne = host_names(new[0], common_name=True)
    except (ValueError, TypeError, GatepostError):
        borne = ()
    rows = []
    for it in await shown(site):
        if it.connector is None:
            continue
        if it.credentials is None:
            rows.append(skipped("Its present certificate cannot be read, so there is nothing to compare.", it.name))
            continue
        present = host_names(it.credentials.certificate, common_name=True)
        lost = [one for one in present if one not in borne]
        if not lost:
            rows.append(ok(f"The new one bears every name of the one presented now: {', '.join(present)}.", it.name))
        elif len(lost) == len(present):
            rows.append(skipped(f"It presents another certificate, for {', '.join(present[:_SEVERAL])}.", it.name))
        else:
            rows.append(
                warning(
                    f"The new one lacks {', '.join(lost[:_SEVERAL])}: a connector at the far side that expects this "
                    "name will not match.",
                    "Have it issued with that name, or change TlsSenderCertificateName at the far side first.",
                    it.name,
                )
            )
    return rows
