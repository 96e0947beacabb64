#include "proxy/front/password_file.h"

#include <crypt.h>

#include <algorithm>
#include <random>

#include "certs/digest.h"
#include "config/ascii.h"
#include "proxy/http/base64.h"

namespace chainmend::proxy {
namespace {

constexpr std::string_view kinds[] = {"$2y$", "$2b$", "$2a$", "$6$", "$5$", "$y$"};

/// Longer ones would only cost time: bcrypt reads 72 bytes.
constexpr std::size_t max_password = 512;

/// One that was cut short could never match, and nobody would know why: what stands behind its last "$" has
/// the length of its kind (crypt(5)).
bool is_whole(const std::string& hash) {
    const auto size = hash.size() - hash.rfind('$') - 1;
    if (hash.starts_with("$2")) return size == 53;
    return size == (hash.starts_with("$6$") ? 86U : 43U);
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

Error mistake(std::size_t line, const char* what) {
    return {ErrorCode::configuration, "line " + std::to_string(line) + ": " + what};
}

/// In time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

bool matches(const std::string& password, const std::string& hash) {
    auto data = std::make_unique<crypt_data>();  // 32 KiB
    const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
    const bool right = made && made[0] != '*' && equal_in_constant_time(made, hash);
    std::fill_n(reinterpret_cast<volatile char*>(data.get()), sizeof *data, '\0');
    return right;
}

}  // namespace

std::optional<Credentials> Credentials::from_field(std::string_view field) {
    const auto space = field.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    if (ascii_lower(field.substr(0, space)) != "basic") return std::nullopt;
    const auto decoded = decode_base64(field.substr(space + 1));
    if (!decoded) return std::nullopt;
    const auto text = as_text(*decoded);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || std::any_of(text.begin(), text.end(), is_control))
        return std::nullopt;
    if (text.size() > max_password) return std::nullopt;
    return Credentials{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

PasswordFile::PasswordFile(std::map<std::string, std::string> hashes, std::string random)
    : hashes_(std::move(hashes)), random_(std::move(random)) {}

Result<std::shared_ptr<const PasswordFile>> PasswordFile::parse(std::string_view text) {
    std::map<std::string, std::string> hashes;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.front() == '#') continue;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return mistake(number, "it is not user:hash");
        const std::string hash(line.substr(colon + 1));
        const bool known = std::any_of(std::begin(kinds), std::end(kinds),
                                       [&](std::string_view kind) { return hash.starts_with(kind); });
        if (!known) {
            return mistake(
                number,
                "the hash is none of bcrypt, SHA-512, SHA-256 and yescrypt; make one with htpasswd -B "
                "or openssl passwd -6");
        }
        if (!is_whole(hash)) return mistake(number, "the hash is damaged");
        if (!hashes.emplace(line.substr(0, colon), hash).second)
            return mistake(number, "this user has been there before");
    }
    if (hashes.empty()) return Error{ErrorCode::configuration, "it names nobody"};
    std::random_device system;  // getrandom(2) and its like
    std::string random;
    for (int i = 0; i < 8; ++i)
        random += std::to_string(system()) + ' ';
    return std::shared_ptr<const PasswordFile>(new PasswordFile(std::move(hashes), std::move(random)));
}

bool PasswordFile::accepts(const Credentials& credentials) const {
    if (remembers(credentials)) return true;
    const auto known = hashes_.find(credentials.user);
    // For somebody who is not there another's hash is computed, so that the time does not tell.
    const auto& hash = known == hashes_.end() ? hashes_.begin()->second : known->second;
    const bool right = matches(credentials.password, hash) && known != hashes_.end();
    if (!right) return false;
    const std::lock_guard lock(mutex_);
    if (remembered_.size() < max_remembered) remembered_[credentials.user] = digest(credentials);
    return true;
}

bool PasswordFile::remembers(const Credentials& credentials) const {
    const auto wanted = digest(credentials);
    const std::lock_guard lock(mutex_);
    const auto known = remembered_.find(credentials.user);
    return known != remembered_.end() && equal_in_constant_time(as_text(known->second), as_text(wanted));
}

std::shared_ptr<void> PasswordFile::take_place() const {
    const auto taken = places_taken_;
    if (taken->fetch_add(1) >= max_places) {
        taken->fetch_sub(1);
        return nullptr;
    }
    return std::shared_ptr<void>(taken.get(), [taken](void*) { taken->fetch_sub(1); });
}

// Lengths in front: no two pairs give the same text.
Sha256 PasswordFile::digest(const Credentials& credentials) const {
    return certs::sha256_of(as_bytes(random_ + std::to_string(credentials.user.size()) + ':' +
                                     credentials.user + credentials.password));
}

}  // namespace chainmend::proxy
