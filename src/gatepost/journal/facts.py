"""Every fact that is ever logged, and what it means. `docs/reference/journal.md` is written from it."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How loud a fact is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Fact(NamedTuple):
    """One kind of line: its loudness and what it means to an administrator."""

    level: Level
    meaning: str


# What only whoever reads the log of this machine may know: it holds a key, and crosses no network.
HERE_ONLY = frozenset({"welcome"})

FACTS: dict[str, Fact] = {
    # the house
    "started": Fact(Level.INFO, "Gatepost is running; names the listeners."),
    "stopping": Fact(Level.INFO, "A signal asked Gatepost to stop; open sessions are told to come back later."),
    "stopped": Fact(Level.INFO, "Everything accepted is stored; the process ends."),
    "reloaded": Fact(Level.INFO, "On SIGHUP certificates were looked at; names settings that count after a restart."),
    "reload_refused": Fact(Level.ERROR, "On SIGHUP gatepost.toml had mistakes; it would not start again like that."),
    "swept": Fact(Level.INFO, "Leftovers of an earlier run were removed or quarantined when the spool was opened."),
    "trouble": Fact(Level.ERROR, "Something inside failed; clients are told to try later and nothing is lost."),
    # accepting
    "session_refused": Fact(Level.WARNING, "A connection was turned away before it could say anything."),
    "session_ended": Fact(Level.DEBUG, "A client disconnected."),
    "command_refused": Fact(Level.INFO, "A command or a body was refused for its syntax, order or size."),
    "tls_failed": Fact(Level.WARNING, "A TLS handshake did not complete."),
    "certificate_ignored": Fact(Level.WARNING, "A client certificate was presented and does not count; says why."),
    "recipient_refused": Fact(Level.WARNING, "A recipient was refused by attribution or policy; reasons and remedies."),
    "sender_refused": Fact(Level.WARNING, "A sender was refused by policy; reasons and remedies."),
    "authentication_failed": Fact(Level.WARNING, "AUTH with an unknown user or a wrong password."),
    "message_refused": Fact(Level.WARNING, "A message was refused after its envelope had been accepted."),
    "pickup_refused": Fact(
        Level.WARNING, "A file of the pickup folder was refused and moved to bad/; gives the reason."
    ),
    "pickup_waits": Fact(Level.INFO, "A file of the pickup folder cannot be taken now and is tried again."),
    "pickup_unusable": Fact(Level.ERROR, "The pickup folder cannot be used; it is looked at again."),
    "accepted": Fact(Level.INFO, "A message is stored and the client was told so."),
    "held": Fact(Level.INFO, "A recipient of an accepted message is held; names the rule, or says the sandbox."),
    "held_long": Fact(Level.WARNING, "Mail has been held for more than a day; told once a day until it is decided on."),
    # delivering
    "delivered": Fact(Level.INFO, "The next host or a mailbox has taken the message for a recipient."),
    "deferred": Fact(Level.WARNING, "A recipient could not be delivered yet; names the reason and the next attempt."),
    "failed": Fact(Level.WARNING, "A recipient was given up, with the cause; the sender is told, unless it is null."),
    "attempted": Fact(
        Level.DEBUG, "An attempt to deliver is over: where, by which way and TLS, and for how many recipients how."
    ),
    "reported": Fact(Level.INFO, "A delivery status notification was stored for the sender."),
    "digest_stored": Fact(
        Level.INFO, "A digest for an owner of devices was stored; counts the recipients it tells of."
    ),
    "tls_report_sent": Fact(
        Level.INFO, "A TLS report was stored for, or posted to, a recipient domain that asks for it; names the day."
    ),
    "tls_report_failed": Fact(
        Level.WARNING, "A TLS report could not be posted to where a recipient domain wants it; it is tried again."
    ),
    "destination_blocked": Fact(Level.WARNING, "A destination does not answer; it is left alone for a while."),
    "destination_recovered": Fact(Level.INFO, "A destination that was left alone takes mail again."),
    "signing_failed": Fact(Level.ERROR, "A message could not be signed (DKIM); names the domain, why, and the remedy."),
    "way_opened": Fact(Level.WARNING, "A way cannot be used and is left alone; mail goes by the next way, or waits."),
    "way_closed": Fact(Level.INFO, "A way that was left alone can be used again."),
    "way_limited": Fact(Level.INFO, "A way has reached one of its limits; what is beyond it waits until then."),
    "dane_off": Fact(Level.INFO, "DANE cannot be used, because no resolver is trusted to validate DNSSEC."),
    "policy_fetched": Fact(Level.INFO, "A domain's MTA-STS policy was fetched, and holds for its max_age."),
    "policy_not_fetched": Fact(Level.WARNING, "A domain's MTA-STS policy could not be fetched; an older one stays."),
    "protocol_log_unwritable": Fact(Level.ERROR, "The protocol log cannot be written; mail goes on without it."),
    "protocol_log_lost": Fact(Level.WARNING, "The protocol log is written again; says how many lines are missing."),
    "syslog_unreachable": Fact(Level.ERROR, "The syslog server takes no messages; they wait, and the oldest stay."),
    "syslog_recovered": Fact(Level.INFO, "The syslog server takes messages again; says how many were lost."),
    "traces_unreachable": Fact(Level.ERROR, "The collector takes no traces; mail goes on, and the oldest are lost."),
    "traces_recovered": Fact(Level.INFO, "The collector takes traces again; says how many spans it did not take."),
    # operating
    "configuration_changed": Fact(Level.INFO, "The configuration store changed; the next session sees it."),
    "signed_in": Fact(Level.INFO, "Somebody with a role group signed in to a face; says from where."),
    "sign_in_refused": Fact(Level.WARNING, "Somebody could not sign in to a face; gives the reason, untold outside."),
    "token_refused": Fact(Level.WARNING, "A request came with a token that is not good; gives the reason."),
    "welcome": Fact(Level.WARNING, "Nobody can operate this server yet; the link makes the first administrator, once."),
    "admin_unencrypted": Fact(Level.WARNING, "The admin listener is open to a network without HTTPS."),
    "certificate_loaded": Fact(Level.INFO, "A server certificate was loaded."),
    "certificate_unusable": Fact(Level.ERROR, "A server certificate cannot be used; the previous one stays, if any."),
    "certificate_expires": Fact(Level.WARNING, "A server certificate expires soon."),
    "test_sent": Fact(Level.INFO, "Somebody had a test message sent from the admin centre; names the target."),
    "alert_raised": Fact(Level.WARNING, "Something needs a look; those under [alerts] are told once."),
    "alert_resolved": Fact(Level.INFO, "It is over; the same are told."),
    "webhook_failed": Fact(Level.WARNING, "A webhook did not take an alert; it is posted again later."),
    "trusts_gateway": Fact(Level.WARNING, "A connector trusts loopback or a gateway address that others may share."),
}
