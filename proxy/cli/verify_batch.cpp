#include "proxy/cli/verify_batch.h"

#include <chrono>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <unordered_map>

#include "certs/certificate_file.h"
#include "proxy/report/verdict_json.h"

namespace chainmend::proxy {
namespace {

using certs::PresentedChain;

/// Ten megabytes of PEM and its JSON: more than any handshake carries in practice.
constexpr std::size_t max_line_bytes = 16 * 1024 * 1024;

/// Of one list of a line. Decoding so many certificates takes 1 to 2 s; a run may take 5 s.
constexpr std::size_t max_items = 10'000;

/// What one PEM text holds.
struct Decoded {
    PresentedChain presented;
    std::string error;  ///< set when there is nothing like a certificate in it
};

/// Judges line after line. Decoded certificates are kept by their PEM text, because suites and histories use
/// the same roots and intermediates again and again and decoding costs more than judging.
class Batch {
  public:
    explicit Batch(const VerifyMaterial& material) : material_(material) {}

    Json judge_line(const std::string& line) {
        const Json document = Json::parse(line, nullptr, false);
        if (!document.is_object()) return {{"id", nullptr}, {"error", "the line is no JSON object"}};
        const Json id = document.contains("id") ? document["id"] : Json();
        auto verdict = judge_case(document);
        if (!verdict) return {{"id", id}, {"error", verdict.error().message}};
        (*verdict)["id"] = id;
        return *std::move(verdict);
    }

  private:
    Result<Json> judge_case(const Json& document) {
        const auto begin = std::chrono::steady_clock::now();
        auto request = request_of(document);
        if (!request) return request.error();
        auto presented = leaf_of(document);
        if (!presented) return presented.error();
        auto untrusted = certificates_at(document, "untrusted", presented->malformed);
        if (!untrusted) return untrusted.error();
        const auto trust = trust_of(document);
        if (!trust) return trust.error();
        untrusted->insert(untrusted->end(), material_.untrusted.begin(), material_.untrusted.end());
        const auto verdict =
            judge(material_, *std::move(presented), *std::move(request), *trust, *std::move(untrusted));
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
        return verdict_json(verdict, std::nullopt, elapsed);
    }

    /// nullptr when the key is absent or null.
    static const Json* at(const Json& document, const char* key) {
        const auto found = document.find(key);
        return found == document.end() || found->is_null() ? nullptr : &*found;
    }

    static Error wrong(const char* key, const std::string& what) {
        return {ErrorCode::malformed, std::string("\"") + key + "\" " + what};
    }

    static Result<std::string> text_at(const Json& document, const char* key) {
        const Json* value = at(document, key);
        if (value == nullptr) return std::string();
        if (!value->is_string()) return wrong(key, "is not a text");
        return value->get<std::string>();
    }

    static Result<std::vector<std::string>> texts_at(const Json& document, const char* key) {
        std::vector<std::string> texts;
        const Json* list = at(document, key);
        if (list == nullptr) return texts;
        if (!list->is_array()) return wrong(key, "is not a list");
        if (list->size() > max_items)
            return wrong(key, "has more than " + std::to_string(max_items) + " items");
        for (const Json& item : *list) {
            if (!item.is_string()) return wrong(key, "holds something that is not a text");
            texts.push_back(item.get<std::string>());
        }
        return texts;
    }

    Result<certs::VerifyRequest> request_of(const Json& document) const {
        certs::VerifyRequest request = material_.request;
        if (auto done = read_question(document, request); !done) return done.error();
        if (auto done = read_name(document, request); !done) return done.error();
        const auto crls = texts_at(document, "crls");
        if (!crls) return crls.error();
        for (const std::string& pem : *crls) {
            const auto read = certs::read_crls(as_bytes(pem));
            if (!read) return wrong("crls", read.error().message);
            request.crls.insert(request.crls.end(), read->begin(), read->end());
        }
        return request;
    }

    static Result<void> read_question(const Json& document, certs::VerifyRequest& request) {
        const auto time = text_at(document, "at");
        const auto purpose = text_at(document, "purpose");
        auto emails = texts_at(document, "emails");
        if (!time) return time.error();
        if (!purpose) return purpose.error();
        if (!emails) return emails.error();
        request.emails = *std::move(emails);
        if (!time->empty()) {
            const auto parsed = parse_rfc3339(*time);
            if (!parsed) return wrong("at", parsed.error().message);
            request.at = *parsed;
        }
        if (!purpose->empty()) {
            const auto parsed = certs::purpose_from(*purpose);
            if (!parsed) return wrong("purpose", "may be server, client or any");
            request.purpose = *parsed;
        }
        if (const Json* depth = at(document, "max_depth")) {
            if (!depth->is_number_integer() || *depth < 0 || *depth > 255)
                return wrong("max_depth", "may be from 0 to 255");
            request.max_depth = depth->get<int>();
        }
        return {};
    }

