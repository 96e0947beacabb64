#include "proxy/files/issuer_shelf.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "config/ascii.h"
#include "proxy/files/import_material.h"
#include "proxy/files/trust_loader.h"

namespace chainmend::proxy {
namespace {

namespace fs = std::filesystem;

/// One thing to read, and whether a person named it or it lay in a directory.
struct Input {
    std::string name;
    bool named = true;
};

bool is_url(const std::string& name) {
    return name.find("://") != std::string::npos;
}

Result<std::vector<Input>> expand(const std::vector<std::string>& names) {
    std::vector<Input> inputs;
    for (const std::string& name : names) {
        std::error_code error;
        if (name == "-" || is_url(name) || !fs::is_directory(name, error)) {
            inputs.push_back({name, true});
            continue;
        }
        std::vector<Input> files;
        for (fs::directory_iterator entry(name, error), end; !error && entry != end; entry.increment(error)) {
            std::error_code ignored;
            if (entry->is_regular_file(ignored)) files.push_back({entry->path().string(), false});
        }
        if (error)
            return Error{ErrorCode::not_found, "can not read the directory " + name + ": " + error.message()};
        std::sort(files.begin(), files.end(), [](const Input& a, const Input& b) { return a.name < b.name; });
        inputs.insert(inputs.end(), files.begin(), files.end());
    }
    return inputs;
}

/// Issuers prove themselves, lists of them do not.
bool anybody_may_have_written(const Input& input) {
    return input.named && ascii_lower(input.name).starts_with("http://");
}

/// Whatever keeps it from being read: whoever named it named the wrong thing.
Error unreadable(const Error& error) {
    if (error.code == ErrorCode::not_found || error.code == ErrorCode::limit_exceeded) return error;
    return {ErrorCode::configuration, error.message};
}

Result<Bytes> read_bytes(const Input& input, const IssuerShelf::ReadUrl& read_url, Pipes pipes) {
    if (input.named && is_url(input.name)) return read_url(input.name);
    auto bytes = input.name == "-" ? read_standard_input(max_import_bytes)
                                   : read_input_file(input.name, max_import_bytes, Symlinks::follow,
                                                     input.named ? pipes : Pipes::refuse);
    if (!bytes) return unreadable(bytes.error());
    return bytes;
}

Result<ImportMaterial> read(const Input& input, const IssuerShelf::ReadUrl& read_url, Pipes pipes) {
    const auto bytes = read_bytes(input, read_url, pipes);
    if (!bytes) return bytes.error();
    auto material = read_import(*bytes);
    if (!material) return material.error().in(input.name == "-" ? "standard input" : input.name);
    return material;
}

}  // namespace

IssuerShelf::IssuerShelf(config::Settings settings, std::unique_ptr<IssuerDirectory> directory,
                         PublicLists lists)
    : settings_(std::move(settings)),
      directory_(std::move(directory)),
      report_(directory_->load(store_)),
      lists_(std::move(lists)) {}

Result<std::unique_ptr<IssuerShelf>> IssuerShelf::open(const config::Settings& settings) {
    auto directory = IssuerDirectory::open(settings.repair.store);
    if (!directory) return directory.error();
    auto lists = load_public_lists(settings.repair.store);
    if (!lists) return lists.error();
    return std::unique_ptr<IssuerShelf>(new IssuerShelf(settings, std::move(*directory), std::move(*lists)));
}

Result<ImportReport> IssuerShelf::import(const std::vector<std::string>& names, ImportOptions options,
                                         const ReadUrl& read_url, Pipes pipes) {
    const auto inputs = expand(names);
    if (!inputs) return inputs.error();
    const LoadedTrust trust = load_trust(settings_.trust, options.now);
    if (!trust.ok()) return trust.error();

    ImportReport report;
    PublicLists lists;
    std::vector<std::pair<std::string, std::vector<certs::CertificatePtr>>> offered;
    for (const Input& input : *inputs) {
        auto material = read(input, read_url, pipes);
        if (!material && input.named) return material.error();
        if (!material) {
            report.problems.push_back(material.error().message);
            continue;
        }
        report.formats.push_back(material->format);
        for (const std::string& problem : material->problems)
            report.problems.push_back(input.name + ": " + problem);
        if (material->revoked.size() + material->disclosed.size() > 0 && anybody_may_have_written(input)) {
            report.problems.push_back(
                input.name +
                ": what it says of revoked and disclosed certificates is not taken over "
                "plain http; use https or a file");
        } else {
            lists.revoked.merge(material->revoked);
            lists.disclosed.merge(material->disclosed);
        }
        offered.emplace_back(input.name, std::move(material->certificates));
    }

    // All together, since one file may hold the issuers of another; each then gets the name of its own file.
    std::vector<certs::CertificatePtr> all;
    std::map<Sha256, std::string> origins;
    for (const auto& [name, certificates] : offered) {
        for (const auto& certificate : certificates)
            origins.emplace(certificate->sha256(), name);
        all.insert(all.end(), certificates.begin(), certificates.end());
    }
    certs::DistrustList distrusted = lists.revoked.size() > 0 ? lists.revoked : lists_.revoked;
    distrusted.merge(trust.distrust);
    report.outcome =
        choose_issuers(all, *trust.store, store_, certs::Distrust(std::move(distrusted)), options);
    for (auto& issuer : report.outcome.taken)
        issuer.origin = origins[issuer.certificate->sha256()];

    if (auto written = directory_->write_all(report.outcome.taken); !written) return written.error();
    if (auto saved = save_public_lists(directory_->path(), lists); !saved) return saved.error();
    for (const auto& issuer : report.outcome.taken)
        store_.add(issuer);
    report.revoked = lists.revoked.size();
    report.disclosed = lists.disclosed.size();
    if (report.revoked > 0) lists_.revoked = std::move(lists.revoked);
    if (report.disclosed > 0) lists_.disclosed = std::move(lists.disclosed);
    return report;
}

std::vector<certs::StoredIssuer> IssuerShelf::issuers() const {
    auto issuers = store_.all();
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < issuers.size(); ++i)
        order.emplace_back(ascii_lower(issuers[i].certificate->display_name()), i);
    std::sort(order.begin(), order.end());
    std::vector<certs::StoredIssuer> sorted;
    for (const auto& [name, index] : order)
        sorted.push_back(std::move(issuers[index]));
    return sorted;
}

std::vector<certs::StoredIssuer> IssuerShelf::find(const std::string& text) const {
    const std::string wanted = ascii_lower(text);
    std::vector<certs::StoredIssuer> found = issuers();
    std::erase_if(found, [&](const certs::StoredIssuer& issuer) {
        return to_hex(issuer.certificate->sha256()).rfind(wanted, 0) != 0 &&
               ascii_lower(issuer.certificate->subject()).find(wanted) == std::string::npos;
    });
    return found;
}

Result<std::vector<certs::StoredIssuer>> IssuerShelf::prune(Time now) {
    const certs::Distrust distrust(lists_.revoked);
    std::vector<certs::StoredIssuer> removed;
    for (certs::StoredIssuer& issuer : issuers()) {
        const auto ends = issuer.certificate->not_after();
        if (ends && *ends >= now && !distrust.covers(*issuer.certificate)) continue;
        const Sha256 sha256 = issuer.certificate->sha256();
        if (auto gone = directory_->remove(sha256); !gone) return gone.error();
        store_.remove(sha256);
        removed.push_back(std::move(issuer));
    }
    return removed;
}

}  // namespace chainmend::proxy
