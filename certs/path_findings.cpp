#include "certs/path_findings.h"

namespace chainmend::certs {

void PathFindings::refuse_from(Profile laxest, Reason reason, int depth, std::string detail) {
    if (profile_ < laxest || forgiven_.contains(reason)) {
        warn(to_string(reason), depth, std::move(detail));
        return;
    }
    refuse_whatever_is_forgiven(reason, depth, std::move(detail));
}

void PathFindings::refuse_whatever_is_forgiven(Reason reason, int depth, std::string detail) {
    if (refused() && rank(reason) <= rank(failure_.reason)) return;
    failure_ = {reason, depth, std::move(detail)};
}

void PathFindings::warn(std::string code, int depth, std::string detail) {
    if (warnings_.size() < max_warnings) warnings_.push_back({std::move(code), depth, std::move(detail)});
}

std::string PathFindings::name(int depth) const {
    const auto index = static_cast<std::size_t>(depth);
    if (index >= path_.size()) return "the path";
    const std::string shown = path_[index]->display_name();
    if (index == 0) return "the certificate of " + shown;
    return (index + 1 == path_.size() ? "the trust anchor " : "the intermediate ") + shown;
}

}  // namespace chainmend::certs
