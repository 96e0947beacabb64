#include "tls/session.h"

#include <gtest/gtest.h>

#include "tests/tls/peer.h"
#include "tls/upstream_session.h"

namespace chainmend::test {
namespace {

using tls::FailureKind;
using State = tls::Session::State;

/// An open session towards a plain libssl server, for what follows the handshake.
class OpenSession : public testing::TestWithParam<int> {
  protected:
    void SetUp() override {
        options_ = OriginOptions::of(leaf_);
        options_.minimum_version = options_.maximum_version = GetParam();
        server_context_ = server_context(options_);
        server_ = std::make_unique<Peer>(server_context_.get(), true);
        context_ = tls::UpstreamContext::make(tls::MinimumVersion::tls1_2).value();
        auto made = tls::UpstreamSession::make(*context_,
                                               certs::ReferenceIdentity::from_host("leaf.test").value(), {});
        session_ = std::move(made).value();
        pump(*session_, *server_);
        session_->resolve(accepted());
        pump(*session_, *server_);
        ASSERT_EQ(session_->state(), State::open) << session_->error();
    }
    std::string exchange(std::size_t piece = 1 << 20) {
        std::string plaintext;
        pump(*session_, *server_, piece, &plaintext);
        return plaintext;
    }

    const Identity leaf_ = Identity::root("Root").leaf("leaf.test");
    OriginOptions options_;
    std::unique_ptr<tls::UpstreamContext> context_;
    ContextPtr server_context_;
    std::unique_ptr<Peer> server_;
    std::unique_ptr<tls::UpstreamSession> session_;
};

INSTANTIATE_TEST_SUITE_P(Tls, OpenSession, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

TEST_P(OpenSession, CarriesMegabytesBothWaysUnchanged) {
    const std::string much = pattern(3 * 1024 * 1024 + 17);
    EXPECT_EQ(session_->write(as_bytes(much)), much.size());
    server_->write(much);
    EXPECT_TRUE(exchange(10'007) == much);
    EXPECT_TRUE(server_->received() == much);
}

TEST_P(OpenSession, KeepsWhatDoesNotFitIntoThePlaintextBuffer) {
    server_->write("0123456789");
    Bytes small(4);
    EXPECT_EQ(session_->receive(server_->take_output(), small), 4U);
    EXPECT_EQ(as_text(small), "0123");
    EXPECT_EQ(session_->read(small), 4U);
    EXPECT_EQ(session_->read(small), 2U);
    EXPECT_EQ(session_->read(small), 0U);
    EXPECT_EQ(session_->kept_input(), 0U);
}

TEST_P(OpenSession, KeepsCiphertextThatNobodyReads) {
    server_->write("kept");
    const Bytes ciphertext = server_->take_output();
    EXPECT_EQ(session_->receive(ciphertext), 0U);
    EXPECT_EQ(session_->kept_input(), ciphertext.size());
    EXPECT_EQ(exchange(), "");
    Bytes buffer(100);
    EXPECT_EQ(session_->read(buffer), 4U);
    EXPECT_EQ(session_->kept_input(), 0U);
}

TEST_P(OpenSession, TellsATruncationFromAnEnd) {
    server_->write("half a sentence");
    Bytes buffer(100);
    EXPECT_EQ(session_->receive(server_->take_output(), buffer), 15U);
    session_->receive_end();
    EXPECT_EQ(session_->state(), State::failed);
    EXPECT_TRUE(session_->truncated());
    EXPECT_EQ(session_->error(), "the stream ended without close_notify");
}

TEST_P(OpenSession, YieldsWhatCameBeforeTheTruncation) {
    server_->write("0123456789");
    session_->receive(server_->take_output());
    session_->receive_end();
    EXPECT_EQ(session_->state(), State::open);
    Bytes buffer(100);
    EXPECT_EQ(session_->read(buffer), 10U);
    EXPECT_TRUE(session_->truncated());
}

TEST_P(OpenSession, TellsATruncationWithinARecord) {
    server_->write("cut");
    Bytes ciphertext = server_->take_output();
    ciphertext.pop_back();
    Bytes buffer(100);
    EXPECT_EQ(session_->receive(ciphertext, buffer), 0U);
    session_->receive_end();
    EXPECT_TRUE(session_->truncated());
}

TEST_P(OpenSession, ReadsOnAfterItHasClosedItsOwnDirection) {
    session_->write(as_bytes("question"));
    session_->close();
    EXPECT_EQ(session_->write(as_bytes("too late")), 0U);
    exchange();
    EXPECT_EQ(server_->received(), "question");
    EXPECT_TRUE(server_->close_notify());

    server_->write("answer");
    server_->close();
    EXPECT_EQ(exchange(), "answer");
    EXPECT_EQ(session_->state(), State::peer_closed);
    session_->receive_end();
    EXPECT_EQ(session_->state(), State::peer_closed);
    EXPECT_FALSE(session_->truncated());
}

TEST_P(OpenSession, WritesOnAfterThePeerHasClosedItsDirection) {
    server_->write("last words");
    server_->close();
    EXPECT_EQ(exchange(), "last words");
    ASSERT_EQ(session_->state(), State::peer_closed);
    session_->receive_end();
    EXPECT_EQ(session_->write(as_bytes("heard")), 5U);
    EXPECT_FALSE(session_->output().empty());
}

TEST_P(OpenSession, CountsForgedRecordsAsAnEnd) {
    server_->write("genuine");
    Bytes ciphertext = server_->take_output();
    ciphertext.back() ^= 1;
    Bytes buffer(100);
    EXPECT_EQ(session_->receive(ciphertext, buffer), 0U);
    EXPECT_EQ(session_->state(), State::failed);
    EXPECT_EQ(session_->failure(), FailureKind::protocol);
    EXPECT_FALSE(session_->output().empty()) << "an alert for the peer";
}

TEST_P(OpenSession, FreesItsOutputWhenItIsConsumed) {
    session_->write(as_bytes(pattern(100'000)));
    EXPECT_GT(session_->output().size(), 100'000U);
    session_->consume_output(10);
    session_->consume_output(session_->output().size());
    EXPECT_TRUE(session_->output().empty());
    EXPECT_EQ(session_->output().data(), nullptr);
}

/// TLS 1.3 and 1.2 each have a way to bother a client after the handshake.
using OpenSession13 = OpenSession;
INSTANTIATE_TEST_SUITE_P(Tls13, OpenSession13, testing::Values(TLS1_3_VERSION));

TEST_P(OpenSession13, OutlivesThousandsOfKeyUpdates) {
    for (int i = 0; i < 2'000; ++i) {
        SSL_key_update(server_->ssl(), SSL_KEY_UPDATE_REQUESTED);
        server_->write("x");
        if (i % 100 == 99) {
            EXPECT_EQ(exchange(), std::string(100, 'x'));
        }
        ASSERT_LT(session_->output().size(), 100U * 64);
    }
    EXPECT_EQ(session_->state(), State::open) << session_->error();
    EXPECT_EQ(session_->kept_input(), 0U);
}

using OpenSession12 = OpenSession;
INSTANTIATE_TEST_SUITE_P(Tls12, OpenSession12, testing::Values(TLS1_2_VERSION));

TEST_P(OpenSession12, DoesNotRenegotiate) {
    // A second handshake could swap the certificate behind the verdict.
    SSL_renegotiate(server_->ssl());
    SSL_do_handshake(server_->ssl());
    exchange();
    EXPECT_NE(session_->state(), State::suspended);
    EXPECT_EQ(session_->presented().certificates[0]->sha256(), leaf_.certificate()->sha256());
    EXPECT_EQ(server_->error(), "no renegotiation");
}

}  // namespace
}  // namespace chainmend::test
