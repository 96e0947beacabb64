#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

/// A name and a password as a client gave them.
struct Credentials {
    std::string user;
    std::string password;

    /// From a Proxy-Authorization field (RFC 7617): "Basic" and base64 of "user:password". Nothing for
    /// anything else, or with control characters in it.
    static std::optional<Credentials> from_field(std::string_view field);
};

/// Who may use the proxy: one "user:hash" a line, empty lines and such that begin with "#" apart. Hashes are
/// those of crypt(3) that still hold: bcrypt ($2y$, $2b$), SHA-512 ($6$), SHA-256 ($5$) and yescrypt ($y$),
/// as `htpasswd -B`, `openssl passwd -6` and `mkpasswd` make them.
///
/// Thread-safe. Checking a password takes as long as its hash was made to take, milliseconds to a second: not
/// on a loop. One that was found right is remembered (as a digest under a random key of this process), so
/// that a client's next request costs nothing.
class PasswordFile {
  public:
    /// ErrorCode::configuration naming the line, never the hash: no colon, a user twice, a kind of hash that
    /// is none of these, nobody at all.
    static Result<std::shared_ptr<const PasswordFile>> parse(std::string_view text);

    /// Takes as long for a user that is not there, and compares in constant time. Not on a loop.
    bool accepts(const Credentials& credentials) const;
    /// Has been accepted before: fast.
    bool remembers(const Credentials& credentials) const;

    /// One of the few places for hashes that are computed at once, given back when it is destroyed; null when
    /// all are taken.
    std::shared_ptr<void> take_place() const;

    bool same_users(const PasswordFile& other) const { return hashes_ == other.hashes_; }
    std::size_t size() const { return hashes_.size(); }
    /// A quarter of the thread pool (see proxy/io/process.h).
    static constexpr int max_places = 4;
    /// More than a workplace has people.
    static constexpr std::size_t max_remembered = 10'000;

  private:
    PasswordFile(std::map<std::string, std::string> hashes, std::string random);
    Sha256 digest(const Credentials& credentials) const;

    const std::map<std::string, std::string> hashes_;  // by user
    const std::string random_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, Sha256> remembered_;  // by user
    const std::shared_ptr<std::atomic<int>> places_taken_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace chainmend::proxy
