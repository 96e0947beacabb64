#include "proxy/files/import_material.h"

#include <optional>
#include <utility>

#include "certs/certificate_file.h"
#include "certs/encoded_certificate.h"
#include "proxy/files/csv_reader.h"
#include "proxy/files/remote_settings.h"
#include "proxy/files/zip_archive.h"

namespace chainmend::proxy {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t max_problems = 100;

/// The collections in Firefox's omni.ja have 1.5 MB each in 2026.
constexpr std::size_t max_collection_bytes = 32 * 1024 * 1024;
constexpr std::string_view settings_folder = "defaults/settings/security-state/";

/// CCADB puts single quotes around the block, so that spreadsheets leave it alone.
Result<certs::CertificatePtr> certificate_from(std::string_view pem) {
    pem.remove_prefix(pem.find(pem_begin));
    const auto encoded = certs::EncodedCertificate::from_pem(pem);
    if (!encoded) return encoded.error();
    return certs::Certificate::from_der(encoded->der());
}

Result<ImportMaterial> read_csv(std::string_view text) {
    ImportMaterial material{.format = "csv"};
    CsvReader reader(text);
    std::size_t row = 0;
    while (const auto fields = reader.next()) {
        ++row;
        for (const std::string& field : *fields) {
            if (field.find(pem_begin) == std::string::npos) continue;
            if (auto certificate = certificate_from(field)) {
                material.certificates.push_back(std::move(*certificate));
            } else if (material.problems.size() < max_problems) {
                material.problems.push_back("row " + std::to_string(row) + ": " +
                                            certificate.error().message);
            }
        }
    }
    if (material.certificates.empty()) {
        return Error{ErrorCode::malformed,
                     "a table without a certificate in it (CCADB's reports \"with PEM\" have one)"};
    }
    return material;
}

/// PEM, DER and PKCS#7. The reader refuses a file without one good certificate, and so does an import.
Result<ImportMaterial> read_plain(ByteView bytes) {
    auto file = certs::read_certificates(bytes);
    if (!file) return file.error();
    ImportMaterial material{.format = certs::to_string(file->format)};
    material.certificates = std::move(file->certificates);
    material.problems = std::move(file->problems);
    return material;
}

Result<ImportMaterial> read_json(std::string_view text) {
    auto lists = read_remote_settings(text);
    if (!lists) return lists.error();
    ImportMaterial material{.format = "json"};
    material.revoked = std::move(lists->revoked);
    material.disclosed = std::move(lists->disclosed);
    material.problems = std::move(lists->problems);
    return material;
}

Result<ImportMaterial> read_omni(ByteView bytes) {
    const auto archive = ZipArchive::open(bytes);
    if (!archive) return archive.error();
    ImportMaterial material{.format = "omni.ja"};
    bool found = false;
    for (const ZipArchive::Entry& entry : archive->entries()) {
        if (entry.name != std::string(settings_folder) + "intermediates.json" &&
            entry.name != std::string(settings_folder) + "onecrl.json") {
            continue;
        }
        const auto content = archive->read(entry, max_collection_bytes);
        if (!content) return content.error();
        auto lists = read_json(as_text(*content));
        if (!lists) return lists.error().in(entry.name);
        found = true;
        material.revoked.merge(lists->revoked);
        material.disclosed.merge(lists->disclosed);
        for (const std::string& problem : lists->problems)
            material.problems.push_back(entry.name + ": " + problem);
    }
    if (!found) {
        return Error{ErrorCode::malformed,
                     "a ZIP archive without Mozilla's lists (they are in browser/omni.ja)"};
    }
    return material;
}

/// A PEM block on lines of its own, whatever stands around it: in a table or in JSON it is inside of a field.
bool has_pem_line(std::string_view text) {
    constexpr std::string_view begin = "-----BEGIN ";
    for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
        if (at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r') return true;
    }
    return false;
}

/// A first line with commas: a heading.
bool looks_like_csv(std::string_view text) {
    const std::string_view first_line = text.substr(0, text.find_first_of("\r\n"));
    return first_line.find(',') != std::string_view::npos && text.find(pem_begin) != std::string_view::npos &&
           first_line.find('\0') == std::string_view::npos;
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    return text;
}

}  // namespace

Result<ImportMaterial> read_import(ByteView bytes) {
    if (ZipArchive::is_zip(bytes)) return read_omni(bytes);
    const std::string_view text = without_byte_order_mark(as_text(bytes));
    if (has_pem_line(text)) return read_plain(bytes);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) return read_json(text);
    if (looks_like_csv(text)) {
        // Text with commas around a block that is indented is no table.
        auto table = read_csv(text);
        if (table) return table;
        auto plain = read_plain(bytes);
        return plain ? std::move(plain) : std::move(table);
    }
    return read_plain(bytes);
}

}  // namespace chainmend::proxy
