"""The client certificate of an outbound connector, as it comes with a form."""

import base64

from .connectors_answers import Fields
from .view import View


async def with_certificate(view: View, fields: Fields) -> Fields:
    """The fields with the certificate that came, once the server has read and kept it; raises ConfigRefused.

    Its password goes no further than that, so that none is stored, nor written into a page again.
    """
    upload = view.form.files.get("certificate")
    if upload is None:
        return {**fields, "ClientCertificatePfx": ("",)} if view.form.ticked("drop_certificate") else fields
    answer = await view.call(
        "certificate.keep",
        content=base64.b64encode(upload.octets).decode(),
        password=view.form.secret("certificate_password"),
        name=f"certificate '{upload.name}'",
    )
    return {**fields, "ClientCertificatePfx": (answer.value["File"],)}
