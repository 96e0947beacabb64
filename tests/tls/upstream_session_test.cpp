#include "tls/upstream_session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/tls/peer.h"

namespace chainmend::test {
namespace {

using certs::Reason;
using tls::FailureKind;
using tls::MinimumVersion;
using tls::UpstreamSession;
using State = tls::Session::State;

/// root <- issuer <- leaf.test; the server speaks one version of TLS.
class Upstream : public testing::TestWithParam<int> {
  protected:
    Upstream() {
        options_ = OriginOptions::of(leaf_, {issuer_.certificate()});
        options_.minimum_version = options_.maximum_version = GetParam();
    }

    std::unique_ptr<UpstreamSession> session(const std::vector<std::string>& alpn = {},
                                             MinimumVersion minimum = MinimumVersion::tls1_2,
                                             const std::string& host = "leaf.test") {
        context_ = tls::UpstreamContext::make(minimum).value();
        return UpstreamSession::make(*context_, certs::ReferenceIdentity::from_host(host).value(), alpn)
            .value();
    }
    /// With this ticket, collecting those that come; all of them under one context.
    std::unique_ptr<UpstreamSession> session(const std::vector<std::string>& alpn, tls::TicketPtr ticket,
                                             tls::SessionTicketsPtr tickets) {
        if (!context_) context_ = tls::UpstreamContext::make(MinimumVersion::tls1_2).value();
        return UpstreamSession::make(*context_, certs::ReferenceIdentity::from_host("leaf.test").value(),
                                     alpn, nullptr, {std::move(ticket), std::move(tickets)})
            .value();
    }
    void start_server() {
        server_context_ = server_context(options_);
        server_ = std::make_unique<Peer>(server_context_.get(), true);
    }
    /// A session that is open, its server accepted.
    std::unique_ptr<UpstreamSession> open_session(const std::vector<std::string>& alpn = {}) {
        auto made = session(alpn);
        start_server();
        pump(*made, *server_);
        made->resolve(accepted());
        pump(*made, *server_);
        return made;
    }

    const Identity root_ = Identity::root("Root");
    const Identity issuer_ = root_.intermediate("Issuer");
    const Identity leaf_ = issuer_.leaf("leaf.test");
    OriginOptions options_;
    std::unique_ptr<tls::UpstreamContext> context_;
    ContextPtr server_context_;
    std::unique_ptr<Peer> server_;
};

INSTANTIATE_TEST_SUITE_P(Tls, Upstream, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

TEST_P(Upstream, SuspendsWithTheChainThatTheServerSent) {
    auto made = session();
    start_server();
    pump(*made, *server_);

    ASSERT_EQ(made->state(), State::suspended);
    const auto& sent = made->presented().certificates;
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0]->sha256(), leaf_.certificate()->sha256());
    EXPECT_EQ(sent[1]->sha256(), issuer_.certificate()->sha256());
    EXPECT_FALSE(server_->open());
}

TEST_P(Upstream, SendsNothingWithoutAVerdictHoweverOftenItIsPumped) {
    auto made = session();
    start_server();
    pump(*made, *server_);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(made->advance(), State::suspended);
        EXPECT_EQ(made->write(as_bytes("secret")), 0U);
        EXPECT_TRUE(made->output().empty());
    }
}

