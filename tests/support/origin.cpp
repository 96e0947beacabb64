#include "tests/support/origin.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "tests/support/origin_context.h"

namespace chainmend::test {
namespace {

constexpr std::size_t kept_bytes = 16 * 1024 * 1024;

/// The ALPN names as offered (RFC 7301 section 3.1), noted while the ClientHello is processed.
std::vector<std::string> offered_protocols(SSL* ssl) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    std::vector<std::string> names;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes, &size) !=
        1)
        return names;
    for (std::size_t i = 2; i < size && i + bytes[i] < size; i += bytes[i] + 1U) {
        names.emplace_back(as_text({bytes + i + 1, bytes[i]}));
    }
    return names;
}

bool write_all(SSL* ssl, std::string_view text) {
    std::size_t written = 0;
    return text.empty() || SSL_write_ex(ssl, text.data(), text.size(), &written) == 1;
}

void note(OriginConnection& connection, std::string_view received) {
    connection.received_size += received.size();
    connection.received += received.substr(0, kept_bytes - std::min(kept_bytes, connection.received.size()));
}

}  // namespace

/// One handshake's way back to its origin.
struct Origin::Callbacks {
    Origin* origin;
    std::size_t index;

    static int client_hello(SSL* ssl, int*, void*) {
        const auto& self = *static_cast<const Callbacks*>(SSL_get_app_data(ssl));
        self.origin->change(self.index, [&](OriginConnection& c) { c.protocols = offered_protocols(ssl); });
        return SSL_CLIENT_HELLO_SUCCESS;
    }
};

OriginOptions OriginOptions::of(const Identity& identity, std::vector<certs::CertificatePtr> chain) {
    OriginOptions options;
    options.certificate = identity.certificate();
    options.key = identity.key();
    options.chain = std::move(chain);
    return options;
}

Origin::Origin(OriginOptions options) : options_(std::move(options)), tcp_(options_.address, options_.port) {
    context_ = make_origin_context(options_);
    SSL_CTX_set_client_hello_cb(context_, Callbacks::client_hello, nullptr);
    tcp_.start([this](int socket) { serve(socket); });
}

Origin::~Origin() {
    tcp_.stop();
    SSL_CTX_free(context_);
}

std::vector<OriginConnection> Origin::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

bool Origin::wait_until(const std::function<bool(const std::vector<OriginConnection>&)>& condition) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return condition(connections_); });
}

bool Origin::wait_until_all_ended() const {
    return wait_until([](const auto& all) {
        return std::all_of(all.begin(), all.end(), [](const OriginConnection& c) { return c.ended; });
    });
}

void Origin::change(std::size_t index, const std::function<void(OriginConnection&)>& edit) {
    {
        const std::lock_guard lock(mutex_);
        edit(connections_[index]);
    }
    changed_.notify_all();
}

void Origin::serve(int socket) {
    std::size_t index = 0;
    {
        const std::lock_guard lock(mutex_);
        index = connections_.size();
        connections_.emplace_back();
    }
    if (options_.behaviour < OriginBehaviour::greet) {
        serve_tls(socket, index);
    } else {
        serve_plain(socket, index);
    }
    change(index, [](OriginConnection& c) { c.ended = true; });
}

void Origin::serve_plain(int socket, std::size_t index) {
    const auto read_once = [&] {
        std::array<char, 16 * 1024> buffer;
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) return false;
        change(index, [&](OriginConnection& c) { note(c, {buffer.data(), static_cast<std::size_t>(got)}); });
        return true;
    };
    const auto read_to_the_end = [&] {
        while (read_once()) {
        }
    };
    switch (options_.behaviour) {
        case OriginBehaviour::greet:
            send_all(socket, options_.body);
            read_to_the_end();
            return;
        case OriginBehaviour::reply:
            if (!read_once()) return;
            send_all(socket, options_.body);
            ::shutdown(socket, SHUT_WR);
            read_to_the_end();
            return;
        case OriginBehaviour::drip_handshake:
            drip([&](ByteView bytes) { return send_all(socket, bytes); });
            read_to_the_end();
            return;
        case OriginBehaviour::silent:
            read_to_the_end();
            return;
        case OriginBehaviour::reset:
            read_once();
            reset_on_close(socket);
            return;
        default:
            return;
    }
}

