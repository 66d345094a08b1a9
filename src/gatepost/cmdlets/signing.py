"""DKIM, under Exchange's names: the configuration of a domain, and its rotation."""

from dataclasses import replace
from typing import Any

from gatepost.config import ObjectKind
from gatepost.shell import Bound, Parameter

from .cmdlet import Cmdlet, Wish
from .family import Family
from .properties import IDENTITY, NAME, ORGANIZATION, in_organization, parameters_of

_SIGNING = Family(
    noun="DkimSigningConfig",
    kind=ObjectKind.SIGNING,
    verbs="dkim",
    columns=("Domain", "Enabled", "SigningSelector", "RotatedUTC"),
)
_PARAMETERS = parameters_of(ObjectKind.SIGNING, leave_out=("SigningSelector", "RotationBegunUTC", "RotatedUTC"))


def _rotation(bound: Bound) -> Wish:
    size = bound.get("KeySize")
    arguments: dict[str, Any] = {"identity": bound.get("Identity"), **in_organization(bound)}
    return Wish(verb="dkim.rotate", arguments=arguments | ({"key_size": size} if size else {}))


SIGNING: tuple[Cmdlet, ...] = (
    _SIGNING.new(
        replace(NAME, name="DomainName", help="The accepted domain."),
        *_PARAMETERS,
        name=lambda bound: bound.get("DomainName"),
        example="New-DkimSigningConfig -DomainName contoso.com -Enabled $false",
    ),
    _SIGNING.get(example="Get-DkimSigningConfig contoso.com | Format-List Selector1PublicKey"),
    _SIGNING.set(*_PARAMETERS, example="Set-DkimSigningConfig contoso.com -Enabled $true"),
    _SIGNING.remove(example="Remove-DkimSigningConfig contoso.com"),
    Cmdlet(
        name="Rotate-DkimSigningConfig",
        synopsis="Makes a new key for the other selector; called again, once its record is published, signs with it.",
        parameters=(
            IDENTITY,
            Parameter(name="KeySize", help="Bits of the new RSA key."),
            ORGANIZATION,
        ),
        translate=_rotation,
        columns=_SIGNING.columns,
        changes=True,
        example="Rotate-DkimSigningConfig contoso.com -KeySize 2048",
    ),
)
