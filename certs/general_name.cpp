#include "certs/general_name.h"

#include <algorithm>
#include <string_view>

#include "config/ascii.h"

namespace chainmend::certs {
namespace {

constexpr std::string_view space = " \t\n\r\v\f";

/// RFC 4518 as far as X509_NAME_cmp goes: no space at the ends, one between words, ASCII letters in lower
/// case.
std::string fold(std::string_view text) {
    std::string folded;
    for (const char c : text) {
        if (space.find(c) == std::string_view::npos)
            folded += c;
        else if (!folded.empty() && folded.back() != ' ')
            folded += ' ';
    }
    if (!folded.empty() && folded.back() == ' ') folded.pop_back();
    return ascii_lower(folded);
}

/// Type and length in front, so that no value can pass for the beginning of another.
std::string tagged(std::string_view kind, std::string_view value) {
    return std::string(kind) + std::to_string(value.size()) + ":" + std::string(value);
}

std::string canonical_attribute(const X509_NAME_ENTRY* entry) {
    const ASN1_OBJECT* oid = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
    const std::string type =
        tagged("o", {reinterpret_cast<const char*>(OBJ_get0_data(oid)), OBJ_length(oid)});
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, value);
    if (length < 0) return type + tagged("b" + std::to_string(ASN1_STRING_type(value)), text_of(value));
    const std::string folded = fold({reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length)});
    OPENSSL_free(utf8);
    return type + tagged("s", folded);
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    for (std::size_t start = 0; start <= host.size();) {
        const auto dot = std::min(host.find('.', start), host.size());
        const auto label = host.substr(start, dot - start);
        const bool good = !label.empty() && label.size() <= 63 && label.front() != '-' &&
                          label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                          });
        if (!good) return false;
        start = dot + 1;
    }
    return true;
}

bool is_host_or_domain(std::string_view host) {
    return is_host(host.substr(0, 1) == "." ? host.substr(1) : host);
}

void read_mailbox(std::string_view text, GeneralName& name) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) {
        name.text = ascii_lower(text);
        return;
    }
    name.local_part = std::string(text.substr(0, at));
    name.text = ascii_lower(text.substr(at + 1));
    // Quoted local parts (RFC 5321 section 4.1.2) could hold an @ and are written by nobody.
    const bool plain =
        !name.local_part.empty() && name.local_part.find_first_of("\" ()<>,;:\\[]") == std::string::npos;
    name.well_formed = plain && is_host(name.text);
}

/// RFC 5280 section 4.2.1.10: constraints on a URI look at the host of its authority, which must be a name.
void read_uri_host(std::string_view uri, GeneralName& name) {
    const auto scheme = uri.find("://");
    if (scheme == std::string_view::npos) {
        name.well_formed = false;
        return;
    }
    auto authority = uri.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    name.text = ascii_lower(authority.substr(0, authority.find(':')));
    const auto last = std::string_view(name.text).substr(name.text.rfind('.') + 1);
    const bool address = std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
    name.well_formed = is_host(name.text) && !address;
}

/// RFC 4632: ones, then zeros.
bool is_mask(std::string_view mask) {
    bool zeros = false;
    for (const char c : mask) {
        for (int bit = 7; bit >= 0; --bit) {
            const bool one = ((static_cast<unsigned char>(c) >> bit) & 1U) != 0;
            if (one && zeros) return false;
            zeros = zeros || !one;
        }
    }
    return true;
}

bool has_suffix(std::string_view name, std::string_view suffix) {
    return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

/// `name` is `base` or adds labels in front of it. An empty base holds everything.
bool is_below_or_same(std::string_view name, std::string_view base) {
    if (base.empty() || name == base) return true;
    return name.size() > base.size() && has_suffix(name, base) && name[name.size() - base.size() - 1] == '.';
}

bool address_within(std::string_view address, std::string_view base) {
    if (base.size() != 2 * address.size()) return false;
    for (std::size_t i = 0; i < address.size(); ++i) {
        if (((address[i] ^ base[i]) & base[address.size() + i]) != 0) return false;
    }
    return true;
}

bool mailbox_within(const GeneralName& name, const GeneralName& base) {
    if (!base.local_part.empty()) return name.local_part == base.local_part && name.text == base.text;
    if (!base.text.empty() && base.text[0] == '.') return has_suffix(name.text, base.text);
    return base.text.empty() || name.text == base.text;
}

bool uri_within(std::string_view host, std::string_view base) {
    if (!base.empty() && base[0] == '.') return has_suffix(host, base);
    return base.empty() || host == base;
}

bool directory_within(const CanonicalName& name, const CanonicalName& base) {
    return base.size() <= name.size() && std::equal(base.begin(), base.end(), name.begin());
}

}  // namespace