    static Result<void> read_name(const Json& document, certs::VerifyRequest& request) {
        const auto dns = text_at(document, "dns");
        const auto ip = text_at(document, "ip");
        if (!dns) return dns.error();
        if (!ip) return ip.error();
        if (!dns->empty() && !ip->empty()) return wrong("dns", "and \"ip\" exclude each other");
        if (dns->empty() && ip->empty()) return {};
        auto identity =
            dns->empty() ? certs::ReferenceIdentity::ip(*ip) : certs::ReferenceIdentity::dns(*dns);
        if (!identity) return wrong(dns->empty() ? "ip" : "dns", identity.error().message);
        request.identity = *std::move(identity);
        return {};
    }

    const Decoded& decoded(const std::string& pem) {
        const auto known = decoded_.find(pem);
        if (known != decoded_.end()) return known->second;
        if (decoded_.size() >= max_decoded) decoded_.clear();
        Decoded& entry = decoded_[pem];
        auto presented = presented_from(as_bytes(pem), "PEM");
        if (presented) {
            entry.presented = *std::move(presented);
        } else {
            entry.error = presented.error().message;
        }
        return entry;
    }

    Result<PresentedChain> leaf_of(const Json& document) {
        const auto pem = text_at(document, "leaf");
        if (!pem) return pem.error();
        if (pem->empty()) return wrong("leaf", "is missing");
        const Decoded& leaf = decoded(*pem);
        if (!leaf.error.empty()) return wrong("leaf", "holds no certificate: " + leaf.error);
        return leaf.presented;
    }

    /// A certificate that does not decode is passed over, as in a handshake, and told in `malformed`.
    Result<std::vector<certs::CertificatePtr>> certificates_at(const Json& document, const char* key,
                                                               std::vector<std::string>& malformed) {
        std::vector<certs::CertificatePtr> certificates;
        const auto texts = texts_at(document, key);
        if (!texts) return texts.error();
        for (const std::string& pem : *texts) {
            const Decoded& read = decoded(pem);
            if (!read.error.empty()) return wrong(key, "holds no certificate: " + read.error);
            const PresentedChain& chain = read.presented;
            if (!chain.malformed_end_entity.empty()) malformed.push_back(chain.malformed_end_entity);
            certificates.insert(certificates.end(), chain.certificates.begin(), chain.certificates.end());
        }
        return certificates;
    }

    Result<GivenTrust> trust_of(const Json& document) {
        std::vector<std::string> malformed;
        const auto trusted = certificates_at(document, "trusted", malformed);
        if (!trusted) return trusted.error();
        if (trusted->empty()) return material_.trust;
        GivenTrust given{nullptr, material_.trust.end_entities};
        certs::TrustStoreBuilder builder(true);
        for (const auto& anchor : material_.trust.store->anchors())
            builder.add(anchor.certificate, anchor.origin);
        for (const auto& certificate : *trusted) {
            if (builder.add(certificate, "given") == certs::TrustPlacement::end_entity)
                given.end_entities.push_back(certificate);
        }
        given.store = std::move(builder).build();
        return given;
    }

    /// At some 3 KiB a certificate this is 25 MiB.
    static constexpr std::size_t max_decoded = 8192;

    const VerifyMaterial& material_;
    std::unordered_map<std::string, Decoded> decoded_;  // by PEM text: a hash alone could be made to collide
};

}  // namespace

CommandResult run_verify_batch(const VerifyMaterial& material, Console& console) {
    Batch batch(material);
    std::string line;
    while (std::getline(console.in, line)) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const Json answer = line.size() <= max_line_bytes
                                ? batch.judge_line(line)
                                : Json{{"id", nullptr}, {"error", "the line is too long"}};
        console.out << to_line(answer) << "\n";
        if (!console.out)
            return Error{ErrorCode::environment,
                         "can not write the verdicts: is the disk full or the pipe closed?"};
    }
    console.out.flush();
    return ExitStatus::ok;
}

}  // namespace chainmend::proxy
