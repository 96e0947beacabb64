#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "certs/issuer_store.h"
#include "config/result.h"
#include "config/settings.h"
#include "proxy/files/input_file.h"
#include "proxy/files/issuer_directory.h"
#include "proxy/files/issuer_import.h"
#include "proxy/files/public_lists.h"

namespace chainmend::proxy {

/// What one import did, for a person or a script.
struct ImportReport {
    std::vector<std::string> formats;   ///< of each input, in their order
    std::vector<std::string> problems;  ///< what could not be read, a line each, naming the input
    ImportOutcome outcome;
    std::size_t revoked = 0;    ///< entries of OneCRL taken over
    std::size_t disclosed = 0;  ///< entries of Mozilla's list of intermediates taken over
};

/// The issuer store as a command works on it: its directory, everything in it, and Mozilla's lists. A running
/// proxy sees changes when it reloads. Not thread-safe; all functions block.
class IssuerShelf {
  public:
    /// Opens the store that `settings` name.
    static Result<std::unique_ptr<IssuerShelf>> open(const config::Settings& settings);

    /// What is at a URL, at most max_import_bytes of it.
    using ReadUrl = std::function<Result<Bytes>(const std::string& url)>;

    /// Imports files, directories (every regular file in them), http and https URLs, and "-", standard input.
    /// What was named and can not be read (ErrorCode::configuration or not_found) or holds nothing is an
    /// error, and then nothing is imported; in a directory it is a problem that the report tells. `pipes`:
    /// whether a name may be that of a pipe. Over plain http issuers are taken, Mozilla's lists are not:
    /// whoever is on the way could have shortened them. `options.origin` is set for each.
    Result<ImportReport> import(const std::vector<std::string>& inputs, ImportOptions options,
                                const ReadUrl& read_url, Pipes pipes = Pipes::refuse);

    /// By name.
    std::vector<certs::StoredIssuer> issuers() const;
    /// Those whose SHA-256 begins with `text`, or whose name contains it; case does not matter.
    std::vector<certs::StoredIssuer> find(const std::string& text) const;
    /// Removes those that have expired at `now` or are revoked, and returns them.
    Result<std::vector<certs::StoredIssuer>> prune(Time now);

    const IssuerDirectoryReport& report() const { return report_; }
    const PublicLists& lists() const { return lists_; }

  private:
    IssuerShelf(config::Settings settings, std::unique_ptr<IssuerDirectory> directory, PublicLists lists);

    const config::Settings settings_;
    const std::unique_ptr<IssuerDirectory> directory_;
    certs::IssuerStore store_;
    IssuerDirectoryReport report_;
    PublicLists lists_;
};

}  // namespace chainmend::proxy