CanonicalName canonical_name(const X509_NAME* name) {
    CanonicalName canonical;
    std::vector<std::string> attributes;  // of the RDN being read; a SET has no order
    int set = -1;
    const auto finish = [&] {
        if (attributes.empty()) return;
        std::sort(attributes.begin(), attributes.end());
        std::string rdn;
        for (const auto& attribute : attributes)
            rdn += attribute;
        canonical.push_back(std::move(rdn));
        attributes.clear();
    };
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        if (X509_NAME_ENTRY_set(entry) != set) finish();
        set = X509_NAME_ENTRY_set(entry);
        attributes.push_back(canonical_attribute(entry));
    }
    finish();
    return canonical;
}

GeneralName from_name(const GENERAL_NAME* name) {
    GeneralName out;
    out.type = name->type;
    switch (name->type) {
        case GEN_DNS:
            out.text = ascii_lower(text_of(name->d.dNSName));
            out.wildcard = out.text.substr(0, 2) == "*.";
            if (out.wildcard) out.text.erase(0, 2);
            out.well_formed = is_host(out.text);
            break;
        case GEN_IPADD:
            out.text = text_of(name->d.iPAddress);
            out.well_formed = out.text.size() == 4 || out.text.size() == 16;
            break;
        case GEN_EMAIL:
            read_mailbox(text_of(name->d.rfc822Name), out);
            out.well_formed = out.well_formed && !out.local_part.empty();
            break;
        case GEN_URI:
            read_uri_host(text_of(name->d.uniformResourceIdentifier), out);
            break;
        case GEN_DIRNAME:
            out.directory = canonical_name(name->d.directoryName);
            break;
        default:
            break;
    }
    return out;
}

GeneralName from_constraint(const GENERAL_NAME* base) {
    GeneralName out;
    out.type = base->type;
    switch (base->type) {
        case GEN_DNS:
            out.text = ascii_lower(text_of(base->d.dNSName));
            out.well_formed = out.text.empty() || is_host(out.text);
            break;
        case GEN_IPADD:
            out.text = text_of(base->d.iPAddress);
            out.well_formed = (out.text.size() == 8 || out.text.size() == 32) &&
                              is_mask(std::string_view(out.text).substr(out.text.size() / 2));
            break;
        case GEN_EMAIL:
            read_mailbox(text_of(base->d.rfc822Name), out);
            if (out.local_part.empty())
                out.well_formed = out.well_formed && (out.text.empty() || is_host_or_domain(out.text));
            break;
        case GEN_URI:
            out.text = ascii_lower(text_of(base->d.uniformResourceIdentifier));
            out.well_formed = out.text.empty() || is_host_or_domain(out.text);
            break;
        case GEN_DIRNAME:
            out.directory = canonical_name(base->d.directoryName);
            break;
        default:
            break;
    }
    return out;
}

bool is_within(const GeneralName& name, const GeneralName& base) {
    switch (name.type) {
        case GEN_DNS:
            return is_below_or_same(name.text, base.text);
        case GEN_IPADD:
            return address_within(name.text, base.text);
        case GEN_EMAIL:
            return mailbox_within(name, base);
        case GEN_URI:
            return uri_within(name.text, base.text);
        case GEN_DIRNAME:
            return directory_within(name.directory, base.directory);
        default:
            return false;
    }
}

bool touches(const GeneralName& name, const GeneralName& base) {
    if (is_within(name, base)) return true;
    if (name.type != GEN_DNS || !name.wildcard) return false;
    // "*.example.com" may stand for "bar.example.com", exactly one label more.
    const auto dot = base.text.find('.');
    return dot != std::string::npos && dot > 0 && std::string_view(base.text).substr(dot + 1) == name.text;
}

bool is_comparable(int type) {
    return type == GEN_DNS || type == GEN_IPADD || type == GEN_EMAIL || type == GEN_URI ||
           type == GEN_DIRNAME;
}

}  // namespace chainmend::certs
