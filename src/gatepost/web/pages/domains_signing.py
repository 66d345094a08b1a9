"""The part "Signing (DKIM)" of a domain's page: what is shown, and the steps that its buttons take."""

from collections.abc import Mapping
from typing import Any

from gatepost.errors import ConfigRefused

from .view import View


async def signing_of(view: View, domain: Mapping[str, Any]) -> dict[str, Any]:
    """`signing`, None where the domain has no keys; and `found`, what the DNS says, where that was asked for."""
    name = domain["DomainName"].removeprefix("*.")
    rows = (await view.call("dkim.list", organization=domain["Organization"])).value
    signing = next((it for it in rows if it["Name"] == name), None)
    found = None
    if signing is not None and view.asked("look"):
        found = (await view.call("dkim.check", identity=signing["Guid"])).value
    return {"signing": signing, "found": found}


async def sign_on(view: View, domain: Mapping[str, Any], step: str) -> tuple[str, tuple[str, ...]]:
    """Take one step: create, enable, disable, rotate or remove. Returns what to say, and warnings."""
    name, organization = domain["DomainName"].removeprefix("*."), domain["Organization"]
    if step == "create":
        answer = await view.call("dkim.add", name=name, organization=organization)
        return view.gettext("A key has been made. Publish its record, then switch signing on."), answer.warnings
    which = {"identity": name, "organization": organization}
    match step:
        case "enable":
            answer = await view.call("dkim.set", properties={"Enabled": True}, **which)
            return view.gettext("Mail of this domain is signed from now on."), answer.warnings
        case "disable":
            answer = await view.call("dkim.set", properties={"Enabled": False}, **which)
            return view.gettext("Mail of this domain is no longer signed."), answer.warnings
        case "rotate":
            answer = await view.call("dkim.rotate", **which)
            if answer.value["RotationBegunUTC"]:
                return view.gettext("A new key has been made. Publish its record, then let it sign."), ()
            return view.gettext("The new key signs from now on; the old record is needed for a week more."), ()
        case "remove":
            await view.call("dkim.remove", **which)
            return view.gettext("The keys of this domain have been removed."), ()
    raise ConfigRefused([f"step is '{step}'. Remedy: use the buttons of the page."])
