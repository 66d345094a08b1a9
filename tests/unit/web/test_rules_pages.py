"""The pages of transport rules, of what they hold, and of the sandbox."""

from base64 import b64decode
from pathlib import Path

from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving_mail, store

from gatepost.spool import Hold

RULE = {
    "Name": "Invoices",
    "Enabled": "true",
    "Keep": "Hold",
    "SentTo": "anna@contoso.com\nbob@contoso.com",
    "SubjectContainsWords": "invoice",
    "RedirectMessageTo": "boss@contoso.com",
    "Priority": "3",
    "ExpiryDate": "2127-01-31",
}
HOSTILE = "<script>alert(1)</script>\u202e"


def test_a_rule_is_added_changed_switched_off_and_removed(server: Server, anna: Browser) -> None:
    assert "There is no rule" in anna.get("/rules").text
    reply = anna.post("/rules/new", RULE)
    assert (reply.status, reply.headers["location"]) == (303, "/rules"), reply.text
    page = anna.get("/rules").text
    assert "The rule Invoices has been added." in page and "To boss@contoso.com instead" in page
    (rule,) = server.call("rule.list")
    assert (rule["Hold"], rule["Sandbox"], rule["Priority"]) == (True, False, 3)
    assert rule["SentTo"] == ["anna@contoso.com", "bob@contoso.com"]
    page = anna.get(f"/rules/{rule['Guid']}").text
    assert "anna@contoso.com\nbob@contoso.com" in page
    changed = RULE | {"Name": "Bills", "Keep": "Sandbox", "ExpiryDate": rule["ExpiryDate"]}
    assert anna.post(f"/rules/{rule['Guid']}", changed).status == 303
    (after,) = server.call("rule.list")
    assert (after["Name"], after["Hold"], after["Sandbox"]) == ("Bills", False, True)
    assert after["ExpiryDate"] == rule["ExpiryDate"]
    assert anna.post(f"/rules/{rule['Guid']}/switch", {"enabled": "false"}).status == 303
    assert "The rule Bills counts no longer." in anna.get("/rules").text
    assert server.call("rule.list")[0]["Enabled"] is False
    assert anna.post(f"/rules/{rule['Guid']}/remove").status == 303
    assert server.call("rule.list") == []


def test_a_rule_with_exceptions_and_header_fields_is_typed_shown_again_and_tried(server: Server, anna: Browser) -> None:
    asked = {
        "HeaderContainsMessageHeader": "X-Mailer",
        "HeaderContainsWords": "scanner",
        "ExceptIfHeaderMatchesMessageHeader": "Keywords",
        "ExceptIfHeaderMatchesPatterns": "^urgent$\nsofort",
        "ExceptIfSentTo": "boss@contoso.com",
        "ExceptIfMessageSizeOver": "10M",
    }
    assert "<details" in anna.get("/rules/new").text and '<details class="more" open' not in anna.get("/rules/new").text
    assert anna.post("/rules/new", {"Name": "Scans", "Enabled": "true", "Keep": "Hold"} | asked).status == 303
    (rule,) = server.call("rule.list")
    assert (
        rule["ExceptIfHeaderMatchesPatterns"] == ["^urgent$", "sofort"] and rule["ExceptIfMessageSizeOver"] == 10 << 20
    )
    page = anna.get(f"/rules/{rule['Guid']}").text
    assert '<details class="more" open' in page and "^urgent$\nsofort" in page and 'value="X-Mailer"' in page
    refused = anna.post("/rules/new", {"Name": "Bad", "Keep": "Hold", "ExceptIfSubjectMatchesPatterns": "("})
    assert refused.status == 422 and 'id="ExceptIfSubjectMatchesPatterns-problem"' in refused.text
    message = {"rcpt": "a@fabrikam.com", "headers": "X-Mailer: Scanner 4\nKeywords: later"}
    assert "Rule &#39;Scans&#39; holds mail for a@fabrikam.com." in anna.post("/rules/try", message).text
    tried = anna.post("/rules/try", message | {"headers": "X-Mailer: Scanner 4\nKeywords: URGENT"}).text
    assert "it goes its way" in tried and "Its exception ExceptIfHeaderMatchesPatterns (Keywords: ^urgent$ and" in tried
    wrong = anna.post("/rules/try", {"rcpt": HOSTILE, "headers": "no field"})
    assert wrong.status == 422 and "<script>" not in wrong.text


