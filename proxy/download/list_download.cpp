#include "proxy/download/list_download.h"

#include "proxy/command_worker.h"
#include "proxy/download/list_fetch.h"
#include "proxy/report/printable.h"

namespace chainmend::proxy {

Result<Bytes> download_list(SnapshotPtr snapshot, const std::string& text,
                            const ListDownloadOptions& options) {
    const auto url = parse_url(text, Schemes::http_and_https);
    if (!url) return Error{ErrorCode::invalid_argument, url.error().message};
    auto worker = CommandWorker::make(std::move(snapshot), options.now);
    if (!worker) return worker.error();
    auto& parts = (*worker)->parts();
    ListFetchRequest request;
    request.url = *url;
    request.snapshot = (*worker)->snapshot();
    request.max_bytes = options.max_bytes;
    request.patience = options.patience;
    request.silence = options.silence;
    request.max_redirects = request.snapshot->settings.repair.max_redirects;
    request.progressed = options.progressed;
    ListFetchOutcome fetched;
    const auto fetch = start_list_fetch(parts, std::move(request), [&](ListFetchOutcome outcome) {
        fetched = std::move(outcome);
        // An issuer that was fetched on the way is kept before the program goes on.
        parts.saver.when_written([&parts] { parts.loop.stop(); });
    });
    parts.loop.run();
    if (fetched.error) return fetched.error->in(printable_ascii(text, 200));
    return std::move(fetched.body);
}

}  // namespace chainmend::proxy
