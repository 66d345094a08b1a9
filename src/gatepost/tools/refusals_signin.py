"""Replies about TLS and signing in: the submission endpoint's above all."""

from .advice import Refusal, row

_FOR_RELAYING = (
    "For relaying by address or certificate use the MX endpoint on port 25 (`gatepost mx DOMAIN`); for submission "
    "sign in."
)

SIGN_IN: tuple[Refusal, ...] = (
    row(
        "5.7.57",
        "This is the submission endpoint (smtp.office365.com), or a listener that wants a sign-in, and the client did "
        "not sign in.",
        _FOR_RELAYING,
        "A relay by address or certificate was meant, and the wrong endpoint was configured.",
        "The program has no user name and password, or left them out.",
    ),
    row(
        "4.7.3 5.7.0 4.7.0 5.7.3",
        "The server takes mail over TLS only.",
        "Use --tls starttls.",
        "The client is set to send without TLS, or something on the way strips STARTTLS.",
        says="starttls",
    ),
    row(
        "5.7.3",
        "The sign-in failed.",
        "Check user name and password, and that SMTP AUTH is enabled for the user (Set-CASMailbox "
        "-SmtpClientAuthenticationDisabled $false) and in the organization.",
        "The name or the password is wrong, or the password has expired.",
        "The account has multi-factor sign-in, which a password alone cannot pass.",
        "SMTP AUTH is disabled for the mailbox, for the organization, or by security defaults.",
    ),
    row(
        "5.7.139",
        "The organization's policy forbids this sign-in: SMTP AUTH is disabled.",
        "Enable SMTP AUTH for the user, or relay through a connector instead.",
        "SMTP AUTH is switched off for the organization (SmtpClientAuthenticationDisabled).",
        says="smtpclientauthentication is disabled",
    ),
    row(
        "5.7.139",
        "The organization's security defaults forbid a sign-in with a password.",
        "Relay through a connector, sign in with OAuth, or replace security defaults by policies that except this "
        "user.",
        says="security defaults",
    ),
    row(
        "5.7.139",
        "The sign-in was refused by the organization's policy (security defaults, Conditional Access, or SMTP AUTH "
        "disabled), or name and password are wrong.",
        "Look at the user's sign-in log for the reason; enable SMTP AUTH for the user, or relay through a connector "
        "instead.",
        "SMTP AUTH is disabled for the mailbox or the organization.",
        "Security defaults or a Conditional Access policy block passwords.",
        "The password is wrong, or was changed.",
    ),
    row(
        "5.7.30",
        "Password sign-in for SMTP has been retired.",
        "Relay through a connector, by certificate or address, or sign in with OAuth.",
    ),
    row(
        "5.7.60",
        "The signed-in user may not send as this sender.",
        "Use the user's own address, or grant SendAs.",
        "The envelope's sender, or the From header, is not the mailbox that signed in.",
        "Through a connector: the sender is in no accepted domain.",
    ),
    row(
        "5.2.252",
        "The signed-in user may not send as this sender (SendAsDenied).",
        "Use the user's own address in the envelope and in the From header, or grant SendAs.",
        says="sendasdenied",
    ),
    row(
        "5.1.8",
        "The sender is blocked for sending spam.",
        "Secure the account, then unblock it (Restricted entities in the Defender portal).",
        "Somebody else has the account's password.",
        "The account sent too much, or to too many who do not exist.",
    ),
    row(
        "5.7.8",
        "The sign-in failed.",
        "Check user name and password.",
        "The name or the password is wrong, or the user is disabled.",
        "The account has two-step sign-in and needs an app password, or OAuth.",
    ),
    row(
        "5.7.9",
        "The account wants more than its password.",
        "Make an app password for this program, or sign in with OAuth.",
        "Two-step sign-in is on.",
    ),
    row("5.7.11 5.7.10", "The server wants TLS before the sign-in.", "Use --tls starttls."),
    row(
        "4.7.0",
        "The server cannot check the sign-in, or start TLS, at the moment.",
        "Try again; if it stays so, look at the server's log and at its certificate.",
        code=454,
    ),
    row(
        "5.7.14",
        "The provider wants the account's owner to confirm this sign-in in a browser.",
        "Sign in once in a browser, or make an app password.",
    ),
    row("4.7.0 5.7.0", "TLS or a sign-in is needed first, or not to be had now.", "Use --tls starttls, or sign in."),
    row(
        "4.7.5 5.7.5",
        "The certificate is not acceptable.",
        "Check its chain, its names and its dates.",
        "The chain is not complete, or ends in a private CA.",
        "It has expired, or bears another name.",
    ),
    row(
        "5.5.1", "The server offers no sign-in here.", "Use the submission port.", says="authentication is not offered"
    ),
    row("5.5.4", "The server does not know this way of signing in.", "Use PLAIN or LOGIN.", code=504),
)
