#include "proxy/files/remote_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace chainmend::proxy {
namespace {

using nlohmann::json;

std::optional<std::uint32_t> sextet(char letter) {
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9') return letter - '0' + 52;
    if (letter == '+') return 62;
    if (letter == '/') return 63;
    return std::nullopt;
}

/// RFC 4648 section 4. OneCRL's records are not consistent about padding, so it may be missing.
std::optional<Bytes> decode_base64(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    Bytes bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char letter : text) {
        const auto value = sextet(letter);
        if (!value) return std::nullopt;
        bits = bits << 6 | *value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return bytes;
}

/// The field's octets; nothing when it is missing, empty or no base64.
std::optional<Bytes> octets(const json& record, const char* field) {
    const auto value = record.find(field);
    if (value == record.end() || !value->is_string()) return std::nullopt;
    auto bytes = decode_base64(value->get_ref<const std::string&>());
    if (!bytes || bytes->empty()) return std::nullopt;
    return bytes;
}

/// Whether these are one whole SEQUENCE in DER (X.690 section 8.1.3) and nothing else.
bool is_der_sequence(ByteView der) {
    if (der.size() < 2 || der[0] != 0x30) return false;
    std::size_t length = der[1];
    std::size_t head = 2;
    if (length >= 0x80) {
        const std::size_t more = length & 0x7f;
        if (more == 0 || more > 3 || der.size() < head + more) return false;
        length = 0;
        for (; head < 2 + more; ++head)
            length = length << 8 | der[head];
    }
    return der.size() == head + length;
}

/// A Name in DER: the intermediates have fields of the same name with text for people in them.
std::optional<Bytes> name(const json& record, const char* field) {
    auto bytes = octets(record, field);
    if (!bytes || !is_der_sequence(*bytes)) return std::nullopt;
    return bytes;
}

std::optional<Sha256> sha256(const json& record, const char* field) {
    const auto bytes = octets(record, field);
    Sha256 value{};
    if (!bytes || bytes->size() != value.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), value.begin());
    return value;
}

bool add_record(RemoteSettings& settings, const json& record) {
    if (!record.is_object()) return false;
    const auto issuer = name(record, "issuerName");
    const auto serial = octets(record, "serialNumber");
    if (issuer && serial) return settings.revoked.issuer_and_serial.insert({*issuer, *serial}), true;
    // First, because the intermediates have a subject and a pubKeyHash as well.
    const auto certificate = sha256(record, "derHash");
    if (certificate) return settings.disclosed.insert(*certificate), true;
    const auto key = sha256(record, "pubKeyHash");
    const auto subject = name(record, "subject");
    if (subject && key) return settings.revoked.subject_and_key.insert({*subject, *key}), true;
    return false;
}

/// The records of a dump, of the server's answer, or bare.
const json& records_of(const json& document) {
    for (const char* field : {"data", "changes"}) {
        if (document.is_object() && document.contains(field)) return document[field];
    }
    return document;
}

/// The server's answer to "_since" has only what has changed, which shows when a record was deleted.
bool is_deletion(const json& record) {
    if (!record.is_object()) return false;
    const auto deleted = record.find("deleted");
    return deleted != record.end() && *deleted == json(true);
}

}  // namespace

Result<RemoteSettings> read_remote_settings(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return Error{ErrorCode::malformed, "it begins like JSON and is none"};
    const json& records = records_of(document);
    if (!records.is_array())
        return Error{ErrorCode::malformed, "JSON, but not a list of Remote Settings records"};
    if (std::any_of(records.begin(), records.end(), is_deletion)) {
        return Error{ErrorCode::malformed,
                     "JSON with the changes since some time only; get the changeset without \"_since\""};
    }
    RemoteSettings settings;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (add_record(settings, records[i]) || settings.problems.size() >= RemoteSettings::max_problems)
            continue;
        settings.problems.push_back("record " + std::to_string(i + 1) +
                                    " names neither a revoked nor a disclosed certificate");
    }
    if (settings.revoked.size() == 0 && settings.disclosed.empty()) {
        return Error{ErrorCode::malformed, "JSON without a record of OneCRL or of Mozilla's intermediates"};
    }
    return settings;
}

}  // namespace chainmend::proxy