TEST_P(Upstream, GoesOnAfterAnAcceptedVerdict) {
    auto made = open_session({"h2", "http/1.1"});
    ASSERT_EQ(made->state(), State::open) << made->error();
    ASSERT_TRUE(server_->open());
    EXPECT_EQ(made->negotiated().version, GetParam() == TLS1_3_VERSION ? "1.3" : "1.2");
    EXPECT_EQ(made->negotiated().cipher,
              GetParam() == TLS1_3_VERSION ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
    EXPECT_EQ(made->negotiated().group, "x25519");
    EXPECT_FALSE(made->negotiated().resumed);

    EXPECT_EQ(made->write(as_bytes("ping")), 4U);
    server_->write("pong");
    std::string plaintext;
    pump(*made, *server_, 1 << 20, &plaintext);
    EXPECT_EQ(server_->received(), "ping");
    EXPECT_EQ(plaintext, "pong");
}

TEST_P(Upstream, WorksWhenEveryByteComesAlone) {
    auto made = session();
    start_server();
    pump(*made, *server_, 1);
    made->resolve(accepted());
    pump(*made, *server_, 1);
    ASSERT_EQ(made->state(), State::open) << made->error();
    server_->write("slowly");
    std::string plaintext;
    pump(*made, *server_, 1, &plaintext);
    EXPECT_EQ(plaintext, "slowly");
}

TEST_P(Upstream, TellsTheServerWhyItIsRefused) {
    const std::pair<Reason, const char*> alerts[] = {
        {Reason::expired, "sslv3 alert certificate expired"},
        {Reason::revoked, "sslv3 alert certificate revoked"},
        {Reason::issuer_not_found, "tlsv1 alert unknown ca"},
        {Reason::untrusted_root, "tlsv1 alert unknown ca"},
        {Reason::bad_eku, "sslv3 alert unsupported certificate"},
        {Reason::host_mismatch, "sslv3 alert bad certificate"},
        {Reason::not_yet_valid, "sslv3 alert bad certificate"},
        {Reason::policy, "sslv3 alert handshake failure"},
    };
    for (const auto& [reason, alert] : alerts) {
        SCOPED_TRACE(to_string(reason));
        auto made = session();
        start_server();
        pump(*made, *server_);
        made->resolve(refused(reason, "because"));
        pump(*made, *server_);
        EXPECT_EQ(made->state(), State::failed);
        EXPECT_EQ(made->failure(), FailureKind::refused);
        EXPECT_EQ(made->error(), std::string(to_string(reason)) + ": because");
        EXPECT_EQ(server_->error(), alert);
        EXPECT_FALSE(server_->open());
        EXPECT_EQ(made->write(as_bytes("secret")), 0U);
    }
}

TEST_P(Upstream, RefusesWhenTheVerdictForgotItsReason) {
    auto made = session();
    start_server();
    pump(*made, *server_);
    made->resolve(certs::Verdict{});
    pump(*made, *server_);
    EXPECT_EQ(made->failure(), FailureKind::refused);
    EXPECT_FALSE(server_->open());
}

TEST_P(Upstream, KeepsTheFirstVerdict) {
    auto made = session();
    start_server();
    pump(*made, *server_);
    made->resolve(refused(Reason::expired));
    made->resolve(accepted());
    pump(*made, *server_);
    EXPECT_EQ(made->failure(), FailureKind::refused);
}

TEST_P(Upstream, TakesNoVerdictBeforeItHasAsked) {
    auto made = session();
    made->resolve(accepted());
    start_server();
    pump(*made, *server_);
    EXPECT_EQ(made->state(), State::suspended);
}

TEST_P(Upstream, CarriesTheHostAsServerName) {
    auto made = session();
    start_server();
    pump(*made, *server_);
    EXPECT_STREQ(SSL_get_servername(server_->ssl(), TLSEXT_NAMETYPE_host_name), "leaf.test");
}

TEST_P(Upstream, CarriesNoServerNameForAnAddress) {
    auto made = session({}, MinimumVersion::tls1_2, "192.0.2.1");
    start_server();
    pump(*made, *server_);
    ASSERT_EQ(made->state(), State::suspended);
    EXPECT_EQ(SSL_get_servername(server_->ssl(), TLSEXT_NAMETYPE_host_name), nullptr);
}

TEST_P(Upstream, AgreesOnAProtocolThatTheServerPrefers) {
    options_.alpn = {"http/1.1"};
    EXPECT_EQ(open_session({"h2", "http/1.1"})->negotiated().protocol, "http/1.1");
}

TEST_P(Upstream, HasNoProtocolWhenTheServerNamesNone) {
    auto made = open_session({"h2", "http/1.1"});
    EXPECT_EQ(made->state(), State::open);
    EXPECT_EQ(made->negotiated().protocol, "");
}

TEST_P(Upstream, RefusesAProtocolThatItDidNotOffer) {
    auto made = session({"http/1.1"});
    start_server();
    SSL_CTX_set_alpn_select_cb(
        server_context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void*) {
            *out = reinterpret_cast<const unsigned char*>("h2");
            *size = 2;
            return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    pump(*made, *server_);
    EXPECT_EQ(made->state(), State::failed);
    EXPECT_FALSE(server_->open());
}

TEST_P(Upstream, ResumesWithATicketOfAServerThatWasAccepted) {
    auto tickets = std::make_shared<tls::SessionTickets>();
    auto first = session({"http/1.1"}, {}, tickets);
    start_server();
    pump(*first, *server_);
    EXPECT_TRUE(tickets->empty());
    first->resolve(accepted());
    pump(*first, *server_);
    ASSERT_FALSE(tickets->empty());
    EXPECT_FALSE(first->resumed());
    first.reset();  // without a close_notify: the ticket is good all the same
    server_ = std::make_unique<Peer>(server_context_.get(), true);
    auto second = session({"http/1.1"}, tickets->take(), tickets);
    pump(*second, *server_);
    ASSERT_EQ(second->state(), State::open) << second->error();
    EXPECT_TRUE(second->resumed());
    EXPECT_TRUE(second->presented().certificates.empty());
    std::string plaintext;
    server_->write("hello");
    pump(*second, *server_, 1 << 20, &plaintext);
    EXPECT_EQ(plaintext, "hello");
}

TEST_P(Upstream, VerifiesAServerThatDoesNotKnowTheTicket) {
    auto tickets = std::make_shared<tls::SessionTickets>();
    auto first = session({}, {}, tickets);
    start_server();
    pump(*first, *server_);
    first->resolve(accepted());
    pump(*first, *server_);
    start_server();  // another one, with keys of its own
    auto second = session({}, tickets->take(), tickets);
    pump(*second, *server_);
    EXPECT_EQ(second->state(), State::suspended);
    EXPECT_FALSE(second->resumed());
    EXPECT_EQ(second->presented().certificates.size(), 2u);
    second->resolve(refused(Reason::issuer_not_found));
    pump(*second, *server_);
    EXPECT_EQ(second->state(), State::failed);
    EXPECT_FALSE(server_->open() && !server_->received().empty());
}

TEST_P(Upstream, KeepsNoTicketOfAServerThatIsRefused) {
    auto tickets = std::make_shared<tls::SessionTickets>();
    auto made = session({}, {}, tickets);
    start_server();
    pump(*made, *server_);
    made->resolve(refused(Reason::expired));
    pump(*made, *server_);
    EXPECT_TRUE(tickets->empty());
}

TEST_P(Upstream, ShowsTheStapledResponseOnceOpen) {
    options_.staple = {1, 2, 3, 4};
    auto made = open_session();
    ASSERT_EQ(made->state(), State::open);
    EXPECT_EQ(made->stapled_ocsp(), options_.staple);
}

TEST_P(Upstream, ShowsNoStapleWhenThereIsNone) {
    EXPECT_TRUE(open_session()->stapled_ocsp().empty());
}

TEST_P(Upstream, GivesNoClientCertificateAndSaysThatItWasAsked) {
    options_.request_client_certificate = true;
    auto made = open_session();
    EXPECT_EQ(made->state(), State::open);
    EXPECT_TRUE(made->client_certificate_requested());
    EXPECT_EQ(SSL_get0_peer_certificate(server_->ssl()), nullptr);
}

TEST_P(Upstream, ResumesNothingUnasked) {
    // Whatever tickets the first connection left behind, the second asks for a verdict again.
    auto first = open_session();
    auto second =
        UpstreamSession::make(*context_, certs::ReferenceIdentity::from_host("leaf.test").value(), {})
            .value();
    Peer again(server_context_.get(), true);
    pump(*second, again);
    EXPECT_EQ(second->state(), State::suspended);
}

TEST_P(Upstream, RefusesAnonymousServers) {
    options_.certificate = nullptr;
    options_.cipher_list = "ALL:aNULL:eNULL";
    auto made = session({}, MinimumVersion::tls1_0);
    start_server();
    pump(*made, *server_);
    EXPECT_EQ(made->state(), State::failed);
    EXPECT_FALSE(server_->open());
}

/// What the ClientHello offers, seen by a server.
struct Offer {
    std::vector<std::string> suites;
    std::vector<int> extensions;
    Bytes compression;
    Bytes signature_algorithms;

    static int note(SSL* ssl, int*, void* argument) {
        auto& offer = *static_cast<Offer*>(argument);
        const unsigned char* bytes = nullptr;
        const std::size_t suites = SSL_client_hello_get0_ciphers(ssl, &bytes);
        for (std::size_t i = 0; i < suites; i += 2) {
            const SSL_CIPHER* suite = SSL_CIPHER_find(ssl, bytes + i);
            offer.suites.push_back(suite ? SSL_CIPHER_get_name(suite) : "unknown");
        }
        const std::size_t methods = SSL_client_hello_get0_compression_methods(ssl, &bytes);
        offer.compression.assign(bytes, bytes + methods);
        std::size_t size = 0;
        if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_signature_algorithms, &bytes, &size)) {
            offer.signature_algorithms.assign(bytes + 2, bytes + size);
        }
        int* present = nullptr;
        if (SSL_client_hello_get1_extensions_present(ssl, &present, &size)) {
            offer.extensions.assign(present, present + size);
            OPENSSL_free(present);
        }
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    bool has(int extension) const {
        return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
    }
};

TEST_P(Upstream, OffersWhatACarefulClientOffers) {
    auto made = session({"http/1.1"});
    start_server();
    Offer offer;
    SSL_CTX_set_client_hello_cb(server_context_.get(), Offer::note, &offer);
    pump(*made, *server_);

    ASSERT_FALSE(offer.suites.empty());
    EXPECT_EQ(offer.suites.front(), "TLS_AES_128_GCM_SHA256");
    for (const std::string& suite : offer.suites) {
        const bool aead =
            suite.find("GCM") != std::string::npos || suite.find("CHACHA20") != std::string::npos;
        const bool forward_secret = suite.starts_with("TLS_") || suite.starts_with("ECDHE-");
        EXPECT_TRUE(suite == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" || (aead && forward_secret)) << suite;
    }
    EXPECT_EQ(offer.compression, Bytes{0});
    ASSERT_FALSE(offer.signature_algorithms.empty());
    for (std::size_t i = 0; i + 1 < offer.signature_algorithms.size(); i += 2) {
        EXPECT_GE(offer.signature_algorithms[i], 4) << "a hash below SHA-256";
    }
    EXPECT_TRUE(offer.has(TLSEXT_TYPE_status_request));
    EXPECT_TRUE(offer.has(TLSEXT_TYPE_extended_master_secret));
    EXPECT_FALSE(offer.has(TLSEXT_TYPE_early_data));
    EXPECT_FALSE(offer.has(TLSEXT_TYPE_psk));
    EXPECT_FALSE(offer.has(TLSEXT_TYPE_post_handshake_auth));
    EXPECT_TRUE(offer.has(TLSEXT_TYPE_session_ticket));
}

/// The sessions of versions that are too old, and of things that are no TLS at all.
class UpstreamRefusals : public testing::Test {
  protected:
    std::unique_ptr<UpstreamSession> session(MinimumVersion minimum = MinimumVersion::tls1_2) {
        context_ = tls::UpstreamContext::make(minimum).value();
        return UpstreamSession::make(*context_, certs::ReferenceIdentity::from_host("leaf.test").value(), {})
            .value();
    }
    std::unique_ptr<tls::UpstreamContext> context_;
    const Identity leaf_ = Identity::root("Root").leaf("leaf.test");
};

TEST_F(UpstreamRefusals, TlsOneOneUnlessItIsAllowed) {
    OriginOptions options = OriginOptions::of(leaf_);
    options.minimum_version = options.maximum_version = TLS1_1_VERSION;
    const ContextPtr context = server_context(options);

    auto strict = session();
    Peer server(context.get(), true);
    pump(*strict, server);
    EXPECT_EQ(strict->state(), State::failed);
    EXPECT_EQ(strict->failure(), FailureKind::alert) << strict->error();
    EXPECT_EQ(strict->peer_alert(), SSL_AD_PROTOCOL_VERSION);

    auto lenient = session(MinimumVersion::tls1_1);
    Peer again(context.get(), true);
    pump(*lenient, again);
    lenient->resolve(accepted());
    pump(*lenient, again);
    EXPECT_EQ(lenient->state(), State::open) << lenient->error();
    EXPECT_EQ(lenient->negotiated().version, "1.1");
}

TEST_F(UpstreamRefusals, TlsOneTwoWhenOneThreeIsWanted) {
    OriginOptions options = OriginOptions::of(leaf_);
    options.maximum_version = TLS1_2_VERSION;
    const ContextPtr context = server_context(options);
    auto made = session(MinimumVersion::tls1_3);
    Peer server(context.get(), true);
    pump(*made, server);
    EXPECT_EQ(made->state(), State::failed);
}

TEST_F(UpstreamRefusals, StaticRsaKeyExchange) {
    OriginOptions options = OriginOptions::of(leaf_);
    options.maximum_version = TLS1_2_VERSION;
    options.cipher_list = "AES128-GCM-SHA256:AES128-SHA";
    const ContextPtr context = server_context(options);
    auto made = session();
    Peer server(context.get(), true);
    pump(*made, server);
    EXPECT_EQ(made->failure(), FailureKind::alert);
    EXPECT_EQ(made->peer_alert(), SSL_AD_HANDSHAKE_FAILURE);
    EXPECT_EQ(made->error(), "alert from the peer: handshake failure");
}

TEST_F(UpstreamRefusals, QuotesHowAServerThatSpeaksSomethingElseBegan) {
    auto made = session();
    made->advance();
    made->receive(as_bytes("SSH-2.0-OpenSSH_9.2p1\x1b[31m\r\n"));
    EXPECT_EQ(made->state(), State::failed);
    EXPECT_EQ(made->failure(), FailureKind::not_tls);
    EXPECT_EQ(made->error(), "not TLS: the peer began with \"SSH-2.0-OpenSSH_9.2p1.[31m..\"");
}

TEST_F(UpstreamRefusals, SaysThatTheServerClosedDuringTheHandshake) {
    auto made = session();
    made->advance();
    made->receive_end();
    EXPECT_EQ(made->failure(), FailureKind::closed);
    EXPECT_FALSE(made->truncated());
}

TEST_F(UpstreamRefusals, QuotesAServerThatBeganOtherwiseAndClosed) {
    auto made = session();
    made->advance();
    made->receive(as_bytes("220"));
    made->receive_end();
    EXPECT_EQ(made->failure(), FailureKind::not_tls);
}

/// A TLS 1.2 server's first flight by hand: ServerHello and a Certificate message with this in it.
Bytes flight_with_certificate(ByteView certificate) {
    const auto append = [](Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); };
    const auto sized = [&](std::size_t octets, ByteView bytes) {
        Bytes vector;
        for (std::size_t i = octets; i-- > 0;)
            vector.push_back(static_cast<std::uint8_t>(bytes.size() >> (8 * i)));
        append(vector, bytes);
        return vector;
    };
    Bytes hello{3, 3};
    hello.resize(34, 7);  // random
    append(hello, Bytes{0, 0xc0, 0x2b, 0, 0, 5, 0xff, 0x01, 0x00, 0x01,
                        0x00});  // no session id, suite, renegotiation_info
    Bytes handshake{2};
    append(handshake, sized(3, hello));
    handshake.push_back(11);
    append(handshake, sized(3, sized(3, sized(3, certificate))));
    Bytes record{22, 3, 3};
    append(record, sized(2, handshake));
    return record;
}

TEST_F(UpstreamRefusals, ACertificateThatDoesNotDecode) {
    for (const std::string_view rubbish : {"rubbish", "0\x03\x02\x01\x01"}) {
        auto made = session();
        made->advance();
        made->receive(flight_with_certificate(as_bytes(rubbish)));
        EXPECT_EQ(made->state(), State::failed);
        EXPECT_EQ(made->failure(), FailureKind::malformed_certificate) << made->error();
        EXPECT_TRUE(made->error().starts_with("a certificate of the server does not decode: "))
            << made->error();
    }
}

TEST_F(UpstreamRefusals, AnEmptyCertificateList) {
    auto made = session();
    made->advance();
    Bytes flight = flight_with_certificate({});
    made->receive(flight);
    EXPECT_EQ(made->state(), State::failed);
}

}  // namespace
}  // namespace chainmend::test