void Origin::serve_tls(int socket, std::size_t index) {
    ERR_clear_error();
    Callbacks callbacks{this, index};
    SSL* ssl = SSL_new(context_);
    SSL_set_app_data(ssl, &callbacks);
    SSL_set_fd(ssl, socket);
    const bool done = SSL_accept(ssl) == 1;
    const std::string error = done ? "" : take_libssl_error();
    change(index, [&](OriginConnection& c) {
        if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) c.server_name = name;
        const unsigned char* protocol = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl, &protocol, &size);
        c.protocol = as_text({protocol, size});
        c.version = SSL_get_version(ssl);
        if (X509* shown = SSL_get0_peer_certificate(ssl))
            c.client_certificate = certs::Certificate::from_x509(shown)->subject();
        c.resumed = SSL_session_reused(ssl) == 1;
        c.handshake_done = done;
        c.error = error;
    });
    if (done) converse(ssl, socket, index);
    SSL_free(ssl);
}

/// Reads once; false at the end, with the reason noted.
bool Origin::read_some(SSL* ssl, std::size_t index, std::string* into) {
    std::array<char, 16 * 1024> buffer;
    std::size_t got = 0;
    if (SSL_read_ex(ssl, buffer.data(), buffer.size(), &got) != 1) {
        const bool close_notify = (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) && ERR_peek_error() == 0 &&
                                  SSL_get_error(ssl, 0) == SSL_ERROR_ZERO_RETURN;
        const std::string error = take_libssl_error();
        change(index, [&](OriginConnection& c) {
            c.close_notify = close_notify;
            if (c.error.empty()) c.error = error;
        });
        return false;
    }
    const std::string_view text(buffer.data(), got);
    change(index, [&](OriginConnection& c) { note(c, text); });
    if (into) *into += text;
    return true;
}

/// Answers every whole request head with the fixed body; requests are taken to have none.
bool Origin::answer_requests(SSL* ssl, std::size_t index) {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                               std::to_string(options_.body.size()) + "\r\n\r\n" + options_.body;
    std::string pending;
    while (read_some(ssl, index, &pending)) {
        for (std::size_t end; (end = pending.find("\r\n\r\n")) != std::string::npos;
             pending.erase(0, end + 4)) {
            if (!write_all(ssl, answer)) return false;
        }
    }
    return true;
}

void Origin::drip(const std::function<bool(ByteView)>& send) {
    for (const char& byte : options_.body) {
        if (!send(as_bytes({&byte, 1})) || tcp_.pause(options_.interval)) return;
    }
}

void Origin::converse(SSL* ssl, int socket, std::size_t index) {
    const auto read_to_the_end = [&] {
        while (read_some(ssl, index, nullptr)) {
        }
    };
    switch (options_.behaviour) {
        case OriginBehaviour::http:
            answer_requests(ssl, index);
            SSL_shutdown(ssl);
            return;
        case OriginBehaviour::echo:
            for (std::string text; read_some(ssl, index, &text); text.clear()) {
                if (!write_all(ssl, text)) return;
            }
            SSL_shutdown(ssl);
            return;
        case OriginBehaviour::send_and_close:
            write_all(ssl, options_.body);
            SSL_shutdown(ssl);
            ::shutdown(socket, SHUT_WR);
            read_to_the_end();
            return;
        case OriginBehaviour::send_and_truncate:
            write_all(ssl, options_.body);
            ::shutdown(socket, SHUT_WR);
            read_to_the_end();
            return;
        case OriginBehaviour::send_and_reset:
            write_all(ssl, options_.body);
            read_some(ssl, index, nullptr);  // so that what was sent is read before the reset overtakes it
            reset_on_close(socket);
            return;
        case OriginBehaviour::read_then_send:
            read_to_the_end();
            write_all(ssl, options_.body);
            SSL_shutdown(ssl);
            return;
        case OriginBehaviour::drip:
            drip([&](ByteView bytes) { return write_all(ssl, as_text(bytes)); });
            SSL_shutdown(ssl);
            return;
        default:
            read_to_the_end();
    }
}

}  // namespace chainmend::test
