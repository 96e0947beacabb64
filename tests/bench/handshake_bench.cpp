// What the crypto of one tunnel costs, without sockets: the floor under every number of the proxy. The other
// ends are plain libssl in the same thread, so each figure holds both sides of its handshake.
#include <benchmark/benchmark.h>

#include "tests/tls/peer.h"
#include "tls/client_session.h"
#include "tls/upstream_session.h"

namespace chainmend::test {
namespace {

/// root <- issuer <- leaf.test, all ECDSA P-256, and a client that trusts the root.
struct Parties {
    Identity root = Identity::root("Root");
    Identity issuer = root.intermediate("Issuer");
    Identity leaf = issuer.leaf("leaf.test");
    OriginOptions options = OriginOptions::of(leaf, {issuer.certificate()});
    ContextPtr server = server_context(options);
    ContextPtr client = client_context(root);
    std::unique_ptr<tls::UpstreamContext> upstream =
        tls::UpstreamContext::make(tls::MinimumVersion::tls1_2).value();
    std::unique_ptr<tls::ClientContext> downstream =
        tls::ClientContext::make(tls::MinimumVersion::tls1_2).value();
    certs::ReferenceIdentity host = certs::ReferenceIdentity::from_host("leaf.test").value();
};

/// Two libssl peers, the client verifying by itself: what the two below are measured against.
void plain_handshake(benchmark::State& state) {
    const Parties parties;
    for (auto _ : state) {
        Peer server(parties.server.get(), true);
        Peer client(parties.client.get(), false);
        for (int flight = 0; flight < 4; ++flight) {
            client.step();
            server.feed(client.take_output());
            server.step();
            client.feed(server.take_output());
        }
        if (!client.open() || !server.open()) state.SkipWithError("no handshake");
    }
}
BENCHMARK(plain_handshake)->Unit(benchmark::kMicrosecond);

void upstream_handshake(benchmark::State& state) {
    const Parties parties;
    const certs::Verdict verdict = accepted();
    for (auto _ : state) {
        auto session =
            std::move(tls::UpstreamSession::make(*parties.upstream, parties.host, {"http/1.1"}).value());
        Peer server(parties.server.get(), true);
        pump(*session, server);
        session->resolve(verdict);
        pump(*session, server);
        if (session->state() != tls::Session::State::open) state.SkipWithError(session->error().c_str());
    }
}
BENCHMARK(upstream_handshake)->Unit(benchmark::kMicrosecond);

void client_handshake(benchmark::State& state) {
    const Parties parties;
    const certs::MintedCertificate certificate = minted(parties.leaf, {parties.issuer.certificate()});
    for (auto _ : state) {
        auto session = std::move(tls::ClientSession::make(*parties.downstream, "leaf.test").value());
        Peer client(parties.client.get(), false);
        pump(*session, client);
        session->present(certificate, {});
        pump(*session, client);
        if (!client.open()) state.SkipWithError(client.error().c_str());
    }
}
BENCHMARK(client_handshake)->Unit(benchmark::kMicrosecond);

/// Encrypting on one side and decrypting on the other, in pieces of a loop's read buffer.
void relay(benchmark::State& state) {
    const Parties parties;
    auto session = std::move(tls::UpstreamSession::make(*parties.upstream, parties.host, {}).value());
    Peer server(parties.server.get(), true);
    pump(*session, server);
    session->resolve(accepted());
    pump(*session, server);
    const std::string piece(64 * 1024, 'x');
    Bytes plaintext(piece.size() + 4096);
    for (auto _ : state) {
        server.write(piece);
        const Bytes ciphertext = server.take_output();
        benchmark::DoNotOptimize(session->receive(ciphertext, plaintext));
        session->write(as_bytes(piece));
        session->consume_output(session->output().size());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * piece.size() * 2));
}
BENCHMARK(relay)->Unit(benchmark::kMicrosecond);

/// A KeyUpdate flood: what one message of 27 bytes makes a session do.
void key_update(benchmark::State& state) {
    const Parties parties;
    auto session = std::move(tls::UpstreamSession::make(*parties.upstream, parties.host, {}).value());
    Peer server(parties.server.get(), true);
    pump(*session, server);
    session->resolve(accepted());
    pump(*session, server);
    Bytes plaintext(4096);
    for (auto _ : state) {
        state.PauseTiming();
        SSL_key_update(server.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
        server.write("x");
        const Bytes ciphertext = server.take_output();
        state.ResumeTiming();
        benchmark::DoNotOptimize(session->receive(ciphertext, plaintext));
    }
}
BENCHMARK(key_update)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace chainmend::test