def test_a_refused_rule_is_told_at_its_field_and_keeps_what_was_typed(anna: Browser) -> None:
    reply = anna.post("/rules/new", RULE | {"SentTo": HOSTILE, "Comments": "kept"})
    assert reply.status == 422
    assert 'id="SentTo-problem"' in reply.text and "kept" in reply.text
    assert "<script>" not in reply.text and "\u202e" not in reply.text
    nothing = anna.post("/rules/new", {"Name": "Idle", "Enabled": "true", "Keep": "Send"})
    assert nothing.status == 422 and 'id="Keep-problem"' in nothing.text


def test_who_may_only_look_sees_the_rules_and_changes_none(server: Server, victor: Browser) -> None:
    server.call("rule.add", name="Invoices", properties={"Hold": True})
    page = victor.get("/rules").text
    assert "Invoices" in page and "/rules/new" not in page and "/switch" not in page
    assert victor.post("/rules/new", RULE).status == 403


def test_what_a_rule_holds_is_listed_and_released_by_its_name_and_the_sandbox_by_itself(tmp_path: Path) -> None:
    with serving_mail(tmp_path) as server:
        server.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER})
        _played(server, Browser(server).sign_in("anna", PASSWORD))


def _played(server: Server, anna: Browser) -> None:
    for address, hold in (("a", Hold(rule="Wait")), ("b", Hold(rule="Wait", sandbox=True)), ("c", Hold(sandbox=True))):
        number = store(server, f"{address}@fabrikam.com", hold=hold)
    page = anna.get("/queue").text
    assert page.count("Rule Wait") == 2 and "The sandbox" in page
    held = anna.get("/queue/messages?rule=Wait").text
    assert "a@fabrikam.com" in held and "b@fabrikam.com" not in held and "Held by rule &#39;Wait&#39;." in held
    box = anna.get("/queue/messages?sandbox=true").text
    assert "a@fabrikam.com" not in box and "b@fabrikam.com" in box and "c@fabrikam.com" in box
    assert "Return to senders" not in box.partition("<form method=")[0]
    page = anna.get(f"/trace/{number}").text
    assert "In the sandbox, because its organization is one" in page
    assert "Return to sender" not in page and "Send this message to its real recipients?" in page
    letter = anna.post(f"/trace/{number}/letter")
    assert letter.body.endswith(b"\r\n\r\nhello\r\n")
    assert letter.headers["content-disposition"] == f'attachment; filename="{number}.eml"'
    assert letter.headers["content-security-policy"] == "sandbox"
    read = server.ask("POST", f"/api/v1/queue/{number}/read")
    assert b64decode(read.value["message"]).endswith(b"\r\n\r\nhello\r\n")
    assert [it["action"] for it in server.call("audit.list")[:2]] == ["read", "read"]
    server.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    victor = Browser(server).sign_in("victor", PASSWORD)
    page = victor.get(f"/trace/{number}").text
    assert "In the sandbox" in page and "/letter" not in page
    assert victor.post(f"/trace/{number}/letter").status == 403
    (row,) = server.ask("GET", "/api/v1/queue?rule=Wait&sandbox=false").json["value"]
    assert (row["recipient"], row["rule"], row["sandbox"]) == ("a@fabrikam.com", "Wait", False)
    page = anna.get(f"/trace/{row['id']}").text
    assert (
        "Held by the rule Wait until somebody decides." in page and "/letter" not in page and "Return to sender" in page
    )
    assert anna.post(f"/trace/{row['id']}/letter").status == 422  # it is not in the sandbox
    anna.post("/queue/act", {"action": "release", "rule": "Wait", "held": "true"})
    assert [it["recipient"] for it in server.call("queue.list", state="waiting")] == ["a@fabrikam.com"]
    anna.post("/queue/act", {"action": "drop", "sandbox": "true", "held": "true"})
    assert [it["recipient"] for it in server.call("queue.list")] == ["a@fabrikam.com"]


def test_every_page_says_that_an_organization_is_a_sandbox(server: Server, anna: Browser) -> None:
    assert "is a sandbox" not in anna.get("/audit").text
    (organization,) = server.call("organization.list")
    form = {"Sandbox": "true", "SandboxDays": "3"}
    assert anna.post(f"/settings/organizations/{organization['Name']}", form).status == 303
    assert "Default is a sandbox: its mail is taken and not sent." in anna.get("/audit").text
    assert anna.get("/").text.count("is a sandbox") == 1
    (organization,) = server.call("organization.list")
    assert (organization["Sandbox"], organization["SandboxDays"]) == (True, 3)
    (note,) = server.call("status")["notes"]
    assert note.startswith("An organization is a sandbox") and "Default" not in note  # who asks may be another's
