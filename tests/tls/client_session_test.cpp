#include "tls/client_session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "tests/tls/peer.h"

namespace chainmend::test {
namespace {

using tls::ClientSession;
using tls::FailureKind;
using tls::MinimumVersion;
using State = tls::Session::State;

/// ALPN names as libssl takes them.
Bytes wire(const std::vector<std::string>& protocols) {
    Bytes list;
    for (const std::string& name : protocols) {
        list.push_back(static_cast<std::uint8_t>(name.size()));
        list.insert(list.end(), name.begin(), name.end());
    }
    return list;
}

/// Signing CA <- leaf.test, both ECDSA P-256; the client trusts the CA and speaks one version of TLS.
class Client : public testing::TestWithParam<int> {
  protected:
    Client() : context_(tls::ClientContext::make(MinimumVersion::tls1_2).value()) {
        client_context_ = client_context(ca_, GetParam(), GetParam());
        start_client();
        start_session("leaf.test");
    }
    void start_client() { client_ = std::make_unique<Peer>(client_context_.get(), false); }
    void start_session(const std::string& host) { session_ = ClientSession::make(*context_, host).value(); }
    void offer(const std::vector<std::string>& protocols) {
        const Bytes list = wire(protocols);
        SSL_set_alpn_protos(client_->ssl(), list.data(), static_cast<unsigned>(list.size()));
    }
    void name(const std::string& host) {
        SSL_ctrl(client_->ssl(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
    }
    void shake_hands(const std::string& protocol = {}, std::size_t piece = 1 << 20) {
        pump(*session_, *client_, piece);
        session_->present(minted(leaf_), protocol);
        pump(*session_, *client_, piece);
    }
    std::string client_protocol() const {
        const unsigned char* bytes = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(client_->ssl(), &bytes, &size);
        return std::string(as_text({bytes, size}));
    }

    const Identity ca_ = Identity::root("Signing CA");
    const Identity leaf_ = ca_.leaf("leaf.test");
    std::unique_ptr<tls::ClientContext> context_;
    ContextPtr client_context_;
    std::unique_ptr<Peer> client_;
    std::unique_ptr<ClientSession> session_;
};

INSTANTIATE_TEST_SUITE_P(Tls, Client, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

TEST_P(Client, SuspendsAtTheClientHelloBeforeItAnswersAnything) {
    name("leaf.test");
    offer({"h2", "http/1.1"});
    pump(*session_, *client_);
    ASSERT_EQ(session_->state(), State::suspended);
    EXPECT_EQ(session_->client_hello().server_name, "leaf.test");
    EXPECT_EQ(session_->client_hello().protocols, (std::vector<std::string>{"h2", "http/1.1"}));
    EXPECT_EQ(session_->client_hello().highest_version, GetParam());
    EXPECT_TRUE(session_->client_hello().accepts_ecdsa);
    EXPECT_TRUE(session_->output().empty());
}

TEST_P(Client, IsShownTheMintedCertificateAndTalks) {
    shake_hands();
    ASSERT_EQ(session_->state(), State::open) << session_->error();
    ASSERT_TRUE(client_->open()) << client_->error();
    EXPECT_EQ(X509_cmp(SSL_get0_peer_certificate(client_->ssl()), leaf_.certificate()->x509()), 0);

    client_->write("GET");
    session_->write(as_bytes("200"));
    std::string plaintext;
    pump(*session_, *client_, 1 << 20, &plaintext);
    EXPECT_EQ(plaintext, "GET");
    EXPECT_EQ(client_->received(), "200");
}

TEST_P(Client, WorksWhenEveryByteComesAlone) {
    shake_hands({}, 1);
    EXPECT_EQ(session_->state(), State::open) << session_->error();
    EXPECT_TRUE(client_->open()) << client_->error();
}

TEST_P(Client, GetsTheChainOfAnOrganisationsCa) {
    const Identity sub = ca_.intermediate("Sub CA");
    const Identity below = sub.leaf("leaf.test");
    pump(*session_, *client_);
    session_->present(minted(below, {sub.certificate()}), {});
    pump(*session_, *client_);
    EXPECT_TRUE(client_->open()) << client_->error();
}

TEST_P(Client, ThatDoesNotTrustTheCaIsHeard) {
    const Identity other = Identity::root("Another CA");
    client_context_ = client_context(other, GetParam(), GetParam());
    start_client();
    shake_hands();
    EXPECT_EQ(session_->state(), State::failed);
    EXPECT_EQ(session_->failure(), FailureKind::alert);
    EXPECT_EQ(session_->peer_alert(), SSL_AD_UNKNOWN_CA);
    EXPECT_EQ(session_->error(), "alert from the peer: unknown CA");
}

TEST_P(Client, GetsTheProtocolThatTheUpstreamAgreedOn) {
    offer({"h2", "http/1.1"});
    shake_hands("http/1.1");
    EXPECT_EQ(client_protocol(), "http/1.1");
    EXPECT_EQ(session_->negotiated().protocol, "http/1.1");
}

TEST_P(Client, GetsNoProtocolWhenTheUpstreamNamedNone) {
    offer({"h2", "http/1.1"});
    shake_hands();
    EXPECT_TRUE(client_->open());
    EXPECT_EQ(client_protocol(), "");
}

TEST_P(Client, ThatOffersOnlyOtherProtocolsGetsAnAlert) {
    offer({"h2"});
    shake_hands("http/1.1");
    EXPECT_EQ(session_->failure(), FailureKind::parameters);
    EXPECT_EQ(client_->error(), "tlsv1 alert no application protocol");
}

TEST_P(Client, ThatOffersNoProtocolSpeaksHttp1ButNothingElse) {
    shake_hands("http/1.1");
    EXPECT_TRUE(client_->open());

    start_client();
    start_session("leaf.test");
    shake_hands("h2");
    EXPECT_EQ(client_->error(), "tlsv1 alert no application protocol");
}

TEST_P(Client, MayOfferManyProtocols) {
    std::vector<std::string> many;
    for (int i = 0; i < 255; ++i)
        many.push_back("protocol-" + std::to_string(i));
    many.push_back("http/1.1");
    offer(many);
    shake_hands("http/1.1");
    EXPECT_EQ(session_->client_hello().protocols, many);
    EXPECT_EQ(client_protocol(), "http/1.1");
}

TEST_P(Client, MaySendAClientHelloOfSeveralRecords) {
    const std::vector<std::string> huge(100, std::string(255, 'x'));  // 25 KiB
    offer(huge);
    pump(*session_, *client_);
    ASSERT_EQ(session_->state(), State::suspended) << session_->error();
    EXPECT_EQ(session_->client_hello().protocols.size(), 100U);
    session_->present(minted(leaf_), {});
    pump(*session_, *client_);
    EXPECT_TRUE(client_->open()) << client_->error();
}

TEST_P(Client, ServerNamesThatAreNoNamesAreReportedAsTheyAre) {
    for (const std::string odd : {"LEAF.test.", "192.0.2.1", "a b\tc", "\x1b[31m", "\xff\xfe"}) {
        start_client();
        start_session("leaf.test");
        name(odd);
        shake_hands();
        EXPECT_EQ(session_->client_hello().server_name, odd);
        EXPECT_EQ(session_->state(), State::open) << session_->error();
    }
}

TEST_P(Client, WithoutAServerNameIsFine) {
    pump(*session_, *client_);
    EXPECT_EQ(session_->client_hello().server_name, "");
}

TEST_P(Client, ThatCanNotDoEcdsaIsSeen) {
    SSL_set1_sigalgs_list(client_->ssl(), "RSA-PSS+SHA256:RSA+SHA256");
    pump(*session_, *client_);
    EXPECT_FALSE(session_->client_hello().accepts_ecdsa);
}

TEST_P(Client, IsRefusedWithAnAlert) {
    pump(*session_, *client_);
    session_->refuse();
    pump(*session_, *client_);
    EXPECT_EQ(session_->failure(), FailureKind::refused);
    EXPECT_EQ(client_->error(), "tlsv1 alert access denied");
}

TEST_P(Client, KeepsTheFirstAnswer) {
    pump(*session_, *client_);
    session_->refuse();
    session_->present(minted(leaf_), {});
    pump(*session_, *client_);
    EXPECT_FALSE(client_->open());
}

TEST_P(Client, IsNotAnsweredWithAKeyThatDoesNotFit) {
    pump(*session_, *client_);
    auto crossed = minted(leaf_);
    crossed.key = ca_.key();
    session_->present(crossed, {});
    pump(*session_, *client_);
    EXPECT_EQ(session_->state(), State::failed);
    EXPECT_FALSE(client_->open());
}

TEST_P(Client, ResumesInATunnelToTheSameHostAndInNoOther) {
    client_->write({});
    shake_hands();
    session_->write(as_bytes("x"));  // carries the ticket along
    pump(*session_, *client_);
    SSL_SESSION* ticket = SSL_get1_session(client_->ssl());
    ASSERT_TRUE(SSL_SESSION_is_resumable(ticket));
    // A TLS 1.3 client uses a ticket once; here the same one is shown twice on purpose.
    for (const auto& [host, resumes] : {std::pair{"leaf.test", true}, std::pair{"other.test", false}}) {
        SCOPED_TRACE(host);
        SSL_SESSION* copy = SSL_SESSION_dup(ticket);
        start_client();
        start_session(host);
        SSL_set_session(client_->ssl(), copy);
        SSL_SESSION_free(copy);
        shake_hands();
        EXPECT_TRUE(client_->open()) << client_->error();
        EXPECT_EQ(session_->negotiated().resumed, resumes);
        EXPECT_EQ(SSL_session_reused(client_->ssl()) == 1, resumes);
    }
    SSL_SESSION_free(ticket);
}

TEST_P(Client, GetsOneTicket) {
    int tickets = 0;
    SSL_CTX_set_app_data(client_context_.get(), &tickets);
    SSL_CTX_set_session_cache_mode(client_context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(client_context_.get(), [](SSL* ssl, SSL_SESSION*) {
        ++*static_cast<int*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        return 0;
    });
    start_client();
    shake_hands();
    pump(*session_, *client_);
    EXPECT_EQ(tickets, 1);
}

/// What only one of the versions can do.
class ClientRefusals : public testing::Test {
  protected:
    void meet(int minimum, int maximum, const char* suites = nullptr) {
        client_context_ = client_context(ca_, minimum, maximum);
        if (suites) SSL_CTX_set_cipher_list(client_context_.get(), suites);
        client_ = std::make_unique<Peer>(client_context_.get(), false);
        session_ = ClientSession::make(*context_, "leaf.test").value();
        pump(*session_, *client_);
        session_->present(minted(leaf_), {});
        pump(*session_, *client_);
    }
    const Identity ca_ = Identity::root("Signing CA");
    const Identity leaf_ = ca_.leaf("leaf.test");
    const std::unique_ptr<tls::ClientContext> context_ =
        tls::ClientContext::make(MinimumVersion::tls1_2).value();
    ContextPtr client_context_;
    std::unique_ptr<Peer> client_;
    std::unique_ptr<ClientSession> session_;
};

TEST_F(ClientRefusals, VersionsBelowOneTwoWithAnAlert) {
    meet(TLS1_VERSION, TLS1_1_VERSION);
    EXPECT_EQ(session_->failure(), FailureKind::version) << session_->error();
    EXPECT_EQ(client_->error(), "tlsv1 alert protocol version");
}

TEST_F(ClientRefusals, SuitesWithoutForwardSecrecyOrAeadWithAnAlert) {
    for (const char* suites : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "aNULL:eNULL"}) {
        SCOPED_TRACE(suites);
        meet(TLS1_2_VERSION, TLS1_2_VERSION, suites);
        EXPECT_EQ(session_->failure(), FailureKind::parameters) << session_->error();
        EXPECT_EQ(client_->error(), "sslv3 alert handshake failure");
    }
}

TEST_F(ClientRefusals, Renegotiation) {
    meet(TLS1_2_VERSION, TLS1_2_VERSION);
    ASSERT_EQ(session_->state(), State::open);
    SSL_renegotiate(client_->ssl());
    SSL_do_handshake(client_->ssl());
    pump(*session_, *client_);
    EXPECT_EQ(client_->error(), "no renegotiation");
}

TEST_F(ClientRefusals, BytesThatAreNoTls) {
    session_ = ClientSession::make(*context_, "leaf.test").value();
    session_->receive(as_bytes("GET / HTTP/1.1\r\nHost: leaf.test\r\n\r\n"));
    EXPECT_EQ(session_->failure(), FailureKind::not_tls);
    EXPECT_EQ(session_->error(), "not TLS: the peer began with \"GET / HTTP/1.1..Host: leaf.test....\"");
}

TEST_F(ClientRefusals, AClientHelloWithoutEnd) {
    // A handshake message may claim 16 MiB; libssl takes 128 KiB of a ClientHello.
    session_ = ClientSession::make(*context_, "leaf.test").value();
    session_->receive(Bytes{22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff});
    EXPECT_EQ(session_->state(), State::failed);
}

}  // namespace
}  // namespace chainmend::test
