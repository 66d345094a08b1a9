"""A certificate of an outbound connector that came with a form: the client's, or an application's to sign in with."""

import base64

from gatepost.errors import ConfigRefused

from .connectors_scenarios import Fields
from .view import View

_PROPERTY = {"security": "ClientCertificatePfx", "sign-in": "OAuthCertificatePfx"}
# What a certificate that is new makes stale: the kept file has no password, and no secret stands beside it.
STALE = {
    "ClientCertificatePfx": ("ClientCertificatePassword",),
    "OAuthCertificatePfx": ("OAuthCertificatePassword", "OAuthClientSecret"),
}


async def with_certificate(view: View, step: str, fields: Fields) -> Fields:
    """The fields with the certificate that came, once the server has read and kept it; raises ConfigRefused.

    Its password goes no further than that, so that none is stored, nor written into a page again.
    """
    name, upload = _PROPERTY.get(step), view.form.files.get("certificate")
    if name is None:
        return fields
    if upload is None:
        return {**fields, name: ("",)} if view.form.ticked("drop_certificate") else fields
    if view.form.secret("OAuthClientSecret"):
        raise ConfigRefused(["certificate and OAuthClientSecret are both given. Remedy: give one of the two."])
    answer = await view.call(
        "certificate.keep",
        content=base64.b64encode(upload.octets).decode(),
        password=view.form.secret("certificate_password"),
        name=f"certificate '{upload.name}'",
    )
    return {**fields, name: (answer.value["File"],)}
