#include "proxy/admin/decision_page.h"

#include <nlohmann/json.hpp>

#include "proxy/audit/explanation.h"
#include "proxy/io/work_item.h"
#include "proxy/log/decision_ids.h"
#include "proxy/report/body_format.h"

namespace chainmend::proxy {
namespace {

AdminPage trouble_page(int status, const std::string& text, BodyFormat format) {
    AdminPage page{status, content_type_of(format), text + "\n"};
    if (format == BodyFormat::html) page.body = document_html({text, {}});
    if (format == BodyFormat::json) page.body = to_line({{"v", 1}, {"error", text}}) + "\n";
    return page;
}

AdminPage decision_page(History& history, const std::string& id, BodyFormat format) {
    if (!is_decision_id(id))
        return trouble_page(404, "this is no id of a decision: ids have eight digits, 0 to 9 and a to f",
                            format);
    history.wait_until_written();
    const auto query = open_history(history.status().file);
    if (!query) return trouble_page(503, "the history can not be asked: " + query.error().message, format);
    const auto stored = (*query)->decision(id);
    if (!stored) {
        const bool unknown = stored.error().code == ErrorCode::not_found;
        return trouble_page(unknown ? 404 : 503, stored.error().message, format);
    }
    AdminPage page{200, content_type_of(format), {}};
    switch (format) {
        case BodyFormat::text:
            page.body = document_text(explanation(*stored));
            break;
        case BodyFormat::html:
            page.body = document_html(explanation(*stored));
            break;
        case BodyFormat::json:
            page.body = to_line(explanation_json(*stored)) + "\n";
            break;
    }
    return page;
}

}  // namespace

std::optional<std::string> asked_decision(const std::string& path) {
    constexpr std::string_view prefix = "/d/";
    if (!path.starts_with(prefix)) return std::nullopt;
    return path.substr(prefix.size(), path.find('?') - prefix.size());
}

OperationPtr start_decision_page(EventLoop& loop, History* history, const std::string& id,
                                 const std::string& accept, std::function<void(AdminPage)> completion) {
    const auto format = body_format(accept);
    auto page = std::make_shared<AdminPage>();
    return start_work(
        loop,
        [page, history, id, format] {
            *page = history ? decision_page(*history, id, format)
                            : trouble_page(404, "no history is kept (history.database is empty)", format);
        },
        [page, completion = std::move(completion)] { completion(std::move(*page)); });
}

}  // namespace chainmend::proxy
