"""Two pipes in one memory, so that a conversation takes no socket."""

from OpenSSL import SSL

from gatepost.tls import TlsPipe


def shake_hands(server_side: SSL.Context, client_side: SSL.Context) -> tuple[TlsPipe, TlsPipe]:
    """A server and a client that have finished their handshake."""
    server = TlsPipe(server_side, server=True)
    client = TlsPipe(client_side, server=False, server_name="relay.contoso.com")
    for _ in range(6):
        if ahead := client.to_send():
            assert server.receive(ahead) == b""
        if back := server.to_send():
            assert client.receive(back) == b""
    assert server.established and client.established
    return server, client
